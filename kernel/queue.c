// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/slab.h>

#include "device.h"
#include "key.h"
#include "queue.h"
#include "request.h"
#include "ring.h"
#include "selftest/kunit.h"
#include "session.h"

/*
 * The last reference of a queue may be dropped in an interrupt, its memory not:
 * that is done here. Flushed before the module goes.
 */
static struct workqueue_struct *queue_free_wq;

/**
 * csim_queues_init() - get ready for queues
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int csim_queues_init(void)
{
	queue_free_wq = alloc_workqueue("cryptosim", WQ_UNBOUND, 0);
	return queue_free_wq ? 0 : -ENOMEM;
}

/**
 * csim_queues_exit() - wait until the last queue's memory is freed
 *
 * Context: module exit, no device is left.
 */
void csim_queues_exit(void)
{
	destroy_workqueue(queue_free_wq);
}

/*
 * What a queue holds counts as its user's locked memory, as with io_uring: a
 * quota for each user, not for each process.
 */
static int queue_charge(struct csim_queue *queue, u64 bytes)
{
	unsigned long pages = DIV_ROUND_UP_ULL(bytes, PAGE_SIZE);
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	struct user_struct *user = get_uid(current_user());
	unsigned long now = atomic_long_add_return(pages, &user->locked_vm);

	if (now > limit && !capable(CAP_IPC_LOCK)) {
		atomic_long_sub(pages, &user->locked_vm);
		free_uid(user);
		return -ENOMEM;
	}
	queue->user = user;
	queue->charged = pages;
	return 0;
}

static void queue_uncharge(struct csim_queue *queue)
{
	if (!queue->user)
		return;
	atomic_long_sub(queue->charged, &queue->user->locked_vm);
	free_uid(queue->user);
	queue->user = NULL;
}

/* Gives back what queue_alloc() got, all or a part; it may be called again */
static void queue_free_memory(struct csim_queue *queue)
{
	csim_keys_free(queue);
	csim_sessions_free(queue);
	kvfree(queue->requests);
	queue->requests = NULL;
	csim_region_free(&queue->arena);
	csim_region_free(&queue->usr);
	csim_region_free(&queue->device);
	queue_uncharge(queue);
}

static void queue_free(struct work_struct *work)
{
	struct csim_queue *queue =
		container_of(work, struct csim_queue, free_work);
	struct csim_device *csdev = queue->csdev;

	if (queue->owner) {
		queue_free_memory(queue);
		mmdrop(queue->owner);
		csim_device_queue_gone(csdev);
	}
	kfree(queue);
}

/**
 * csim_queue_put_many() - drop references on a queue
 * @queue: the queue; freed some time after the last
 * @count: how many
 *
 * Context: any.
 */
void csim_queue_put_many(struct csim_queue *queue, unsigned int count)
{
	if (refcount_sub_and_test(count, &queue->ref))
		queue_work(queue_free_wq, &queue->free_work);
}

/**
 * csim_queue_open() - a queue without memory
 * @csdev: its device
 *
 * Context: process, sleeps.
 * Return: the queue with one reference, or NULL.
 */
struct csim_queue *csim_queue_open(struct csim_device *csdev)
{
	struct csim_queue *queue = kzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);

	if (!queue)
		return NULL;
	refcount_set(&queue->ref, 1);
	queue->csdev = csdev;
	INIT_LIST_HEAD(&queue->node);
	mutex_init(&queue->mutex);
	mutex_init(&queue->watch_lock);
	spin_lock_init(&queue->lock);
	init_waitqueue_head(&queue->wait);
	INIT_WORK(&queue->free_work, queue_free);
	return queue;
}

/*
 * As many as can be in flight, and those that one run of the handler has posted
 * but not yet given back: so the engine never has to wait for it.
 */
static u32 queue_requests(u32 cq_entries)
{
	return cq_entries + min_t(u32, cq_entries, CSIM_IRQ_BUDGET);
}

static bool queue_entries_good(u32 entries)
{
	return is_power_of_2(entries) && entries <= CRYPTOSIM_MAX_ENTRIES;
}

static int queue_check(const struct cryptosim_setup *setup)
{
	if (setup->flags & ~CRYPTOSIM_SETUP_INLINE || setup->reserved)
		return -EINVAL;
	if (!queue_entries_good(setup->sq_entries) ||
	    !queue_entries_good(setup->cq_entries) ||
	    setup->cq_entries < setup->sq_entries)
		return -EINVAL;
	if (!setup->max_keys || setup->max_keys > CRYPTOSIM_MAX_KEYS ||
	    !setup->max_sessions ||
	    setup->max_sessions > CRYPTOSIM_MAX_SESSIONS)
		return -EINVAL;
	if (setup->arena_size > CRYPTOSIM_MAX_ARENA ||
	    !PAGE_ALIGNED(setup->arena_size))
		return -EINVAL;
	return 0;
}

