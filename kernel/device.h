/* SPDX-License-Identifier: GPL-2.0-only */
/* A device: /dev/cryptosimN, its engines and their lines. */
#ifndef CRYPTOSIM_DEVICE_H
#define CRYPTOSIM_DEVICE_H

#include <linux/atomic.h>
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/irqdomain.h>
#include <linux/list.h>
#include <linux/types.h>

#include "engine.h"

#define CSIM_MAX_DEVICES	64
#define CSIM_MAX_ENGINES	16

/**
 * struct csim_config - how a device behaves
 * @engines: how many, 1 to CSIM_MAX_ENGINES
 * @latency_ns: from an SQE taken to its line raised, at least; 0: at once
 * @moderation_count: raise the line when so many completions wait, 1 or more
 * @moderation_ns: or when the oldest has waited for so long
 *
 * From the module's parameters, checked there; constant while the device is.
 */
struct csim_config {
	unsigned int engines;
	u64 latency_ns;
	unsigned int moderation_count;
	u64 moderation_ns;
};

/**
 * struct csim_device - one emulated accelerator
 * @dev: its node in sysfs; its release frees this struct
 * @cdev: the character device
 * @node: in the list of devices, under that list's mutex
 * @index: N of /dev/cryptosimN
 * @config: how it behaves
 * @fwnode: names @domain
 * @domain: the irq domain of the lines, one hwirq for each engine
 * @queues: queues that are set up and not yet freed; the device outlives them
 * @next_engine: the engine that the next queue gets, modulo their number
 * @doorbells: doorbell system calls that submitted
 * @engine: config.engines of them
 */
struct csim_device {
	struct device dev;
	struct cdev cdev;
	struct list_head node;
	unsigned int index;
	struct csim_config config;
	struct fwnode_handle *fwnode;
	struct irq_domain *domain;
	atomic_t queues;
	atomic_t next_engine;
	atomic64_t doorbells;
	struct csim_engine engine[];
};

/**
 * struct csim_stats - what a device counted since load
 * @requests: SQEs taken
 * @bytes: of text in those that succeeded
 * @completions: CQEs posted
 * @interrupts: runs of the handler
 * @doorbells: doorbell system calls that submitted
 * @errors: requests whose result is an error
 */
struct csim_stats {
	u64 requests;
	u64 bytes;
	u64 completions;
	u64 interrupts;
	u64 doorbells;
	u64 errors;
};

int csim_devices_init(unsigned int count, const struct csim_config *config);
void csim_devices_exit(void);

struct csim_device *csim_devices_next(unsigned int index);
void csim_devices_unlock(void);
void csim_device_stats(struct csim_device *csdev, struct csim_stats *stats);

struct csim_engine *csim_device_pick_engine(struct csim_device *csdev);
void csim_device_queue_gone(struct csim_device *csdev);

#endif /* CRYPTOSIM_DEVICE_H */
