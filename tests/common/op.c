// SPDX-License-Identifier: MIT
#include <criterion/criterion.h>
#include <time.h>
#include "op.h"

int op_run(struct async_queue *queue, const struct async_op *op)
{
	struct async_request *request;

	cr_assert_eq(async_prepare(queue, op, 1, &request), 1);
	cr_assert_eq(async_submit_wait(queue, 1, ASYNC_FOREVER), 1);
	return async_collect(request);
}

void op_drain(struct async_queue *queue)
{
	int ret;

	do {
		ret = async_wait(queue, 1, ASYNC_FOREVER);
		cr_assert_geq(ret, 0, "async_wait(): %s", strerror(-ret));
	} while (ret);
}

uint64_t op_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}
