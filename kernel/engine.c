// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <uapi/linux/sched/types.h>

#include <linux/cryptosim.h>

#include "device.h"
#include "engine.h"
#include "latency.h"
#include "queue.h"
#include "request.h"
#include "ring.h"
#include "selftest/broken.h"

/*
 * Pages that one side of a request can touch: text and AAD, a page more each
 * where they do not start on one, and a tag across a boundary.
 */
#define ENGINE_SG	(CRYPTOSIM_MAX_LEN / PAGE_SIZE + 1 + \
			 CRYPTOSIM_MAX_AAD / PAGE_SIZE + 1 + 2)

/*
 * How long an engine looks at its rings before it sleeps. Looking pays if new
 * work comes sooner than a thread can be woken, and if a CPU is free for it.
 */
#define ENGINE_POLL_FIRST_NS	10000
#define ENGINE_POLL_MAX_NS	50000

#define ENGINE_NICE		(-20)

/*
 * Executes a batch of a queue's requests; returns how many. The engine's mutex
 * is held.
 */
static unsigned int engine_run(struct csim_engine *engine,
			       struct csim_queue *queue)
{
	unsigned int count;
	struct llist_node *node = csim_queue_take(queue, &count);
	struct csim_request *req, *next;

	csim_broken_race();
	WRITE_ONCE(engine->requests, engine->requests + count);
	llist_for_each_entry_safe(req, next, node, node) {
		/* A NOP takes no time, and there is nothing to count of it */
		if (req->key || req->result) {
			csim_latency_busy(&engine->line);
			csim_request_execute(req, engine);
		}
		csim_latency_finish(&engine->line, req);
	}
	return count;
}

/*
 * Executes in the doorbell what is on the ring of an inline queue now, however
 * much the user adds meanwhile.
 */
static void engine_run_inline(struct csim_engine *engine,
			      struct csim_queue *queue)
{
	u32 left = csim_queue_pending(queue);
	u32 done;

	while (left && csim_queue_state(queue) == CSIM_QUEUE_READY &&
	       !fatal_signal_pending(current)) {
		/* Others of the engine have their turn after each batch */
		mutex_lock(&engine->mutex);
		done = engine_run(engine, queue);
		csim_latency_idle(&engine->line);
		mutex_unlock(&engine->mutex);
		cond_resched();
		/* The user may have taken back what it said of the indices */
		if (!done)
			break;
		left -= min(done, left);
	}
}

/* The queue whose turn it is, with a reference, or NULL */
static struct csim_queue *engine_next(struct csim_engine *engine)
{
	struct csim_queue *queue;

	spin_lock(&engine->lock);
	queue = list_first_entry_or_null(&engine->queues, struct csim_queue,
					 node);
	if (queue) {
		list_move_tail(&queue->node, &engine->queues);
		csim_queue_get(queue);
	}
	spin_unlock(&engine->lock);
	return queue;
}

/* One round of all queues; false: nobody had work */
static bool engine_serve(struct csim_engine *engine)
{
	unsigned int count = READ_ONCE(engine->nr_queues);
	bool found = false;

	while (count--) {
		struct csim_queue *queue = engine_next(engine);

		if (!queue)
			break;
		mutex_lock(&engine->mutex);
		found |= engine_run(engine, queue) > 0;
		mutex_unlock(&engine->mutex);
		csim_queue_put(queue);
	}
	return found;
}

static bool engine_has_work(struct csim_engine *engine)
{
	struct csim_queue *queue;
	bool found = false;

	spin_lock(&engine->lock);
	list_for_each_entry(queue, &engine->queues, node) {
		found = csim_queue_pending(queue);
		if (found)
			break;
	}
	spin_unlock(&engine->lock);
	return found;
}

/* Whether a submitter needs the CPU that polling would take */
static bool engine_in_the_way(struct csim_engine *engine)
{
	struct csim_queue *queue;
	bool found = false;

	if (num_online_cpus() == 1)
		return true;
	spin_lock(&engine->lock);
	list_for_each_entry(queue, &engine->queues, node)
		found |= READ_ONCE(queue->submit_cpu) == raw_smp_processor_id();
	spin_unlock(&engine->lock);
	return found;
}

/* Looks at the rings for a while; true: there is work */
static bool engine_poll(struct csim_engine *engine)
{
	u64 end;

	if (!engine->poll_ns || engine_in_the_way(engine))
		return false;
	end = ktime_get_ns() + engine->poll_ns;
	while (!need_resched() && !kthread_should_stop()) {
		if (engine_has_work(engine))
			return true;
		if (ktime_get_ns() >= end)
			break;
		cpu_relax();
	}
	return false;
}

/*
 * The same rule as KVM's halt polling: work that came so soon that a look at
 * the ring would have met it lengthens the look, a long sleep ends it.
 */
static void engine_adapt(struct csim_engine *engine, u64 slept_ns)
{
	if (slept_ns > ENGINE_POLL_MAX_NS)
		engine->poll_ns = 0;
	else if (!engine->poll_ns)
		engine->poll_ns = ENGINE_POLL_FIRST_NS;
	else
		engine->poll_ns = min_t(u64, 2 * engine->poll_ns,
					ENGINE_POLL_MAX_NS);
}

static void engine_need_wakeup(struct csim_engine *engine, bool need)
{
	struct csim_queue *queue;

	spin_lock(&engine->lock);
	list_for_each_entry(queue, &engine->queues, node)
		csim_queue_need_wakeup(queue, need);
	spin_unlock(&engine->lock);
}

