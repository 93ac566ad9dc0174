// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Parts of an operation that are not in the arena */
#define COPY_SRC	(1u << 0)
#define COPY_DST	(1u << 1)
#define COPY_AAD	(1u << 2)
#define COPY_TAG	(1u << 3)

/**
 * struct layout - where the copied parts are in the request's buffer
 * @src: offset of the text
 * @dst: of the result, which is the text's own place if that is copied too
 * @aad: of the AAD
 * @tag: of the tag
 * @size: bytes of the buffer
 *
 * Only the offsets of parts that are copied mean anything.
 */
struct layout {
	size_t src;
	size_t dst;
	size_t aad;
	size_t tag;
	size_t size;
};

/* Bits of a word's generation */
#define GENERATION	0xffffffff00000000ull

static inline enum request_state word_state(uint64_t word)
{
	return (uint32_t)word;
}

int async_requests_init(struct async_queue *queue)
{
	uint32_t count = queue->ring.cq_entries;
	struct async_request *request;
	size_t size = count * sizeof(*request);
	uint32_t i;

	queue->requests = aligned_alloc(alignof(struct async_request), size);
	if (!queue->requests)
		return -ENOMEM;
	memset(queue->requests, 0, size);
	for (i = 0; i < count; i++) {
		request = &queue->requests[i];
		request->queue = queue;
		request->index = i;
		request->next = i + 1 < count ? request + 1 : NULL;
	}
	queue->free = queue->requests;
	return 0;
}

/* A free request, or NULL. Context: the submitting thread. */
static struct async_request *request_get(struct async_queue *queue)
{
	struct async_request *request = queue->free;

	if (!request) {
		/* Partner: the store-release of each push */
		request = atomic_exchange_explicit(&queue->released, NULL,
						   memory_order_acquire);
		if (!request)
			return NULL;
	}
	queue->free = request->next;
	return request;
}

/* Back to where request_get() found it. */
static void request_unget(struct async_queue *queue,
			  struct async_request *request)
{
	request->next = queue->free;
	queue->free = request;
}

/* To the free ones; @word is the request's, which has nothing of the arena. */
static inline void request_put(struct async_request *request, uint64_t word)
{
	struct async_queue *queue = request->queue;
	struct async_request *top;

	atomic_store_explicit(&request->word,
			      (word & GENERATION) | REQUEST_FREE,
			      memory_order_relaxed);
	top = atomic_load_explicit(&queue->released, memory_order_relaxed);
	do {
		request->next = top;
		/* Partner: the exchange-acquire of request_get() */
	} while (!atomic_compare_exchange_weak_explicit(&queue->released, &top,
							request,
							memory_order_release,
							memory_order_relaxed));
}

void async_request_release(struct async_request *request)
{
	if (request->buf)
		async_arena_free(&request->queue->arena, request->buf);
	request_put(request, atomic_load_explicit(&request->word,
						  memory_order_relaxed));
}

void async_requests_orphan(struct async_queue *queue,
			   const struct async_session *session)
{
	struct async_request *request;
	uint64_t word;
	uint32_t i;

	for (i = 0; i < queue->ring.cq_entries; i++) {
		request = &queue->requests[i];
		/* Partner: the store-release of request_start() */
		word = atomic_load_explicit(&request->word,
					    memory_order_acquire);
		if (word_state(word) == REQUEST_FREE ||
		    atomic_load_explicit(&request->session,
					 memory_order_relaxed) != session)
			continue;
		/* It is the session's, and nobody else's to change here */
		if (word_state(word) == REQUEST_DONE)
			async_request_release(request);
		else if (word_state(word) == REQUEST_SUBMITTED)
			atomic_store_explicit(&request->word,
					      (word & GENERATION) |
					      REQUEST_ORPHAN,
					      memory_order_relaxed);
	}
}

static bool overlap(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return a_len && b_len && (uintptr_t)a < (uintptr_t)b + b_len &&
	       (uintptr_t)b < (uintptr_t)a + a_len;
}

/* Bytes of result of an operation with a key */
static size_t op_out_len(const struct async_op *op)
{
	return op->opcode == CRYPTOSIM_OP_DIGEST ? op->key->tag_len : op->len;
}

/* AAD and tag; what would be ignored is refused */
static int op_check_aead(const struct async_op *op)
{
	if (!op->key->aead)
		return op->aad || op->aad_len || op->tag ? -EINVAL : 0;
	if (op->aad_len > CRYPTOSIM_MAX_AAD)
		return -EMSGSIZE;
	return !op->tag || (op->aad_len && !op->aad) ? -EINVAL : 0;
}

