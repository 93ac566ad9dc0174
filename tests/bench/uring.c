// SPDX-License-Identifier: MIT
/* io_uring(7) with NOPs, which the kernel does at once, or hands to a worker. */
#include <liburing.h>
#include <stdlib.h>
#include "bench.h"

#define CONTENTION_NS	100000000	/* of the check */

static bool takes(const struct bench_point *point)
{
	return point->kind->op == CRYPTOSIM_OP_NOP && !point->size;
}

static void open_ring(struct bench_run *run)
{
	struct io_uring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		bench_fail("no memory");
	bench_check(io_uring_queue_init(BENCH_MAX_DEPTH, ring, 0), "io_uring");
	run->state = ring;
}

static void close_ring(struct bench_run *run)
{
	io_uring_queue_exit(run->state);
	free(run->state);
}

/* As many NOPs as the depth says, by one system call, until all are done */
static void work(struct bench_run *run, unsigned int flags)
{
	struct io_uring *ring = run->state;
	unsigned int depth = run->point->depth;
	struct io_uring_cqe *cqes[BENCH_MAX_DEPTH];
	uint64_t begin, now;
	unsigned int i;

	do {
		begin = bench_stamp(run);
		for (i = 0; i < depth; i++) {
			struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

			io_uring_prep_nop(sqe);
			sqe->flags |= flags;
		}
		bench_syscall();
		bench_check(io_uring_submit_and_wait(ring, depth), "io_uring");
		now = bench_stamp(run);
		if (io_uring_peek_batch_cqe(ring, cqes, depth) != depth)
			bench_fail("io_uring ended early");
		for (i = 0; i < depth; i++) {
			bench_check(cqes[i]->res, "io_uring's NOP");
			bench_done(run, begin, now);
		}
		io_uring_cq_advance(ring, depth);
	} while (!bench_over(run, now));
}

static void work_inline(struct bench_run *run)
{
	work(run, 0);
}

static void work_async(struct bench_run *run)
{
	work(run, IOSQE_ASYNC);
}

const struct bench_way bench_uring = {
	.name = "io_uring", .rival = true, .takes = takes,
	.open = open_ring, .work = work_inline, .close = close_ring,
};

const struct bench_way bench_uring_async = {
	.name = "io_uring-async", .rival = true, .takes = takes,
	.open = open_ring, .work = work_async, .close = close_ring,
};

/* NOPs one by one until the time is over; how many */
static uint64_t spin(struct io_uring *ring, uint64_t end)
{
	struct io_uring_cqe *cqe;
	uint64_t count;

	for (count = 0; bench_now() < end; count++) {
		io_uring_prep_nop(io_uring_get_sqe(ring));
		/* Says 0 where the thread took it at once */
		bench_check(io_uring_submit(ring), "io_uring_submit()");
		while (io_uring_peek_cqe(ring, &cqe) && bench_now() < end)
			;
		if (!cqe)
			break;
		io_uring_cqe_seen(ring, cqe);
	}
	return count;
}

double bench_contention(void)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 1000,
	};
	struct io_uring ring;
	uint64_t begin, count;

	if (io_uring_queue_init_params(8, &ring, &params))
		return 0;
	begin = bench_now();
	count = spin(&ring, begin + CONTENTION_NS);
	io_uring_queue_exit(&ring);
	return (double)count * 1e9 / CONTENTION_NS;
}
