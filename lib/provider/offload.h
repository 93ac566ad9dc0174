/* SPDX-License-Identifier: MIT */
/*
 * One operation on the device: submit, pause the job, collect. Whatever becomes
 * of it is counted here.
 */
#ifndef LIB_PROVIDER_OFFLOAD_H
#define LIB_PROVIDER_OFFLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <libasync/request.h>

struct cipher_ctx;

/* From offload(): do it in software */
#define OFFLOAD_SOFTWARE	1

/**
 * struct offload - an operation for the device
 * @op: the operation, but for its key, session and opcode
 * @tag_len: AEAD: bytes of its tag; else 0
 * @iv_len: bytes of its IV
 */
struct offload {
	struct async_op op;
	size_t tag_len;
	size_t iv_len;
};

/**
 * offload() - have the device do it
 * @ctx: the cipher context, with its key
 * @what: the operation
 *
 * Pauses the job until it is done. Nothing of @ctx or of the operation's memory
 * is looked at meanwhile, and it is written to only afterwards: the application
 * may free all of it and never come back. Only where the job waits for room
 * first is the memory read after a pause.
 *
 * Return: 0: done; OFFLOAD_SOFTWARE: nothing was touched, do it in software;
 * -EBADMSG: wrong tag, nothing was written; -EIO: the device failed it, which
 * is to be an error: there is an entry in the error queue.
 */
int offload(struct cipher_ctx *ctx, const struct offload *what);

/**
 * offload_likely() - whether offload() would try
 * @ctx: the cipher context
 * @len: bytes of text
 *
 * For work that is only needed then. Cheap; counts nothing.
 *
 * Return: true if so.
 */
bool offload_likely(const struct cipher_ctx *ctx, size_t len);

/**
 * offload_decline() - count an operation that is done in software unasked
 * @ctx: the cipher context
 * @len: bytes of text; where so many would have been offloaded, it is counted
 *	as unsuited
 */
void offload_decline(struct cipher_ctx *ctx, size_t len);

/**
 * offload_in_job() - whether the calling thread runs a job
 *
 * Return: true if so.
 */
bool offload_in_job(void);

/**
 * offload_forget() - end the context's key on the device
 * @ctx: the cipher context, whose key changes or which ends
 */
void offload_forget(struct cipher_ctx *ctx);

#endif /* LIB_PROVIDER_OFFLOAD_H */
