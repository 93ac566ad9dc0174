// SPDX-License-Identifier: MIT
/*
 * AF_ALG by its socket and io_submit(2): the kernel's asynchronous interface.
 * A socket takes the next text when the last one is being worked on, so that
 * each request in flight has a socket. Digests have no such interface.
 */
#include <errno.h>
#include <linux/aio_abi.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "afalg.h"

/**
 * struct afaio - sockets with a read of each
 * @context: of io_setup(2)
 * @algs: the sockets
 * @reads: the read of each
 * @list: of @reads, as io_submit(2) wants it
 */
struct afaio {
	aio_context_t context;
	struct afalg *algs;
	struct iocb reads[BENCH_MAX_DEPTH];
	struct iocb *list[BENCH_MAX_DEPTH];
};

static bool takes(const struct bench_point *point)
{
	return point->kind->op != CRYPTOSIM_OP_DIGEST && afalg_takes(point);
}

static void open_sockets(struct bench_run *run)
{
	struct afaio *aio = calloc(1, sizeof(*aio));
	unsigned int i;

	if (!aio)
		bench_fail("no memory");
	run->state = aio;
	if (syscall(SYS_io_setup, BENCH_MAX_DEPTH, &aio->context))
		bench_check(-errno, "io_setup()");
	aio->algs = afalg_open(run->point, run->point->depth);
	for (i = 0; i < run->point->depth; i++) {
		aio->reads[i] = (struct iocb) {
			.aio_lio_opcode = IOCB_CMD_PREAD,
			.aio_fildes = (uint32_t)aio->algs[i].fd,
			.aio_buf = (uintptr_t)aio->algs[i].out,
			.aio_nbytes = aio->algs[i].out_len,
		};
		aio->list[i] = &aio->reads[i];
	}
}

/* Has all reads done: two system calls for them all */
static void read_all(struct afaio *aio, long depth)
{
	struct io_event events[BENCH_MAX_DEPTH];
	long i;

	bench_syscall();
	if (syscall(SYS_io_submit, aio->context, depth, aio->list) != depth)
		bench_check(-errno, "AF_ALG: io_submit()");
	bench_syscall();
	if (syscall(SYS_io_getevents, aio->context, depth, depth, events,
		    NULL) != depth)
		bench_check(-errno, "io_getevents()");
	for (i = 0; i < depth; i++)
		if (events[i].res != (int64_t)aio->algs[0].out_len)
			bench_fail("AF_ALG: AIO ends with %lld",
				   (long long)events[i].res);
}

static void work(struct bench_run *run)
{
	unsigned int depth = run->point->depth;
	struct afaio *aio = run->state;
	uint64_t begin, now;
	unsigned int i;

	do {
		begin = bench_stamp(run);
		for (i = 0; i < depth; i++)
			afalg_send(&aio->algs[i]);
		read_all(aio, depth);
		now = bench_stamp(run);
		for (i = 0; i < depth; i++)
			bench_done(run, begin, now);
	} while (!bench_over(run, now));
}

static void close_sockets(struct bench_run *run)
{
	struct afaio *aio = run->state;

	syscall(SYS_io_destroy, aio->context);
	afalg_close(aio->algs, run->point->depth);
	free(aio);
}

const struct bench_way bench_afaio = {
	.name = "af_alg-aio", .rival = true, .takes = takes,
	.open = open_sockets, .work = work, .close = close_sockets,
};