/* Fills in the part of the ioctl's argument that goes out */
static void queue_layout(struct cryptosim_setup *setup)
{
	setup->sq_head = offsetof(struct csim_queue_device, sq_head);
	setup->sq_flags = offsetof(struct csim_queue_device, sq_flags);
	setup->cq_tail = offsetof(struct csim_queue_device, cq_tail);
	setup->watch = offsetof(struct csim_queue_device, watch);
	setup->cqes = sizeof(struct csim_queue_device);
	setup->done = setup->cqes +
		      setup->cq_entries * sizeof(struct cryptosim_cqe);
	setup->device_size = PAGE_ALIGN(setup->done +
					setup->max_sessions * sizeof(u32));
	setup->sq_tail = offsetof(struct csim_queue_user, sq_tail);
	setup->cq_head = offsetof(struct csim_queue_user, cq_head);
	setup->sqes = sizeof(struct csim_queue_user);
	setup->consumed = setup->sqes +
			  setup->sq_entries * sizeof(struct cryptosim_sqe);
	setup->user_size = PAGE_ALIGN(setup->consumed +
				      setup->max_sessions * sizeof(u32));
}

/* All memory that the queue's sizes ask for, the tables' too */
static u64 queue_cost(const struct cryptosim_setup *setup)
{
	return setup->arena_size + setup->device_size + setup->user_size +
	       (u64)queue_requests(setup->cq_entries) *
	       sizeof(struct csim_request) +
	       (u64)setup->max_sessions * sizeof(struct csim_session) +
	       (u64)setup->max_keys * sizeof(struct csim_key_slot);
}

static int queue_alloc_requests(struct csim_queue *queue)
{
	u32 n = queue_requests(queue->cq_entries);

	queue->requests = kvcalloc(n, sizeof(*queue->requests),
				   GFP_KERNEL_ACCOUNT);
	if (!queue->requests)
		return -ENOMEM;
	/* An earlier attempt may have left something there */
	queue->free = NULL;
	init_llist_head(&queue->returned);
	while (n--) {
		queue->requests[n].queue = queue;
		queue->requests[n].node.next = queue->free;
		queue->free = &queue->requests[n].node;
	}
	return 0;
}

static int queue_alloc(struct csim_queue *queue,
		       const struct cryptosim_setup *setup)
{
	queue->inlined = setup->flags & CRYPTOSIM_SETUP_INLINE;
	queue->sq_entries = setup->sq_entries;
	queue->cq_entries = setup->cq_entries;
	queue->max_keys = setup->max_keys;
	queue->max_sessions = setup->max_sessions;
	queue->arena_size = setup->arena_size;
	return queue_charge(queue, queue_cost(setup)) ?:
	       csim_region_alloc(&queue->device, setup->device_size) ?:
	       csim_region_alloc(&queue->usr, setup->user_size) ?:
	       csim_region_alloc(&queue->arena, setup->arena_size) ?:
	       queue_alloc_requests(queue) ?:
	       csim_sessions_init(queue, queue->device.addr + setup->done) ?:
	       csim_keys_init(queue);
}

/**
 * csim_queue_setup() - CRYPTOSIM_IOC_SETUP
 * @queue: an opened queue
 * @setup: the ioctl's argument; the layout is filled in
 *
 * Context: process, sleeps.
 * Return: 0 or an error as the UAPI header lists them.
 */
int csim_queue_setup(struct csim_queue *queue, struct cryptosim_setup *setup)
{
	int ret = queue_check(setup);

	if (ret)
		return ret;
	queue_layout(setup);
	mutex_lock(&queue->mutex);
	ret = -EBUSY;
	if (queue->state != CSIM_QUEUE_NEW)
		goto unlock;
	ret = queue_alloc(queue, setup);
	if (ret) {
		queue_free_memory(queue);
		goto unlock;
	}
	queue->shown = queue->device.addr;
	queue->cqes = queue->device.addr + setup->cqes;
	queue->said = queue->usr.addr;
	queue->sqes = queue->usr.addr + setup->sqes;
	queue->consumed = queue->usr.addr + setup->consumed;
	queue->owner = current->mm;
	mmgrab(queue->owner);
	atomic_inc(&queue->csdev->queues);
	queue->engine = csim_device_pick_engine(queue->csdev);
	csim_queue_need_wakeup(queue, true);
	if (!queue->inlined)
		csim_engine_attach(queue->engine, queue);
	/* Partner: the load-acquire of csim_queue_state() */
	smp_store_release(&queue->state, CSIM_QUEUE_READY);
unlock:
	mutex_unlock(&queue->mutex);
	return ret;
}

/**
 * csim_queue_stop() - take no further SQE, tell who waits
 * @queue: the queue, in any state
 *
 * Context: process, sleeps.
 */
void csim_queue_stop(struct csim_queue *queue)
{
	mutex_lock(&queue->mutex);
	if (queue->state == CSIM_QUEUE_READY) {
		if (!queue->inlined)
			csim_engine_detach(queue->engine, queue);
		WRITE_ONCE(queue->state, CSIM_QUEUE_STOPPED);
		wake_up_all(&queue->wait);
		kill_fasync(&queue->fasync, SIGIO, POLL_HUP);
		csim_sessions_hang_up(queue);
	}
	mutex_unlock(&queue->mutex);
}

#include "selftest/queue.c"
