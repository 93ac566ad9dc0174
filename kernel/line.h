/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line: an interrupt of an irq domain of our own, one for each engine.
 *
 * A finished request goes onto @ready, and the line is raised: from the engine
 * by an irq_work on its CPU, or by the hrtimer of the latency model and of
 * moderation. The handler takes the requests off @ready, posts their CQEs and
 * announces them. Nothing becomes visible to userspace anywhere else.
 */
#ifndef CRYPTOSIM_LINE_H
#define CRYPTOSIM_LINE_H

#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/llist.h>
#include <linux/spinlock.h>
#include <linux/timerqueue.h>
#include <linux/types.h>

struct csim_config;
struct csim_device;
struct csim_request;

/* Completions that one run of the handler posts before it raises again */
#define CSIM_IRQ_BUDGET	64

/**
 * struct csim_line - an emulated interrupt line
 * @config: the device's; moderation and latency
 * @name: as in /proc/interrupts, cryptosimN-M for engine M
 * @irq: its Linux irq number
 * @raise: runs the irq's flow handler in hard interrupt context
 * @ready: finished requests that may be posted; added to by the engine and the
 *	timer, taken whole by the handler
 * @due: queues whose watch is to be announced though nothing is posted; added
 *	to by doorbells, taken whole by the handler
 * @posting: the handler's own: what is left of what it took
 * @finished: the engine's own: those it has not yet added to @ready, the newest
 *	first
 * @oldest: the last of them
 * @unraised: the engine's own: how many it finished since it last raised
 * @raise_at: when it raises; 1 where nobody waits for company
 * @lock: guards what follows, down to @ripe; taken in hard interrupts
 * @held: requests that the latency model holds back, by due time
 * @timer: serves @held and the moderation time
 * @expires: when @timer fires, if @armed
 * @armed: whether it will; read by the engine without the lock
 * @oldest_ns: since when the oldest on @ready has waited
 * @ripe: how many the timer added to @ready since it last raised
 * @completions: CQEs posted; written by the handler, read by anyone
 * @interrupts: runs of the handler; likewise
 */
struct csim_line {
	const struct csim_config *config;
	char name[32];
	int irq;
	struct irq_work raise;
	struct llist_head ready;
	struct llist_head due;
	struct llist_node *posting;
	struct llist_node *finished;
	struct llist_node *oldest;
	unsigned int unraised;
	unsigned int raise_at;
	raw_spinlock_t lock;
	struct timerqueue_head held;
	struct hrtimer timer;
	ktime_t expires;
	bool armed;
	u64 oldest_ns;
	unsigned int ripe;
	u64 completions;
	u64 interrupts;
};

int csim_lines_init(struct csim_device *csdev);
void csim_lines_exit(struct csim_device *csdev);
int csim_line_init(struct csim_line *line, struct csim_device *csdev,
		   unsigned int index);
void csim_line_exit(struct csim_line *line);

void csim_line_raise(struct csim_line *line);

#endif /* CRYPTOSIM_LINE_H */
