/* SPDX-License-Identifier: MIT */
/* AF_ALG's sockets, and the message that each gets again and again. */
#ifndef BENCH_AFALG_H
#define BENCH_AFALG_H

#include <linux/if_alg.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include "bench.h"

#define AFALG_MAX_IV	16
#define AFALG_PAGE	4096

/**
 * struct afalg - a socket that takes requests, one at a time
 * @text: its text, on a page as suits the kernel best
 * @out: where the result goes, likewise
 * @fd: the socket
 * @out_len: its bytes
 * @iov: of @text
 * @control: the operation and the IV
 * @msg: of the two
 */
struct afalg {
	_Alignas(AFALG_PAGE) unsigned char text[BENCH_MAX_SIZE];
	_Alignas(AFALG_PAGE) unsigned char out[BENCH_MAX_SIZE + BENCH_DIGEST];
	int fd;
	size_t out_len;
	struct iovec iov;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(uint32_t)) +
			   CMSG_SPACE(sizeof(struct af_alg_iv) + AFALG_MAX_IV)];
	} control;
	struct msghdr msg;
};

/* Whether there is such a socket, and it answers to such a text */
bool afalg_takes(const struct bench_point *point);

/**
 * afalg_open() - sockets that share a key
 * @point: what each request does
 * @count: how many
 *
 * Return: the sockets. Ends the program where there are none.
 */
struct afalg *afalg_open(const struct bench_point *point, unsigned int count);

/* Sends a request; the answer is read from @fd */
void afalg_send(struct afalg *alg);

/* Frees what afalg_open() made */
void afalg_close(struct afalg *algs, unsigned int count);

#endif /* BENCH_AFALG_H */