static int op_check_keyed(const struct async_op *op)
{
	const struct async_key *key = op->key;
	size_t out_len;

	if (!key || op->opcode >= CRYPTOSIM_OP_COUNT ||
	    !(key->ops & (1u << op->opcode)) || key->iv_len > CRYPTOSIM_IV_LEN)
		return -EINVAL;
	if (op->len > CRYPTOSIM_MAX_LEN)
		return -EMSGSIZE;
	out_len = op_out_len(op);
	if ((op->len && !op->src) || (out_len && !op->dst) ||
	    (key->iv_len && !op->iv))
		return -EINVAL;
	if (op->src != op->dst && overlap(op->src, op->len, op->dst, out_len))
		return -EINVAL;
	return op_check_aead(op);
}

/* Whether an operation has nothing but a session: without a branch for each */
static inline bool op_is_bare(const struct async_op *op)
{
	return !((uintptr_t)op->key | (uintptr_t)op->iv | (uintptr_t)op->src |
		 (uintptr_t)op->dst | op->len | (uintptr_t)op->aad |
		 op->aad_len | (uintptr_t)op->tag);
}

static int op_check(const struct async_queue *queue, const struct async_op *op)
{
	if (op->session && op->session->queue != queue)
		return -EINVAL;
	if (op->opcode != CRYPTOSIM_OP_NOP)
		return op_check_keyed(op);
	return op_is_bare(op) ? 0 : -EINVAL;
}

/* Which parts of an operation have to be copied, COPY_* */
static unsigned int op_copies(const struct async_queue *queue,
			      const struct async_op *op, size_t out_len)
{
	const struct async_arena *arena = &queue->arena;
	unsigned int copies = 0;

	if (op->len && !arena_has(arena, op->src, op->len))
		copies |= COPY_SRC;
	if (out_len && !arena_has(arena, op->dst, out_len))
		copies |= COPY_DST;
	if (op->aad_len && !arena_has(arena, op->aad, op->aad_len))
		copies |= COPY_AAD;
	if (op->tag && !arena_has(arena, op->tag, op->key->tag_len))
		copies |= COPY_TAG;
	return copies;
}

static void op_layout(const struct async_op *op, size_t out_len,
		      unsigned int copies, struct layout *at)
{
	bool in_place = (copies & COPY_SRC) && op->opcode != CRYPTOSIM_OP_DIGEST;

	*at = (struct layout) { 0 };
	if (copies & COPY_SRC)
		at->size = op->len;
	if ((copies & COPY_DST) && !in_place) {
		at->dst = at->size;
		at->size += out_len;
	}
	if (copies & COPY_AAD) {
		at->aad = at->size;
		at->size += op->aad_len;
	}
	if (copies & COPY_TAG) {
		at->tag = at->size;
		at->size += op->key->tag_len;
	}
}

/*
 * Copies the inputs to a buffer of the request's, and notes what has to be
 * copied back. @device: out: the operation as the device is to see it, all of
 * it in the arena. Returns 0, -EMSGSIZE, or -EAGAIN when the arena has no room
 * now.
 */
static int request_copy_in(struct async_request *request,
			   const struct async_op *op, unsigned int copies,
			   struct async_op *device)
{
	struct async_arena *arena = &request->queue->arena;
	size_t out_len = op_out_len(op);
	struct request_copy *copy = &request->copy;
	struct layout at;
	char *buf;

	op_layout(op, out_len, copies, &at);
	if (at.size > arena->size)
		return -EMSGSIZE;
	buf = async_arena_alloc(arena, at.size);
	if (!buf)
		return -EAGAIN;
	request->buf = buf;
	*copy = (struct request_copy) { .len = out_len };
	*device = *op;
	if (copies & COPY_SRC)
		device->src = memcpy(buf + at.src, op->src, op->len);
	if (copies & COPY_DST) {
		copy->dst = op->dst;
		copy->out = buf + at.dst;
		device->dst = buf + at.dst;
	}
	if (copies & COPY_AAD)
		device->aad = memcpy(buf + at.aad, op->aad, op->aad_len);
	if (!(copies & COPY_TAG))
		return 0;
	device->tag = buf + at.tag;
	if (op->opcode == CRYPTOSIM_OP_DECRYPT) {
		memcpy(device->tag, op->tag, op->key->tag_len);
	} else {
		copy->tag = op->tag;
		copy->tag_out = device->tag;
		copy->tag_len = op->key->tag_len;
	}
	return 0;
}

