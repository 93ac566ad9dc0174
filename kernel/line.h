/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line: an interrupt of an irq domain of our own, one for each engine.
 *
 * A finished request goes to the end of @ready, and the line is raised: from
 * the engine by an irq_work on its CPU, or by the hrtimer of the latency model
 * and of moderation. The handler takes all that is on @ready, posts the CQEs and
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
struct irq_desc;

/* Completions that one run of the handler posts before it raises again */
#define CSIM_IRQ_BUDGET	64

/**
 * struct csim_fifo - requests, in the order in which they were added
 * @first: the next one to be taken, or NULL
 * @end: where the next one is linked in; the last one's next is not yet set
 */
struct csim_fifo {
	struct llist_node *first;
	struct llist_node **end;
};

/**
 * struct csim_line - an emulated interrupt line
 * @config: the device's; moderation and latency
 * @name: as in /proc/interrupts, cryptosimN-M for engine M
 * @irq: its Linux irq number
 * @desc: what the core has of it, which it would look up for each interrupt
 * @raise: runs the irq's flow handler in hard interrupt context
 * @due: queues whose watch is to be announced though nothing is posted; added
 *	to by doorbells, taken whole by the handler
 * @posting: the handler's own: what is left of what it took
 * @finished: the engine's own: those it has not yet added to @ready
 * @unraised: the engine's own: how many it finished since it last raised
 * @raise_at: when it raises; 1 where nobody waits for company
 * @lock: guards what follows, down to @ripe; taken in hard interrupts
 * @ready: finished requests that may be posted; added to by the engine and the
 *	timer, taken whole by the handler
 * @held: requests that the latency model holds back, by due time
 * @timer: serves @held and the moderation time
 * @expires: when @timer fires, if @armed
 * @armed: whether it will
 * @oldest_ns: since when the oldest on @ready has waited
 * @ripe: how many the timer added to @ready since it last raised
 * @completions: CQEs posted; written by the handler, read by anyone
 * @interrupts: runs of the handler; likewise
 */
struct csim_line {
	const struct csim_config *config;
	char name[32];
	int irq;
	struct irq_desc *desc;
	struct irq_work raise;
	struct llist_head due;
	struct llist_node *posting;
	struct csim_fifo finished;
	unsigned int unraised;
	unsigned int raise_at;
	raw_spinlock_t lock;
	struct csim_fifo ready;
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

static inline void csim_fifo_init(struct csim_fifo *fifo)
{
	fifo->first = NULL;
	fifo->end = &fifo->first;
}

static inline void csim_fifo_add(struct csim_fifo *fifo, struct llist_node *node)
{
	*fifo->end = node;
	fifo->end = &node->next;
}

/* All of it, or NULL */
static inline struct llist_node *csim_fifo_take(struct csim_fifo *fifo)
{
	struct llist_node *first;

	*fifo->end = NULL;
	first = fifo->first;
	csim_fifo_init(fifo);
	return first;
}

static inline void csim_fifo_move(struct csim_fifo *to, struct csim_fifo *from)
{
	if (!from->first)
		return;
	*to->end = from->first;
	to->end = from->end;
	csim_fifo_init(from);
}

#endif /* CRYPTOSIM_LINE_H */
