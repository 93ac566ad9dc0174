// SPDX-License-Identifier: MIT
/* AF_ALG by its socket, sendmsg() and read(), one at a time. */
#include <errno.h>
#include <linux/if_alg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "bench.h"

#define MAX_IV	16

/**
 * struct afalg - a socket, and the message that it gets again and again
 * @listener: has the algorithm and the key
 * @fd: takes requests
 * @text: its text
 * @out: where the result goes
 * @out_len: its bytes
 * @iov: of @text
 * @control: the operation and the IV
 * @msg: of the two
 */
struct afalg {
	int listener;
	int fd;
	unsigned char text[BENCH_MAX_SIZE];
	unsigned char out[BENCH_MAX_SIZE + BENCH_DIGEST];
	size_t out_len;
	struct iovec iov;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(uint32_t)) +
			   CMSG_SPACE(sizeof(struct af_alg_iv) + MAX_IV)];
	} control;
	struct msghdr msg;
};

/* A socket without text has nothing to answer, but for the tag and the digest */
static bool takes(const struct bench_point *point)
{
	return point->kind->af_type && point->depth == 1 &&
	       (point->size || point->kind->tag_len) &&
	       bench_kind_takes(point->kind, point->size);
}

static void connect_socket(struct afalg *alg, const struct bench_kind *kind)
{
	struct sockaddr_alg addr = { .salg_family = AF_ALG };

	memcpy(addr.salg_type, kind->af_type, strlen(kind->af_type));
	memcpy(addr.salg_name, kind->af_name, strlen(kind->af_name));
	alg->listener = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (alg->listener < 0 ||
	    bind(alg->listener, (struct sockaddr *)&addr, sizeof(addr)))
		bench_check(-errno, kind->af_name);
	if (kind->key_len && setsockopt(alg->listener, SOL_ALG, ALG_SET_KEY,
					bench_bytes, kind->key_len))
		bench_check(-errno, "ALG_SET_KEY");
	if (kind->aead && setsockopt(alg->listener, SOL_ALG,
				     ALG_SET_AEAD_AUTHSIZE, NULL, BENCH_TAG))
		bench_check(-errno, "ALG_SET_AEAD_AUTHSIZE");
	alg->fd = accept(alg->listener, NULL, NULL);
	if (alg->fd < 0)
		bench_check(-errno, "accept()");
}

/* The control messages: encrypt, and the IV */
static void make_control(struct afalg *alg, const struct bench_kind *kind)
{
	struct cmsghdr *cmsg;
	struct af_alg_iv *iv;
	uint32_t op = ALG_OP_ENCRYPT;

	alg->msg.msg_control = alg->control.bytes;
	alg->msg.msg_controllen = sizeof(alg->control.bytes);
	cmsg = CMSG_FIRSTHDR(&alg->msg);
	cmsg->cmsg_level = SOL_ALG;
	cmsg->cmsg_type = ALG_SET_OP;
	cmsg->cmsg_len = CMSG_LEN(sizeof(op));
	memcpy(CMSG_DATA(cmsg), &op, sizeof(op));
	cmsg = CMSG_NXTHDR(&alg->msg, cmsg);
	cmsg->cmsg_level = SOL_ALG;
	cmsg->cmsg_type = ALG_SET_IV;
	cmsg->cmsg_len = CMSG_LEN(sizeof(*iv) + kind->iv_len);
	iv = (struct af_alg_iv *)CMSG_DATA(cmsg);
	iv->ivlen = kind->iv_len;
	memcpy(iv->iv, bench_bytes, kind->iv_len);
	alg->msg.msg_controllen = CMSG_SPACE(sizeof(op)) +
				  CMSG_SPACE(sizeof(*iv) + kind->iv_len);
}

static void open_socket(struct bench_run *run)
{
	const struct bench_kind *kind = run->point->kind;
	struct afalg *alg = calloc(1, sizeof(*alg));

	if (!alg)
		bench_fail("no memory");
	run->state = alg;
	connect_socket(alg, kind);
	alg->iov.iov_base = alg->text;
	alg->iov.iov_len = run->point->size;
	alg->msg.msg_iov = &alg->iov;
	alg->msg.msg_iovlen = 1;
	if (kind->iv_len)
		make_control(alg, kind);
	alg->out_len = kind->op == CRYPTOSIM_OP_DIGEST ?
		kind->tag_len : run->point->size + kind->tag_len;
}

static void work(struct bench_run *run)
{
	struct afalg *alg = run->state;
	uint64_t begin, now;

	do {
		begin = bench_stamp(run);
		bench_syscall();
		if (sendmsg(alg->fd, &alg->msg, 0) < 0)
			bench_check(-errno, "AF_ALG: sendmsg()");
		bench_syscall();
		if (read(alg->fd, alg->out, alg->out_len) < 0)
			bench_check(-errno, "AF_ALG: read()");
		now = bench_stamp(run);
		bench_done(run, begin, now);
	} while (!bench_over(run, now));
}

static void close_socket(struct bench_run *run)
{
	struct afalg *alg = run->state;

	close(alg->fd);
	close(alg->listener);
	free(alg);
}

const struct bench_way bench_afalg = {
	.name = "af_alg", .rival = true, .takes = takes,
	.open = open_socket, .work = work, .close = close_socket,
};