/* Writes what an SQE says of text, AAD, tag and IV: all but the NOP's fields. */
static int request_fill(struct async_request *request,
			const struct async_op *op, struct cryptosim_sqe *sqe)
{
	const struct async_queue *queue = request->queue;
	const struct async_arena *arena = &queue->arena;
	size_t out_len = op_out_len(op);
	unsigned int copies = op_copies(queue, op, out_len);
	struct async_op device;
	int ret;

	if (copies) {
		ret = request_copy_in(request, op, copies, &device);
		if (ret)
			return ret;
		op = &device;
	}
	sqe->key = op->key->id;
	sqe->len = op->len;
	if (op->len)
		sqe->src = arena_offset(arena, op->src);
	if (out_len)
		sqe->dst = arena_offset(arena, op->dst);
	if (op->aad_len) {
		sqe->aad = arena_offset(arena, op->aad);
		sqe->aad_len = op->aad_len;
	}
	if (op->tag)
		sqe->tag = arena_offset(arena, op->tag);
	if (op->key->iv_len)
		memcpy(sqe->iv, op->iv, op->key->iv_len);
	return 0;
}

/* A free request and the SQE next to be published become @op's. */
static int request_start(struct async_request *request,
			 const struct async_op *op, struct cryptosim_sqe *sqe)
{
	struct async_session *session = op->session;
	uint64_t generation;
	int ret;

	generation = atomic_load_explicit(&request->word, memory_order_relaxed);
	generation = (generation & GENERATION) + (1ull << 32);
	*sqe = (struct cryptosim_sqe) {
		.opcode = op->opcode,
		.session = session ? session->id : 0,
		.user_data = generation | request->index,
	};
	request->buf = NULL;
	if (op->opcode != CRYPTOSIM_OP_NOP) {
		ret = request_fill(request, op, sqe);
		if (ret)
			return ret;
	}
	atomic_store_explicit(&request->session, session, memory_order_relaxed);
	/* Partners: the load-acquires of the reaper and of a session's end */
	atomic_store_explicit(&request->word, generation | REQUEST_SUBMITTED,
			      memory_order_release);
	return 0;
}

int async_prepare(struct async_queue *queue, const struct async_op *ops,
		  unsigned int count, struct async_request **requests)
{
	struct async_ring *ring = &queue->ring;
	struct async_request *request;
	unsigned int room, n;
	int ret = 0;

	if (!fork_owner(queue->token))
		return -EPERM;
	room = ring_sq_room(ring, count);
	for (n = 0; n < count; n++) {
		ret = op_check(queue, &ops[n]);
		if (ret || n == room)
			break;
		request = request_get(queue);
		if (!request)
			break;
		ret = request_start(request, &ops[n], ring_sqe(ring, n));
		if (ret) {
			request_unget(queue, request);
			break;
		}
		requests[n] = request;
	}
	ring_sq_add(ring, n);
	/* No room now is no error */
	return n || ret == -EAGAIN ? (int)n : ret;
}

static inline uint64_t request_word(const struct async_request *request)
{
	/* Partner: the reaper's store-release, after it wrote the result */
	return atomic_load_explicit(&request->word, memory_order_acquire);
}

bool async_done(const struct async_request *request)
{
	return word_state(request_word(request)) == REQUEST_DONE;
}

/* What is left to do when the outputs are where they belong. */
static inline int request_end(struct async_request *request, uint64_t word)
{
	struct async_session *session;
	int result = request->result;

	session = atomic_load_explicit(&request->session, memory_order_relaxed);
	if (session)
		ring_consume(session->consumed);
	request_put(request, word);
	return result;
}

/* Out of line, to spare those that copy nothing what the calls in here cost. */
static __attribute__((noinline)) int request_end_copied(struct async_request *request,
							uint64_t word)
{
	const struct request_copy *copy = &request->copy;
	uint32_t result = request->result;

	if (request->result >= 0 && copy->dst)
		memcpy(copy->dst, copy->out,
		       result < copy->len ? result : copy->len);
	if (request->result >= 0 && copy->tag)
		memcpy(copy->tag, copy->tag_out, copy->tag_len);
	async_arena_free(&request->queue->arena, request->buf);
	return request_end(request, word);
}

int async_collect(struct async_request *request)
{
	uint64_t word = request_word(request);

	if (!fork_owner(request->queue->token))
		return -EPERM;
	if (word_state(word) != REQUEST_DONE)
		return -EINPROGRESS;
	if (request->buf)
		return request_end_copied(request, word);
	return request_end(request, word);
}

void async_request_times(const struct async_request *request,
			 struct async_times *times)
{
	times->posted_ns = request->posted_ns;
	times->device_ns = request->device_ns;
}
