// SPDX-License-Identifier: MIT
/* AF_ALG by its socket, sendmsg() and read(), one at a time. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "afalg.h"

/* A socket without text has nothing to answer, but for the tag and the digest */
bool afalg_takes(const struct bench_point *point)
{
	return point->kind->af_type &&
	       (point->size || point->kind->tag_len) &&
	       bench_kind_takes(point->kind, point->size);
}

static bool takes(const struct bench_point *point)
{
	return point->depth == 1 && afalg_takes(point);
}

/* The socket that has the algorithm and the key */
static int listener(const struct bench_kind *kind)
{
	struct sockaddr_alg addr = { .salg_family = AF_ALG };
	int fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	memcpy(addr.salg_type, kind->af_type, strlen(kind->af_type));
	memcpy(addr.salg_name, kind->af_name, strlen(kind->af_name));
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		bench_check(-errno, kind->af_name);
	if (kind->key_len && setsockopt(fd, SOL_ALG, ALG_SET_KEY, bench_bytes,
					kind->key_len))
		bench_check(-errno, "ALG_SET_KEY");
	if (kind->aead && setsockopt(fd, SOL_ALG, ALG_SET_AEAD_AUTHSIZE, NULL,
				     BENCH_TAG))
		bench_check(-errno, "ALG_SET_AEAD_AUTHSIZE");
	return fd;
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

static void make_message(struct afalg *alg, const struct bench_point *point)
{
	const struct bench_kind *kind = point->kind;

	alg->iov.iov_base = alg->text;
	alg->iov.iov_len = point->size;
	alg->msg.msg_iov = &alg->iov;
	alg->msg.msg_iovlen = 1;
	if (kind->iv_len)
		make_control(alg, kind);
	alg->out_len = kind->op == CRYPTOSIM_OP_DIGEST ?
		kind->tag_len : point->size + kind->tag_len;
}

struct afalg *afalg_open(const struct bench_point *point, unsigned int count)
{
	struct afalg *algs = aligned_alloc(AFALG_PAGE, count * sizeof(*algs));
	int from = listener(point->kind);
	unsigned int i;

	if (!algs)
		bench_fail("no memory");
	memset(algs, 0, count * sizeof(*algs));
	for (i = 0; i < count; i++) {
		algs[i].fd = accept(from, NULL, NULL);
		if (algs[i].fd < 0)
			bench_check(-errno, "accept()");
		make_message(&algs[i], point);
	}
	/* The key stays with those that came from it */
	close(from);
	return algs;
}

void afalg_send(struct afalg *alg)
{
	bench_syscall();
	if (sendmsg(alg->fd, &alg->msg, 0) < 0)
		bench_check(-errno, "AF_ALG: sendmsg()");
}

void afalg_close(struct afalg *algs, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		close(algs[i].fd);
	free(algs);
}

static void open_socket(struct bench_run *run)
{
	run->state = afalg_open(run->point, 1);
}

static void work(struct bench_run *run)
{
	struct afalg *alg = run->state;
	uint64_t begin, now;

	do {
		begin = bench_stamp(run);
		afalg_send(alg);
		bench_syscall();
		if (read(alg->fd, alg->out, alg->out_len) < 0)
			bench_check(-errno, "AF_ALG: read()");
		now = bench_stamp(run);
		bench_done(run, begin, now);
	} while (!bench_over(run, now));
}

static void close_socket(struct bench_run *run)
{
	afalg_close(run->state, 1);
}

const struct bench_way bench_afalg = {
	.name = "af_alg", .rival = true, .takes = takes,
	.open = open_socket, .work = work, .close = close_socket,
};
