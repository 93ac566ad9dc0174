// SPDX-License-Identifier: GPL-2.0-only
/*
 * When the line is raised: latency and moderation.
 *
 * A device without latency hands a finished request to the line as soon as it
 * is executed. One with latency holds it in a timerqueue until its due time.
 * Either way a completion may then wait for company, as `ethtool -C` has it:
 * the line is raised when moderation_count of them are there, when the oldest
 * has waited for moderation_ns, or when no other is to be expected in that
 * time: the engine has run out of work, or nothing else is due so soon.
 *
 * One hrtimer serves both. It is armed lazily: it may fire for nothing, but
 * then it has spared a start and a cancel for each batch.
 */
#include <linux/irq.h>
#include <linux/ktime.h>

#include "compat.h"
#include "latency.h"
#include "selftest/kunit.h"

/* Has the timer fire at @when or before; the line's lock is held */
static void latency_arm(struct csim_line *line, ktime_t when)
{
	if (line->armed && line->expires <= when)
		return;
	line->armed = true;
	line->expires = when;
	hrtimer_start(&line->timer, when, HRTIMER_MODE_ABS_HARD);
}

/* Moves what is due at @now to the line; returns how many; lock is held */
static unsigned int latency_release(struct csim_line *line, ktime_t now)
{
	struct timerqueue_node *node;
	unsigned int count = 0;

	while ((node = timerqueue_getnext(&line->held)) && node->expires <= now) {
		timerqueue_del(&line->held, node);
		csim_fifo_add(&line->ready,
			      &container_of(node, struct csim_request, due)->node);
		count++;
	}
	return count;
}

/*
 * What is left to do at @now: true: raise the line. Else the timer is armed for
 * the time at which to ask again, if there is any. The lock is held.
 */
static bool latency_decide(struct csim_line *line, ktime_t now)
{
	struct timerqueue_node *next = timerqueue_getnext(&line->held);
	ktime_t patience = line->oldest_ns + line->config->moderation_ns;

	if (!line->ready.first) {
		if (next)
			latency_arm(line, next->expires);
		return false;
	}
	if (line->ripe >= line->config->moderation_count || now >= patience)
		goto raise;
	if (!line->config->latency_ns) {
		latency_arm(line, patience);
		return false;
	}
	if (!next || next->expires > patience)
		goto raise;
	latency_arm(line, next->expires);
	return false;

raise:
	line->ripe = 0;
	if (next)
		latency_arm(line, next->expires);
	return true;
}

/* What has come to be done at @now; true: raise the line. The lock is held */
static bool latency_expire(struct csim_line *line, ktime_t now)
{
	unsigned int count = latency_release(line, now);

	if (count && !line->ripe)
		line->oldest_ns = now;
	line->ripe += count;
	return latency_decide(line, now);
}

/*
 * A hard interrupt already: the line's handler is called from here. Never
 * restarts itself by its return value, since latency_arm() may have started it
 * meanwhile on another CPU.
 */
static enum hrtimer_restart latency_timer(struct hrtimer *timer)
{
	struct csim_line *line = container_of(timer, struct csim_line, timer);
	bool raise;

	raw_spin_lock(&line->lock);
	line->armed = false;
	raise = latency_expire(line, ktime_get());
	raw_spin_unlock(&line->lock);
	if (raise)
		generic_handle_irq_desc(line->desc);
	return HRTIMER_NORESTART;
}

/**
 * csim_latency_hold() - a request was executed, and is due later
 * @line: the line of a device with latency
 * @req: the request; the line's from now on
 *
 * Context: the engine's mutex.
 */
void csim_latency_hold(struct csim_line *line, struct csim_request *req)
{
	unsigned long flags;

	timerqueue_init(&req->due);
	req->due.expires = req->taken_ns + line->config->latency_ns;
	raw_spin_lock_irqsave(&line->lock, flags);
	timerqueue_add(&line->held, &req->due);
	latency_arm(line, req->due.expires);
	raw_spin_unlock_irqrestore(&line->lock, flags);
}

/**
 * csim_latency_busy() - the engine goes on with a request that takes its time
 * @line: the line
 *
 * What it has finished waits at most for the moderation time, however long the
 * next one takes.
 *
 * Context: the engine's mutex.
 */
void csim_latency_busy(struct csim_line *line)
{
	unsigned long flags;

	if (!line->unraised)
		return;
	raw_spin_lock_irqsave(&line->lock, flags);
	csim_fifo_move(&line->ready, &line->finished);
	/*
	 * One that is armed comes in time: what it was armed for is older. If it
	 * has fired, that may have been too early for some of these.
	 */
	if (!line->armed) {
		line->oldest_ns = ktime_get_ns();
		latency_arm(line, line->oldest_ns + line->config->moderation_ns);
	}
	raw_spin_unlock_irqrestore(&line->lock, flags);
}

/**
 * csim_latency_idle() - the engine has nothing to go on with
 * @line: the line; raised if completions wait for company
 *
 * Context: the engine's mutex.
 */
void csim_latency_idle(struct csim_line *line)
{
	unsigned long flags;

	if (!line->unraised)
		return;
	raw_spin_lock_irqsave(&line->lock, flags);
	csim_fifo_move(&line->ready, &line->finished);
	raw_spin_unlock_irqrestore(&line->lock, flags);
	line->unraised = 0;
	csim_line_raise(line);
}

/**
 * csim_latency_flush() - let go of all that is held back
 * @line: the line of an engine that has stopped
 *
 * Context: process.
 */
void csim_latency_flush(struct csim_line *line)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&line->lock, flags);
	latency_release(line, KTIME_MAX);
	raw_spin_unlock_irqrestore(&line->lock, flags);
	csim_line_raise(line);
}

/**
 * csim_latency_init() - make a line's timer
 * @line: the line, all zero before but for its config
 *
 * Context: process.
 */
void csim_latency_init(struct csim_line *line)
{
	const struct csim_config *config = line->config;

	line->raise_at = config->moderation_ns ? config->moderation_count : 1;
	csim_fifo_init(&line->finished);
	csim_fifo_init(&line->ready);
	raw_spin_lock_init(&line->lock);
	timerqueue_init_head(&line->held);
	hrtimer_setup(&line->timer, latency_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_HARD);
}

/**
 * csim_latency_exit() - end it
 * @line: the line; nobody finishes requests any more
 *
 * Context: process, sleeps.
 */
void csim_latency_exit(struct csim_line *line)
{
	hrtimer_cancel(&line->timer);
}

#include "selftest/latency.c"
