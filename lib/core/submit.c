// SPDX-License-Identifier: MIT
#include <errno.h>

#include "internal.h"
#include "sys.h"

/* Shows the device what was prepared; returns how many it had not seen. */
static uint32_t submit_publish(struct async_queue *queue)
{
	uint32_t fresh;

	if (!room_line(&queue->room))
		return ring_sq_publish(&queue->ring);
	async_room_enter(queue);
	fresh = ring_sq_publish(&queue->ring);
	async_room_leave(queue);
	return fresh;
}

/* @flags: the doorbell's, if it has to be rung */
static int submit(struct async_queue *queue, uint32_t flags)
{
	struct cryptosim_doorbell bell = { .flags = flags };
	uint32_t fresh;
	int ret;

	if (!fork_owner(queue->token))
		return -EPERM;
	fresh = submit_publish(queue);
	if (fresh && ring_sq_need_wakeup(&queue->ring)) {
		bell.submit = fresh;
		ret = async_sys_ioctl(queue->fd, CRYPTOSIM_IOC_DOORBELL, &bell);
		if (ret < 0)
			return ret;
	}
	return fresh;
}

int async_submit(struct async_queue *queue)
{
	return submit(queue, 0);
}

int async_submit_lazy(struct async_queue *queue)
{
	return submit(queue, CRYPTOSIM_DOORBELL_LAZY);
}

/*
 * Rings for @fresh requests and waits for @count CQEs beyond cq_head, as far as
 * either is needed. The device counts from the cq_head that is read here: where
 * another thread reaps in between, what it took is no longer outstanding but
 * counts all the same, so nobody waits for more than was submitted.
 */
static int submit_wait(struct async_queue *queue, uint32_t fresh,
		       unsigned int count, uint64_t timeout_ns)
{
	const struct async_ring *ring = &queue->ring;
	uint32_t head = ring_cq_head(ring);
	struct cryptosim_doorbell bell = {
		.submit = fresh,
		.wait = count,
		.cq_head = head,
		.timeout_ns = timeout_ns,
	};
	int reaped;
	int ret = 0;

	if (bell.wait > ring_outstanding(ring, head))
		bell.wait = ring_outstanding(ring, head);
	if (bell.wait > ring->cq_entries)
		bell.wait = ring->cq_entries;
	/* A callback is not to wait for what only its thread can reap */
	if (async_reaping())
		bell.wait = 0;
	count = bell.wait;
	if (ring_cq_posted(ring, head) >= count)
		bell.wait = 0;
	if (bell.wait || (fresh && ring_sq_need_wakeup(ring)))
		ret = async_sys_ioctl(queue->fd, CRYPTOSIM_IOC_DOORBELL, &bell);
	reaped = async_reap(queue);
	if (ret < 0 && (!count || reaped < (int)count))
		return ret;
	return reaped;
}

int async_submit_wait(struct async_queue *queue, unsigned int count,
		      uint64_t timeout_ns)
{
	if (!fork_owner(queue->token))
		return -EPERM;
	return submit_wait(queue, submit_publish(queue), count, timeout_ns);
}

int async_wait(struct async_queue *queue, unsigned int count,
	       uint64_t timeout_ns)
{
	if (!fork_owner(queue->token))
		return -EPERM;
	return submit_wait(queue, 0, count, timeout_ns);
}
