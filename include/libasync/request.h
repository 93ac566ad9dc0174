/* SPDX-License-Identifier: MIT */
/* Requests: one operation each; prepare and collect. */
#ifndef LIBASYNC_REQUEST_H
#define LIBASYNC_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/cryptosim.h>
#include <libasync/export.h>

#ifdef __cplusplus
extern "C" {
#endif

struct async_key;
struct async_queue;
struct async_session;
struct async_request;

/**
 * struct async_op - what a request is to do
 * @opcode: the operation
 * @key: its key; NULL for CRYPTOSIM_OP_NOP
 * @session: where to announce it; NULL: nowhere, it is found by asking
 * @iv: @key->iv_len bytes; NULL if that is 0
 * @src: the text
 * @dst: where the result goes: @len bytes, or @key->tag_len of them for a
 *	digest. The same as @src, or apart from it
 * @len: bytes of text, 0 to CRYPTOSIM_MAX_LEN
 * @aad: AEAD: additional authenticated data; else NULL
 * @aad_len: its bytes, 0 to CRYPTOSIM_MAX_AAD
 * @tag: AEAD: @key->tag_len bytes, written by an encryption, read by a
 *	decryption; else NULL
 *
 * Each of @src, @dst, @aad and @tag may lie in the queue's arena, and the
 * device works on it there: it has to stay and to be left alone until the
 * request is done. Any other memory is copied: inputs by async_prepare(),
 * after which they may change, outputs by async_collect(), until when they
 * have to stay.
 */
struct async_op {
	enum cryptosim_op opcode;
	const struct async_key *key;
	struct async_session *session;
	const void *iv;
	const void *src;
	void *dst;
	size_t len;
	const void *aad;
	size_t aad_len;
	void *tag;
};

/**
 * async_prepare() - put requests on the submission ring
 * @queue: the queue
 * @ops: what they are to do; not needed after the call
 * @count: how many
 * @requests: out: a handle for each one that was taken
 *
 * The device sees none of them before async_submit(). Where the ring, the
 * queue's table of requests or the arena (for copies) has no room for all, as
 * many as there is room for are taken: the first ones. Room comes back with
 * async_reap() and async_collect(); async_room_wait() tells when.
 *
 * Return: how many were taken, 0 to @count; when the very first can't be taken
 * at all: -EINVAL: an opcode its key has not, a pointer missing, or given to an
 * operation that has no use for it, a session of another queue, @src and @dst
 * overlap in part; -EMSGSIZE: @len or @aad_len too long, or more than the arena
 * could ever copy; -EPERM: in a child of fork().
 */
ASYNC_EXPORT int async_prepare(struct async_queue *queue,
			       const struct async_op *ops, unsigned int count,
			       struct async_request **requests);

/**
 * async_done() - whether a request can be collected
 * @request: the request
 *
 * One atomic load, with acquire order. Any thread.
 *
 * Return: true if so.
 */
ASYNC_EXPORT bool async_done(const struct async_request *request);

/**
 * async_collect() - take a request's result; it ends the request
 * @request: the request; the handle is no longer good after any return value
 *	but -EINPROGRESS
 *
 * Copies the output to where the caller wanted it, unless that is in the
 * arena. Any thread, but one at a time for the requests of one session.
 *
 * Return: bytes written to dst, without the tag; -EINPROGRESS: the request is
 * not done, or nobody reaped yet (async_reap()); -EBADMSG: wrong tag, nothing
 * was written; -EPERM: in a child of fork(); another negative errno: what
 * struct cryptosim_cqe says of @result.
 */
ASYNC_EXPORT int async_collect(struct async_request *request);

/**
 * async_cancel() - give a request up
 * @request: the request, prepared or later; the handle is no longer good
 *	afterwards
 *
 * No callback for it begins after this has returned; one that is running in
 * another thread is waited for, one that runs in the calling thread is not.
 * Output that was to be copied is not. What it has of the queue comes back when
 * the device is done with it, and @op's buffers in the arena are the device's
 * until then, if ever they are used. Nothing else tells of that.
 *
 * Return: 0: the device was done with it; 1: it has it yet; -EPERM: in a child
 * of fork(). Any thread, and from callbacks outside of signal handlers.
 */
ASYNC_EXPORT int async_cancel(struct async_request *request);

/**
 * struct async_times - when a request completed
 * @posted_ns: CLOCK_MONOTONIC of its completion in the interrupt handler, ns
 * @device_ns: for how long the device had it, ns
 */
struct async_times {
	uint64_t posted_ns;
	uint64_t device_ns;
};

/**
 * async_request_times() - when a request completed
 * @request: a request that is done and not yet collected
 * @times: out
 */
ASYNC_EXPORT void async_request_times(const struct async_request *request,
				      struct async_times *times);

#ifdef __cplusplus
}
#endif

#endif /* LIBASYNC_REQUEST_H */
