// SPDX-License-Identifier: MIT
/*
 * The kernel's cipher alone, by a module that does nothing else
 * (cipher/cipherbench.c): the arithmetic, in one write(2) for many requests.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include "bench.h"

#define RUN	"/sys/module/cipherbench/parameters/run"
#define BATCH	256u	/* requests for a write */

static bool takes(const struct bench_point *point)
{
	return point->kind->af_name && point->depth == 1 &&
	       (point->size || point->kind->tag_len) &&
	       bench_kind_takes(point->kind, point->size);
}

static const char *lacks(void)
{
	return access(RUN, W_OK) ? "cipherbench.ko is not loaded" : NULL;
}

static void open_cipher(struct bench_run *run)
{
	int *fd = malloc(sizeof(*fd));

	if (!fd)
		bench_fail("no memory");
	*fd = open(RUN, O_WRONLY | O_CLOEXEC);
	if (*fd < 0)
		bench_check(-errno, RUN);
	run->state = fd;
}

static void do_batch(struct bench_run *run)
{
	const struct bench_kind *kind = run->point->kind;
	const int *fd = run->state;
	char text[96];
	int len;

	len = snprintf(text, sizeof(text), "%s %u %u %u %u %u", kind->af_name,
		       kind->key_len, kind->iv_len,
		       kind->aead ? kind->tag_len : 0, run->point->size, BATCH);
	bench_syscall();
	if (write(*fd, text, (size_t)len) != len)
		bench_check(-errno, kind->af_name);
}

static void work(struct bench_run *run)
{
	uint64_t begin, now, each;
	unsigned int i;

	do {
		begin = bench_stamp(run);
		do_batch(run);
		now = bench_stamp(run);
		/* Nobody saw them one by one */
		each = (now - begin) / BATCH;
		for (i = 0; i < BATCH; i++)
			bench_done(run, now - each, now);
	} while (!bench_over(run, now));
}

static void close_cipher(struct bench_run *run)
{
	int *fd = run->state;

	close(*fd);
	free(fd);
}

const struct bench_way bench_cipher = {
	.name = "cipher", .rival = true, .takes = takes, .lacks = lacks,
	.open = open_cipher, .work = work, .close = close_cipher,
};
