/* SPDX-License-Identifier: GPL-2.0-only */
/* A request: our copy of an SQE, from the SQ to the CQ. */
#ifndef CRYPTOSIM_REQUEST_H
#define CRYPTOSIM_REQUEST_H

#include <linux/llist.h>
#include <linux/timerqueue.h>
#include <linux/types.h>

#include <linux/cryptosim.h>

struct csim_engine;
struct csim_key;
struct csim_queue;
struct csim_session;

/**
 * struct csim_request - one operation in flight
 * @node: in the queue's list of free ones, or in the line's of ready ones
 * @due: in the line's queue of held ones
 * @queue: whose it is; one reference from the SQ to the CQ
 * @session: where to announce it, or NULL; a reference from the SQ to the CQ
 * @key: its key, or NULL; a reference from the SQ to the end of its execution
 * @taken_ns: when the SQE was taken
 * @result: what goes into the CQE
 * @sqe: the only copy of the SQE that is looked at
 *
 * Belongs to the engine from the SQ on, to the line once it is finished, to
 * the handler once it is posted.
 */
struct csim_request {
	struct llist_node node;
	struct timerqueue_node due;
	struct csim_queue *queue;
	struct csim_session *session;
	struct csim_key *key;
	u64 taken_ns;
	s32 result;
	struct cryptosim_sqe sqe;
};

void csim_request_admit(struct csim_request *req);
void csim_request_execute(struct csim_request *req, struct csim_engine *engine);

#endif /* CRYPTOSIM_REQUEST_H */
