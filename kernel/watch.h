/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The watch: one session of a queue that is told of the next completion,
 * whoever that is for. Who waits for room in a full ring is told by it where
 * nobody else would look at what is posted.
 */
#ifndef CRYPTOSIM_WATCH_H
#define CRYPTOSIM_WATCH_H

#include <linux/types.h>

struct csim_line;
struct csim_queue;

int csim_watch_set(struct csim_queue *queue, u32 id, u32 cq_head);
void csim_watch_fire(struct csim_queue *queue);
void csim_watch_due(struct csim_line *line);

#endif /* CRYPTOSIM_WATCH_H */
