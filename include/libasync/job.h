/* SPDX-License-Identifier: MIT */
/*
 * Operations that know about jobs, ASYNC_start_job(3), and the jobs' stacks.
 *
 * Each function here does one operation and returns when it is done.
 *
 * In a job it submits the request for the job's wait ctx, sets the status, and
 * pauses: ASYNC_start_job() returns ASYNC_PAUSE. The application resumes the job
 * when the ctx's fd is readable or its callback has run; resumed too early, the
 * job looks and pauses again. Where the queue has no room the status is
 * ASYNC_STATUS_EAGAIN, and the same fd or callback tells when there is
 * (<libasync/room.h>). Whoever reaps the queue (async_reap(), a poller) marks
 * requests as done; a job that is resumed reaps itself, too.
 *
 * Outside a job, in a job without a wait ctx, and where pausing is blocked
 * (ASYNC_block_pause(3)) it waits. Completions of others are then reaped, and
 * their callbacks run, in here.
 *
 * The calling thread is the queue's submitting one, see async.h: a queue's jobs
 * belong to one thread.
 *
 * A job may be abandoned while it is paused in here, by ASYNC_WAIT_CTX_free():
 * the request is given up then. Its buffers are the caller's as before: what
 * lies in the queue's arena has to stay until the device is done with it.
 */
#ifndef LIBASYNC_JOB_H
#define LIBASYNC_JOB_H

#include <stddef.h>
#include <libasync/export.h>
#include <libasync/request.h>

#ifdef __cplusplus
extern "C" {
#endif

struct async_queue;

/**
 * async_job_run() - do one operation of any kind
 * @queue: the queue
 * @op: the operation; its session is not looked at
 *
 * Return: what async_collect() says of it: bytes written to dst, without the
 * tag, or -EBADMSG and the like; else, with nothing done, as
 * async_bind_submit() and async_prepare(); -EAGAIN outside a job: no room, and
 * nothing outstanding that could make room; -ESHUTDOWN: the queue was stopped.
 */
ASYNC_EXPORT int async_job_run(struct async_queue *queue,
			       const struct async_op *op);

/**
 * async_job_cipher() - encrypt or decrypt
 * @queue: the queue
 * @key: a cipher's key
 * @opcode: CRYPTOSIM_OP_ENCRYPT or CRYPTOSIM_OP_DECRYPT
 * @iv: @key->iv_len bytes
 * @src: the text
 * @dst: where @len bytes of result go; the same as @src, or apart from it
 * @len: bytes of text
 *
 * Return: as async_job_run().
 */
ASYNC_EXPORT int async_job_cipher(struct async_queue *queue,
				  const struct async_key *key,
				  enum cryptosim_op opcode, const void *iv,
				  const void *src, void *dst, size_t len);

/**
 * async_job_aead() - encrypt or decrypt, with a tag
 * @queue: the queue
 * @key: an AEAD's key
 * @opcode: CRYPTOSIM_OP_ENCRYPT or CRYPTOSIM_OP_DECRYPT
 * @iv: @key->iv_len bytes
 * @aad: additional authenticated data; NULL if there is none
 * @aad_len: its bytes
 * @src: the text
 * @dst: where @len bytes of result go; the same as @src, or apart from it
 * @len: bytes of text
 * @tag: @key->tag_len bytes, written by an encryption, read by a decryption
 *
 * Return: as async_job_run(); -EBADMSG: wrong tag, nothing was written.
 */
ASYNC_EXPORT int async_job_aead(struct async_queue *queue,
				const struct async_key *key,
				enum cryptosim_op opcode, const void *iv,
				const void *aad, size_t aad_len,
				const void *src, void *dst, size_t len,
				void *tag);

/**
 * async_job_hash() - the digest of a text
 * @queue: the queue
 * @key: a hash, which is a key without key material
 * @src: the text
 * @len: its bytes
 * @digest: out: @key->tag_len bytes
 *
 * Return: as async_job_run().
 */
ASYNC_EXPORT int async_job_hash(struct async_queue *queue,
				const struct async_key *key, const void *src,
				size_t len, void *digest);

/**
 * async_job_mac() - the MAC of a text
 * @queue: the queue
 * @key: a MAC's key
 * @src: the text
 * @len: its bytes
 * @mac: out: @key->tag_len bytes
 *
 * Return: as async_job_run().
 */
ASYNC_EXPORT int async_job_mac(struct async_queue *queue,
			       const struct async_key *key, const void *src,
			       size_t len, void *mac);

/* Bytes of a job's stack: what it has by default, and what it may have. */
#define ASYNC_JOB_STACK_DEFAULT	((size_t)64 << 10)
#define ASYNC_JOB_STACK_MIN	((size_t)16 << 10)
#define ASYNC_JOB_STACK_MAX	((size_t)1 << 30)

/**
 * async_job_set_stack_size() - how large jobs' stacks are
 * @size: bytes, ASYNC_JOB_STACK_MIN to ASYNC_JOB_STACK_MAX; rounded up to a page
 *
 * For stacks made from now on, by any thread; idle jobs keep those they have
 * until ASYNC_cleanup_thread(). Only pages that were once in use take memory.
 * The guard page comes on top. A process has 65,530 mappings by default (sysctl
 * vm.max_map_count) and a stack takes two: that is the limit for the number of
 * jobs. Any thread.
 *
 * Of the drop-in library, libasync-ossl, alone: OpenSSL's jobs have 32 KiB.
 *
 * Return: 0; -EINVAL: @size is out of range.
 */
ASYNC_EXPORT int async_job_set_stack_size(size_t size);

#ifdef __cplusplus
}
#endif

#endif /* LIBASYNC_JOB_H */
