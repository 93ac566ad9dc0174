/* SPDX-License-Identifier: GPL-2.0-only */
/* A request: our copy of an SQE, from the SQ to the CQ. */
#ifndef CRYPTOSIM_REQUEST_H
#define CRYPTOSIM_REQUEST_H

#include <linux/llist.h>
#include <linux/timerqueue.h>
#include <linux/types.h>

#include <linux/cryptosim.h>

#include "session.h"

struct csim_engine;
struct csim_key;
struct csim_queue;

/**
 * struct csim_request - one operation in flight
 * @node: in the queue's list of free ones, or in the line's of ready ones
 * @due: in the line's queue of held ones
 * @queue: whose it is; one reference from the SQ to the CQ
 * @session: where to announce it, or NULL; taken from the SQ to the CQ
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

int csim_request_admit_keyed(struct csim_request *req);
void csim_request_execute(struct csim_request *req, struct csim_engine *engine);

/*
 * Whether an SQE is a NOP, which has nothing but what it is announced with: but
 * for session and user_data, all of it is zero.
 */
static inline bool csim_sqe_is_nop(const struct cryptosim_sqe *sqe)
{
	const u32 *head = (const u32 *)sqe;
	const u64 *rest = (const u64 *)&sqe->key;

	BUILD_BUG_ON(CRYPTOSIM_OP_NOP != 0 || sizeof(*sqe) != 64 ||
		     offsetof(struct cryptosim_sqe, session) != 4 ||
		     offsetof(struct cryptosim_sqe, key) != 16);
	return !(*head | rest[0] | rest[1] | rest[2] | rest[3] | rest[4] |
		 rest[5]);
}

/**
 * csim_request_admit() - find a request's session and key, and check it
 * @req: has its SQE and its queue; gets references, and its error or 0 in
 *	@result
 *
 * Context: the queue's lock. Inline, for it is most of what a NOP costs here.
 */
static inline void csim_request_admit(struct csim_request *req)
{
	struct csim_session *session = NULL;
	u32 id = req->sqe.session;

	req->key = NULL;
	/* First the session, so that the other errors are announced there */
	if (id)
		session = csim_session_get(req->queue, id);
	req->session = session;
	if (id && !session)
		req->result = -ENOENT;
	else
		req->result = csim_sqe_is_nop(&req->sqe) ?
			      0 : csim_request_admit_keyed(req);
}

#endif /* CRYPTOSIM_REQUEST_H */
