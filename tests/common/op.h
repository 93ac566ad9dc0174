/* SPDX-License-Identifier: MIT */
/* Steps that many tests in the guest take. */
#ifndef COMMON_OP_H
#define COMMON_OP_H

#include <libasync/async.h>

/**
 * op_run() - one operation from beginning to end; any trouble fails the test
 * @queue: the queue, with nothing outstanding
 * @op: the operation
 *
 * Return: as async_collect().
 */
int op_run(struct async_queue *queue, const struct async_op *op);

/**
 * op_drain() - reap until nothing is outstanding; any trouble fails the test
 * @queue: the queue, everything that was prepared is submitted
 */
void op_drain(struct async_queue *queue);

/* CLOCK_MONOTONIC, ns */
uint64_t op_now(void);

#endif /* COMMON_OP_H */
