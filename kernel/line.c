// SPDX-License-Identifier: GPL-2.0-only
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>

#include "device.h"
#include "latency.h"
#include "line.h"
#include "queue.h"
#include "request.h"
#include "ring.h"
#include "selftest/broken.h"
#include "watch.h"

/**
 * csim_line_raise() - interrupt
 * @line: the line
 *
 * Raised again while its handler runs, the handler runs once more: the flow is
 * handle_edge_irq, since the simple one forgets such an edge.
 *
 * Context: any.
 */
void csim_line_raise(struct csim_line *line)
{
	irq_work_queue(&line->raise);
}

static void line_raise_work(struct irq_work *work)
{
	struct csim_line *line = container_of(work, struct csim_line, raise);

	generic_handle_irq_desc(line->desc);
}

/* The handler takes what there is to post; of the last time nothing is left */
static void line_harvest(struct csim_line *line)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&line->lock, flags);
	line->posting = csim_fifo_take(&line->ready);
	raw_spin_unlock_irqrestore(&line->lock, flags);
}

/* Posts what the handler has; returns what is left of @budget */
static unsigned int line_post(struct csim_line *line, unsigned int budget,
			      u64 now)
{
	struct csim_queue *queue;
	unsigned int count;

	while (budget && line->posting) {
		queue = llist_entry(line->posting, struct csim_request,
				    node)->queue;
		count = csim_queue_post(queue, &line->posting, budget,
					&line->completions, now);
		csim_queue_announce(queue);
		csim_queue_put_many(queue, count);
		budget -= count;
	}
	return budget;
}

/*
 * The handler. It may run as a thread as well (threadirqs, PREEMPT_RT); it
 * never runs twice at a time.
 */
static irqreturn_t line_handler(int irq, void *data)
{
	struct csim_line *line = data;
	unsigned int budget = CSIM_IRQ_BUDGET;
	u64 now = ktime_get_ns();

	csim_broken_handler();
	WRITE_ONCE(line->interrupts, line->interrupts + 1);
	/* What comes from here on raises the line once more */
	budget = line_post(line, budget, now);
	if (!line->posting) {
		line_harvest(line);
		budget = line_post(line, budget, now);
	}
	/* Others may want the CPU before the rest is posted */
	if (line->posting)
		csim_line_raise(line);
	if (unlikely(!llist_empty(&line->due)))
		csim_watch_due(line);
	return IRQ_HANDLED;
}

static void line_chip_nop(struct irq_data *data)
{
}

/*
 * What the core asks for when the line was raised while disabled. Without it
 * the replay would come from a tasklet and not be a hard interrupt.
 */
static int line_chip_retrigger(struct irq_data *data)
{
	csim_line_raise(irq_data_get_irq_chip_data(data));
	return 1;
}

static struct irq_chip line_chip = {
	.name = "cryptosim",
	.irq_ack = line_chip_nop,
	.irq_mask = line_chip_nop,
	.irq_unmask = line_chip_nop,
	.irq_retrigger = line_chip_retrigger,
};

static int line_domain_map(struct irq_domain *domain, unsigned int irq,
			   irq_hw_number_t hwirq)
{
	struct csim_device *csdev = domain->host_data;

	irq_set_chip_data(irq, &csdev->engine[hwirq].line);
	irq_set_chip_and_handler_name(irq, &line_chip, handle_edge_irq, "edge");
	irq_modify_status(irq, IRQ_NOREQUEST | IRQ_NOAUTOEN, IRQ_NOPROBE);
	return 0;
}

static void line_domain_unmap(struct irq_domain *domain, unsigned int irq)
{
	irq_set_chip_and_handler(irq, NULL, NULL);
	irq_set_chip_data(irq, NULL);
}

static const struct irq_domain_ops line_domain_ops = {
	.map = line_domain_map,
	.unmap = line_domain_unmap,
};

/**
 * csim_lines_init() - make the irq domain of a device
 * @csdev: the device; its index and its number of engines are known
 *
 * Context: process, sleeps.
 * Return: 0 or -ENOMEM.
 */
int csim_lines_init(struct csim_device *csdev)
{
	csdev->fwnode = irq_domain_alloc_named_id_fwnode("cryptosim",
							 csdev->index);
	if (!csdev->fwnode)
		return -ENOMEM;
	csdev->domain = irq_domain_create_linear(csdev->fwnode,
						 csdev->config.engines,
						 &line_domain_ops, csdev);
	if (!csdev->domain) {
		irq_domain_free_fwnode(csdev->fwnode);
		return -ENOMEM;
	}
	return 0;
}

/**
 * csim_lines_exit() - end the irq domain of a device
 * @csdev: the device; all its lines are gone
 *
 * Context: process, sleeps.
 */
void csim_lines_exit(struct csim_device *csdev)
{
	irq_domain_remove(csdev->domain);
	irq_domain_free_fwnode(csdev->fwnode);
}

/**
 * csim_line_init() - make a line
 * @line: all zero before
 * @csdev: its device
 * @index: the engine's, and the hwirq
 *
 * Context: process, sleeps.
 * Return: 0 or a negative errno.
 */
int csim_line_init(struct csim_line *line, struct csim_device *csdev,
		   unsigned int index)
{
	int ret;

	line->config = &csdev->config;
	snprintf(line->name, sizeof(line->name), "cryptosim%u-%u",
		 csdev->index, index);
	init_llist_head(&line->due);
	line->raise = IRQ_WORK_INIT_HARD(line_raise_work);
	csim_latency_init(line);

	line->irq = irq_create_mapping(csdev->domain, index);
	if (!line->irq)
		return -ENOMEM;
	line->desc = irq_data_to_desc(irq_get_irq_data(line->irq));
	/*
	 * Not IRQF_NO_THREAD: the handler wakes waiters, whose locks sleep on
	 * PREEMPT_RT.
	 */
	ret = request_irq(line->irq, line_handler, 0, line->name, line);
	if (ret)
		irq_dispose_mapping(line->irq);
	return ret;
}

/**
 * csim_line_exit() - end a line
 * @line: the line; nobody finishes requests any more, and none is on it
 *
 * Context: process, sleeps.
 */
void csim_line_exit(struct csim_line *line)
{
	csim_latency_exit(line);
	irq_work_sync(&line->raise);
	free_irq(line->irq, line);
	/* The handler may have raised once more; it found nothing to do */
	irq_work_sync(&line->raise);
	irq_dispose_mapping(line->irq);
}
