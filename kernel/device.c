// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

#include "compat.h"
#include "device.h"
#include "file.h"

/* All devices, in the order of their index */
static LIST_HEAD(devices);
static DEFINE_MUTEX(devices_lock);

static struct class *device_class;
static dev_t device_region;

static char *device_node(csim_devnode_device *dev, umode_t *mode)
{
	if (mode)
		*mode = 0660;
	return NULL;
}

static void device_release(struct device *dev)
{
	kfree(container_of(dev, struct csim_device, dev));
}

static struct csim_device *device_alloc(unsigned int index,
					const struct csim_config *config)
{
	struct csim_device *csdev;

	csdev = kzalloc(struct_size(csdev, engine, config->engines), GFP_KERNEL);
	if (!csdev)
		return NULL;
	csdev->index = index;
	csdev->config = *config;
	device_initialize(&csdev->dev);
	csdev->dev.class = device_class;
	csdev->dev.devt = MKDEV(MAJOR(device_region), index);
	csdev->dev.release = device_release;
	cdev_init(&csdev->cdev, &csim_file_fops);
	csdev->cdev.owner = THIS_MODULE;
	return csdev;
}

static int add_device(unsigned int index, const struct csim_config *config)
{
	struct csim_device *csdev = device_alloc(index, config);
	unsigned int started;
	int ret;

	if (!csdev)
		return -ENOMEM;
	ret = dev_set_name(&csdev->dev, "cryptosim%u", index);
	if (ret)
		goto put_device;
	ret = csim_lines_init(csdev);
	if (ret)
		goto put_device;
	for (started = 0; started < config->engines; started++) {
		ret = csim_engine_start(&csdev->engine[started], csdev, started);
		if (ret)
			goto stop_engines;
	}
	ret = cdev_device_add(&csdev->cdev, &csdev->dev);
	if (ret)
		goto stop_engines;
	mutex_lock(&devices_lock);
	list_add_tail(&csdev->node, &devices);
	mutex_unlock(&devices_lock);
	return 0;

stop_engines:
	while (started--) {
		csim_engine_stop(&csdev->engine[started]);
		csim_engine_free(&csdev->engine[started]);
	}
	csim_lines_exit(csdev);
put_device:
	put_device(&csdev->dev);
	return ret;
}

/* No file of it is open; requests of closed queues may still be in flight */
static void del_device(struct csim_device *csdev)
{
	unsigned int i;

	mutex_lock(&devices_lock);
	list_del(&csdev->node);
	mutex_unlock(&devices_lock);
	cdev_device_del(&csdev->cdev, &csdev->dev);
	for (i = 0; i < csdev->config.engines; i++)
		csim_engine_stop(&csdev->engine[i]);
	/* Partner: wake_up_var() of csim_device_queue_gone() */
	wait_var_event(&csdev->queues, !atomic_read(&csdev->queues));
	for (i = 0; i < csdev->config.engines; i++)
		csim_engine_free(&csdev->engine[i]);
	csim_lines_exit(csdev);
	put_device(&csdev->dev);
}

static void devices_del(void)
{
	struct csim_device *csdev, *next;

	list_for_each_entry_safe(csdev, next, &devices, node)
		del_device(csdev);
}

/**
 * csim_devices_init() - make the devices that exist from load
 * @count: how many, 1 to CSIM_MAX_DEVICES
 * @config: what each is like
 *
 * Context: module init.
 * Return: 0 or a negative errno.
 */
int csim_devices_init(unsigned int count, const struct csim_config *config)
{
	unsigned int i;
	int ret;

	ret = alloc_chrdev_region(&device_region, 0, CSIM_MAX_DEVICES,
				  "cryptosim");
	if (ret)
		return ret;
	device_class = csim_class_create("cryptosim");
	if (IS_ERR(device_class)) {
		ret = PTR_ERR(device_class);
		goto unregister_region;
	}
	device_class->devnode = device_node;
	for (i = 0; i < count; i++) {
		ret = add_device(i, config);
		if (ret)
			goto del_devices;
	}
	return 0;

del_devices:
	devices_del();
	class_destroy(device_class);
unregister_region:
	unregister_chrdev_region(device_region, CSIM_MAX_DEVICES);
	return ret;
}

/**
 * csim_devices_exit() - end all devices
 *
 * Context: module exit: nobody has one of them open.
 */
void csim_devices_exit(void)
{
	devices_del();
	class_destroy(device_class);
	unregister_chrdev_region(device_region, CSIM_MAX_DEVICES);
}

/**
 * csim_devices_next() - walk the devices
 * @index: the first index that is of interest
 *
 * Context: process, sleeps. Takes the lock of the list, whether it finds one
 * or not; csim_devices_unlock() releases it.
 * Return: the device with that index or the next higher one, or NULL.
 */
struct csim_device *csim_devices_next(unsigned int index)
{
	struct csim_device *csdev;

	mutex_lock(&devices_lock);
	list_for_each_entry(csdev, &devices, node)
		if (csdev->index >= index)
			return csdev;
	return NULL;
}

/**
 * csim_devices_unlock() - end a walk step
 *
 * Context: process, after csim_devices_next().
 */
void csim_devices_unlock(void)
{
	mutex_unlock(&devices_lock);
}

/**
 * csim_device_stats() - add up what a device counted
 * @csdev: the device
 * @stats: filled
 *
 * Context: any. The counters go on meanwhile.
 */
void csim_device_stats(struct csim_device *csdev, struct csim_stats *stats)
{
	unsigned int i;

	*stats = (struct csim_stats) {
		.doorbells = atomic64_read(&csdev->doorbells),
	};
	for (i = 0; i < csdev->config.engines; i++) {
		const struct csim_engine *engine = &csdev->engine[i];

		stats->requests += READ_ONCE(engine->requests);
		stats->bytes += READ_ONCE(engine->bytes);
		stats->errors += READ_ONCE(engine->errors);
		stats->completions += READ_ONCE(engine->line.completions);
		stats->interrupts += READ_ONCE(engine->line.interrupts);
	}
}

/**
 * csim_device_pick_engine() - the engine for a new queue
 * @csdev: its device
 *
 * Context: any.
 * Return: one after the other.
 */
struct csim_engine *csim_device_pick_engine(struct csim_device *csdev)
{
	unsigned int turn = atomic_inc_return(&csdev->next_engine) - 1;

	return &csdev->engine[turn % csdev->config.engines];
}

/**
 * csim_device_queue_gone() - a queue of the device was freed
 * @csdev: the device; may be gone when this returns
 *
 * Context: process.
 */
void csim_device_queue_gone(struct csim_device *csdev)
{
	if (atomic_dec_and_test(&csdev->queues))
		wake_up_var(&csdev->queues);
}
