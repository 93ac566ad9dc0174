// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>

#include "slot.h"

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

/*
 * Here and below: out of line where an operation has a key, is told of room, or
 * goes wrong, to spare a NOP what the calls in there cost.
 */
static __attribute__((noinline)) int op_check_keyed(const struct async_op *op)
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

/* Of all but the session. */
static inline int op_check(const struct async_op *op)
{
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

/* As async_slots_clean(), of all free slots. Context: as slot_get(). */
static bool slots_clean(struct async_queue *queue)
{
	struct async_request *slot;

	if (!async_slots_clean(queue))
		return false;
	atomic_store(&queue->lazy, 0);
	for (slot = queue->free; slot; slot = slot->next)
		if (slot->buf)
			slot_free_buf(slot);
	return true;
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
	if (!buf && slots_clean(request->queue))
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

/* Writes all of an SQE but what a NOP has too: session and user_data. */
static __attribute__((noinline)) int
request_fill(struct async_request *request, const struct async_op *op,
	     struct cryptosim_sqe *sqe)
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
	sqe->opcode = op->opcode;
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

/* The generation that makes a new request of a slot, whose state is FREE: 0. */
static inline uint64_t request_generation(const struct async_request *request)
{
	return atomic_load_explicit(&request->word, memory_order_relaxed) +
	       (1ull << 32);
}

/* From here on it is @session's, and one that a reaper knows. */
static inline void request_show(struct async_request *request,
				struct async_session *session,
				uint64_t generation)
{
	atomic_store_explicit(&request->session, session, memory_order_relaxed);
	/* Partners: the load-acquires of the reaper and of a session's end */
	atomic_store_explicit(&request->word, generation | REQUEST_SUBMITTED,
			      memory_order_release);
}

/* A free slot and the SQE next to be published become @op's, of session @id. */
static inline int request_start(struct async_request *request,
				const struct async_op *op, uint32_t id,
				struct cryptosim_sqe *sqe)
{
	uint64_t generation = request_generation(request);
	int ret;

	if (request->buf)
		slot_free_buf(request);
	*sqe = (struct cryptosim_sqe) {
		.session = id,
		.user_data = generation | request->index,
	};
	/* A NOP has nothing else, not even an opcode: it is 0 */
	if (op->opcode != CRYPTOSIM_OP_NOP) {
		ret = request_fill(request, op, sqe);
		if (ret)
			return ret;
	}
	request_show(request, op->session, generation);
	return 0;
}

/* A buffer that the slot has yet stays there: this may be a signal handler. */
void async_prepare_nop(struct async_queue *queue, struct async_request *request,
		       struct async_session *session)
{
	uint64_t generation = request_generation(request);

	*ring_sqe(&queue->ring, 0) = (struct cryptosim_sqe) {
		.opcode = CRYPTOSIM_OP_NOP,
		.session = session->id,
		.user_data = generation | request->index,
	};
	request_show(request, session, generation);
	ring_sq_add(&queue->ring, 1);
}

/* One operation in the slot that its session was told of, if it was. */
static __attribute__((noinline)) int
prepare_claimed(struct async_session *session, const struct async_op *op,
		struct cryptosim_sqe *sqe, struct async_request **request)
{
	uint32_t frees = arena_frees(&session->queue->arena);
	int ret;

	ret = op_check(op);
	if (ret)
		return ret;
	*request = async_room_claim(session);
	if (!*request)
		return -EAGAIN;
	ret = request_start(*request, op, session->id, sqe);
	if (ret)
		async_room_unclaim(session, *request, frees);
	return ret;
}

/*
 * One operation on the ring, in the slot that its session was told of or, where
 * there is no line for them, in any that is free. Returns 0, or -EAGAIN where
 * there is no room, or what is wrong with the operation.
 */
static inline int prepare_one(struct async_queue *queue,
			      const struct async_op *op,
			      struct cryptosim_sqe *sqe, bool line,
			      struct async_request **request)
{
	struct async_session *session = op->session;
	struct async_request *slot;
	uint32_t id = 0;
	int ret;

	if (session) {
		if (session->queue != queue)
			return -EINVAL;
		if (session->waiter.slot)
			return prepare_claimed(session, op, sqe, request);
		id = session->id;
	}
	ret = op_check(op);
	if (ret)
		return ret;
	slot = line ? NULL : slot_get(queue);
	if (!slot)
		return -EAGAIN;
	ret = request_start(slot, op, id, sqe);
	if (ret)
		slot_unget(queue, slot);
	*request = slot;
	return ret;
}

/* A full ring is no error; what an empty one would not take either is one. */
static __attribute__((noinline)) int prepare_none(struct async_queue *queue,
						  const struct async_op *op)
{
	if (op->session && op->session->queue != queue)
		return -EINVAL;
	return op_check(op);
}

/*
 * Twice in the program, to spare those without a line what it costs. Context:
 * the submitting thread, with the room's lock if there is a line.
 */
static inline __attribute__((always_inline)) int
prepare(struct async_queue *queue, const struct async_op *ops,
	unsigned int count, struct async_request **requests, bool line)
{
	unsigned int room = ring_sq_room(&queue->ring, count);
	/* A copy, which what is written to SQEs can't change */
	const struct async_ring ring = queue->ring;
	unsigned int n;
	int ret = 0;

	if (count && !room)
		return prepare_none(queue, &ops[0]);
	if (count > room)
		count = room;
	for (n = 0; n < count; n++) {
		ret = prepare_one(queue, &ops[n], ring_sqe(&ring, n), line,
				  &requests[n]);
		if (ret)
			break;
	}
	ring_sq_add(&queue->ring, n);
	/* No room now is no error */
	return n || ret == -EAGAIN ? (int)n : ret;
}

static __attribute__((noinline)) int
prepare_in_line(struct async_queue *queue, const struct async_op *ops,
		unsigned int count, struct async_request **requests)
{
	int ret;

	async_room_enter(queue);
	ret = prepare(queue, ops, count, requests, room_line(&queue->room));
	async_room_leave(queue);
	return ret;
}

int async_prepare(struct async_queue *queue, const struct async_op *ops,
		  unsigned int count, struct async_request **requests)
{
	int ret;

	if (!fork_owner(queue->token))
		return -EPERM;
	if (room_line(&queue->room))
		ret = prepare_in_line(queue, ops, count, requests);
	else
		ret = prepare(queue, ops, count, requests, false);
	/* What can't be taken at all does not come back for its slot */
	if (ret < 0 && ops->session && ops->session->queue == queue)
		async_room_forget(ops->session);
	return ret;
}
