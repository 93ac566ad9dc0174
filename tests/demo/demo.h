/* SPDX-License-Identifier: MIT */
/*
 * The demo: a file is encrypted and decrypted with AES-256-GCM by eight wait
 * ctxs at once on one queue, four told by fd and four by callback.
 *
 *	main.c		the stages
 *	data.c		the file in the arena, and libcrypto's account of it
 *	pass.c		all chunks once through the device
 *	report.c	what is printed at the end
 */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include <libasync/async.h>
#include <libasync/bind.h>
#include <stdatomic.h>
#include <stdbool.h>

#define DEMO_SESSIONS	8
#define DEMO_BY_FD	4	/* the first ones; the others by callback */
#define DEMO_DEPTH	8	/* chunks of a session in flight */
#define DEMO_CHUNK	4096
#define DEMO_TAG	16
#define DEMO_IV		12
#define DEMO_AAD	8

/**
 * struct demo_job - a chunk in flight
 * @request: NULL: none is
 * @submitted_ns: when it was submitted
 */
struct demo_job {
	struct async_request *request;
	uint64_t submitted_ns;
};

/**
 * struct demo_session - one ctx, with every DEMO_SESSIONS'th chunk
 * @ctx: its wait ctx
 * @jobs: its chunks in flight
 * @next: the chunk to be submitted next
 * @requests: collected so far
 * @bytes: of text in those
 * @wakeups: times that epoll named its fd
 * @latency_ns: of each request, from submission to collection
 * @own_calls: callbacks run in the application's own polling call
 * @poller_calls: callbacks run in the poller thread
 * @told: its callback has run since it was last looked at
 */
struct demo_session {
	ASYNC_WAIT_CTX *ctx;
	struct demo_job jobs[DEMO_DEPTH];
	size_t next;
	size_t requests;
	uint64_t bytes;
	uint64_t wakeups;
	uint64_t *latency_ns;
	atomic_uint own_calls;
	atomic_uint poller_calls;
	atomic_bool told;
};

/**
 * struct demo_text - one form of the data, and its tags, in the arena
 * @plain: the file
 * @sealed: what the device encrypts it to
 * @opened: what the device decrypts that to
 * @tags: a tag for each chunk
 * @aads: AAD for each chunk: its number
 */
struct demo_text {
	uint8_t *plain;
	uint8_t *sealed;
	uint8_t *opened;
	uint8_t *tags;
	uint8_t *aads;
};

/**
 * struct demo - all of it
 * @path: the file
 * @size: its bytes
 * @chunks: how many that makes
 * @text: in the arena
 * @want_sealed: libcrypto's ciphertext
 * @want_tags: libcrypto's tags
 * @queue: the queue
 * @key: the key
 * @sessions: the sessions
 * @wake_fd: an eventfd: callbacks wake the application up
 * @epoll_fd: what the application sleeps on
 * @done: chunks collected in this pass
 */
struct demo {
	const char *path;
	size_t size;
	size_t chunks;
	struct demo_text text;
	uint8_t *want_sealed;
	uint8_t *want_tags;
	struct async_queue *queue;
	struct async_key key;
	struct demo_session sessions[DEMO_SESSIONS];
	int wake_fd;
	int epoll_fd;
	size_t done;
};

/**
 * demo_check() - end the program if something went wrong
 * @ret: a negative errno; anything else returns
 * @what: what was tried
 *
 * Return: @ret.
 */
int demo_check(int ret, const char *what);

/* Ends the program with a message */
void demo_fail(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

/* Shows how far a stage is; the line ends at the last of @total */
void demo_progress(size_t done, size_t total);

/* data.c */

extern const uint8_t demo_key[32];

/* Bytes of the chunk */
size_t demo_chunk_len(const struct demo *demo, size_t chunk);

/* The chunk's IV: its number */
void demo_chunk_iv(size_t chunk, uint8_t iv[DEMO_IV]);

/* Finds out how long the file is; ends the program if it is none */
void demo_measure(struct demo *demo);

/* Bytes of arena that it takes */
size_t demo_arena(const struct demo *demo);

/* Reads the file into the arena */
void demo_read(struct demo *demo);

/* Has libcrypto encrypt it */
void demo_refer(struct demo *demo);

/* Compares the ciphertext and the tags with libcrypto's */
void demo_compare_sealed(const struct demo *demo);

/* Has libcrypto decrypt what the device encrypted, and compares all three */
void demo_compare_opened(const struct demo *demo);

/* pass.c */

/* Makes the wait ctxs */
void demo_sessions_open(struct demo *demo);

void demo_sessions_close(struct demo *demo);

/**
 * demo_pass() - all chunks once
 * @demo: the demo
 * @op: CRYPTOSIM_OP_ENCRYPT or _DECRYPT
 */
void demo_pass(struct demo *demo, enum cryptosim_op op);

/* report.c */

/* Prints what it came to; false: the figures contradict each other */
bool demo_report(struct demo *demo);

#endif /* DEMO_DEMO_H */
