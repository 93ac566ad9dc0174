// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "device.h"

static void *take(struct device *dev, size_t len)
{
	void *buf = async_buf_alloc(dev->queue, len);

	if (!buf)
		bench_fail("no %zu bytes in the arena", len);
	memset(buf, 0x5a, len);
	return buf;
}

/* What a slot does, with buffers of its own in the arena: nothing is copied */
static void make_op(struct device *dev, struct async_op *op)
{
	const struct bench_kind *kind = dev->run->point->kind;
	unsigned int size = dev->run->point->size;

	op->opcode = kind->op;
	if (kind->op == CRYPTOSIM_OP_NOP)
		return;
	op->key = &dev->key;
	op->len = size;
	if (kind->iv_len)
		op->iv = bench_bytes;
	if (size)
		op->dst = take(dev, size);
	op->src = op->dst;
	if (kind->op == CRYPTOSIM_OP_DIGEST)
		op->dst = take(dev, BENCH_DIGEST);
	if (kind->aead)
		op->tag = take(dev, BENCH_TAG);
}

static void make_key(struct device *dev)
{
	const struct bench_kind *kind = dev->run->point->kind;
	const struct async_key_params params = {
		.alg = kind->alg,
		.key = kind->key_len ? bench_bytes : NULL,
		.key_len = kind->key_len,
	};

	if (kind->op != CRYPTOSIM_OP_NOP)
		bench_check(async_key_add(dev->queue, &params, &dev->key),
			    kind->name);
}

struct device *device_open(struct bench_run *run)
{
	struct device *dev = calloc(1, sizeof(*dev));
	struct async_queue_params params = {
		.flags = run->point->way->inlined ? CRYPTOSIM_SETUP_INLINE : 0,
	};
	bool large = run->point->depth > BENCH_MAX_DEPTH;
	unsigned int i;

	if (!dev)
		bench_fail("no memory");
	run->state = dev;
	dev->run = run;
	dev->depth = run->point->depth;
	dev->fd = -1;
	if (large) {
		bench_files(dev->depth);
		params.sq_entries = dev->depth;
		params.max_sessions = dev->depth;
	}
	bench_check(async_queue_open(&dev->queue, run->device, &params),
		    "queue");
	make_key(dev);
	for (i = 0; i < dev->depth; i++)
		make_op(dev, &dev->ops[i]);
	return dev;
}

void device_sessions(struct device *dev, async_callback_fn callback)
{
	unsigned int i;

	for (i = 0; i < dev->depth; i++) {
		bench_check(async_session_open(dev->queue, &dev->sessions[i]),
			    "session");
		dev->ops[i].session = dev->sessions[i];
		dev->slots[i] = (struct device_slot) { dev, i };
		async_session_set_callback(dev->sessions[i], callback,
					   &dev->slots[i]);
	}
}

void device_close(struct bench_run *run)
{
	struct device *dev = run->state;
	unsigned int i;

	async_poller_stop(dev->queue);
	for (i = 0; i < dev->depth; i++)
		async_session_close(dev->sessions[i]);
	async_queue_close(dev->queue);
	if (dev->fd >= 0)
		close(dev->fd);
	free(dev);
}

void device_free_all(struct device *dev)
{
	for (dev->freed_count = 0; dev->freed_count < dev->depth;
	     dev->freed_count++)
		dev->freed[dev->freed_count] = dev->freed_count;
}

/* Slots that follow each other are prepared by one call */
void device_prepare(struct device *dev)
{
	uint64_t now = bench_stamp(dev->run);
	unsigned int count, first, i, j;
	int ret;

	for (i = 0; i < dev->freed_count; i += count) {
		first = dev->freed[i];
		for (count = 1; i + count < dev->freed_count &&
		     dev->freed[i + count] == first + count; count++)
			;
		ret = async_prepare(dev->queue, &dev->ops[first], count,
				    &dev->requests[first]);
		if (ret != (int)count)
			bench_fail("%d of %u requests were taken", ret, count);
		if (dev->run->samples)
			for (j = 0; j < count; j++)
				dev->begin_ns[first + j] = now;
	}
	dev->flying += dev->freed_count;
	dev->freed_count = 0;
}