static void engine_sleep(struct csim_engine *engine)
{
	u64 start = ktime_get_ns();

	set_current_state(TASK_IDLE);
	engine_need_wakeup(engine, true);
	/*
	 * Partner: the user's full fence between its store of sq_tail and its
	 * load of sq_flags. Either we see the SQE, or it sees the flag.
	 */
	smp_mb();
	if (!engine_has_work(engine) && !kthread_should_stop())
		schedule();
	__set_current_state(TASK_RUNNING);
	engine_need_wakeup(engine, false);
	engine_adapt(engine, ktime_get_ns() - start);
}

static void engine_idle(struct csim_engine *engine)
{
	mutex_lock(&engine->mutex);
	csim_latency_idle(&engine->line);
	mutex_unlock(&engine->mutex);
}

/*
 * Much of the CPU once it has it, but not at once: the doorbell says when. See
 * csim_engine_ring().
 */
static void engine_schedule_as(void)
{
	const struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_BATCH,
		.sched_nice = ENGINE_NICE,
	};

	WARN_ON(sched_setattr_nocheck(current, &attr));
}

static int engine_thread(void *data)
{
	struct csim_engine *engine = data;

	engine_schedule_as();
	while (!kthread_should_stop()) {
		if (engine_serve(engine)) {
			cond_resched();
			continue;
		}
		engine_idle(engine);
		if (!engine_poll(engine))
			engine_sleep(engine);
	}
	engine_idle(engine);
	return 0;
}

/**
 * csim_engine_start() - make an engine and its line
 * @engine: all zero before
 * @csdev: its device
 * @index: which of the device's engines it is
 *
 * Context: process, sleeps.
 * Return: 0 or a negative errno.
 */
int csim_engine_start(struct csim_engine *engine, struct csim_device *csdev,
		      unsigned int index)
{
	int ret, i;

	mutex_init(&engine->mutex);
	spin_lock_init(&engine->lock);
	INIT_LIST_HEAD(&engine->queues);
	for (i = 0; i < ARRAY_SIZE(engine->sg); i++) {
		engine->sg[i] = kvmalloc_array(ENGINE_SG, sizeof(*engine->sg[i]),
					       GFP_KERNEL);
		ret = -ENOMEM;
		if (!engine->sg[i])
			goto free_sg;
		sg_init_table(engine->sg[i], ENGINE_SG);
	}
	ret = csim_line_init(&engine->line, csdev, index);
	if (ret)
		goto free_sg;
	engine->task = kthread_run(engine_thread, engine, "cryptosim%u-%u",
				   csdev->index, index);
	if (IS_ERR(engine->task)) {
		ret = PTR_ERR(engine->task);
		goto exit_line;
	}
	return 0;

exit_line:
	csim_line_exit(&engine->line);
free_sg:
	kvfree(engine->sg[1]);
	kvfree(engine->sg[0]);
	return ret;
}

/**
 * csim_engine_stop() - end the thread
 * @engine: nobody has a queue bound to it; requests may be in flight
 *
 * What the latency model holds back is handed to the line at once.
 *
 * Context: process, sleeps.
 */
void csim_engine_stop(struct csim_engine *engine)
{
	kthread_stop(engine->task);
	csim_latency_flush(&engine->line);
}

/**
 * csim_engine_free() - end the line
 * @engine: a stopped one, no request is in flight
 *
 * Context: process, sleeps.
 */
void csim_engine_free(struct csim_engine *engine)
{
	csim_line_exit(&engine->line);
	kvfree(engine->sg[1]);
	kvfree(engine->sg[0]);
}

/**
 * csim_engine_attach() - bind a queue to an engine
 * @engine: the engine
 * @queue: the queue, ready to be served; says that it has to be rung for
 *
 * Context: process.
 */
void csim_engine_attach(struct csim_engine *engine, struct csim_queue *queue)
{
	spin_lock(&engine->lock);
	list_add_tail(&queue->node, &engine->queues);
	WRITE_ONCE(engine->nr_queues, engine->nr_queues + 1);
	spin_unlock(&engine->lock);
}

/**
 * csim_engine_detach() - release a queue from its engine
 * @engine: the engine
 * @queue: the queue; a batch that the engine has taken is executed yet
 *
 * Context: process.
 */
void csim_engine_detach(struct csim_engine *engine, struct csim_queue *queue)
{
	spin_lock(&engine->lock);
	list_del_init(&queue->node);
	WRITE_ONCE(engine->nr_queues, engine->nr_queues - 1);
	spin_unlock(&engine->lock);
}

/**
 * csim_engine_ring() - have the requests on a queue's ring executed
 * @queue: the queue, which is ready; if it is inline, they are when this returns
 * @lazy: the engine need not begin before the caller sleeps
 *
 * A thread of SCHED_BATCH does not take the CPU from the one that wakes it, so
 * one wakeup serves all that is submitted until that sleeps, and NEED_WAKEUP
 * can go at once. Who does not want that makes way for the engine here.
 *
 * Context: process, sleeps.
 */
void csim_engine_ring(struct csim_queue *queue, bool lazy)
{
	struct csim_engine *engine = queue->engine;

	if (queue->inlined) {
		engine_run_inline(engine, queue);
		return;
	}
	/*
	 * Before the wakeup: an engine that has set it since looks at the ring
	 * once more. Who finds it gone has published before that look.
	 */
	csim_queue_need_wakeup(queue, false);
	wake_up_process(engine->task);
	if (!lazy && task_cpu(engine->task) == raw_smp_processor_id())
		schedule();
}
