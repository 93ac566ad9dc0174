// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include <linux/cryptosim.h>

#include "alg.h"
#include "device.h"
#include "file.h"
#include "key.h"
#include "queue.h"
#include "ring.h"
#include "selftest/broken.h"
#include "session.h"
#include "watch.h"

static int file_open(struct inode *inode, struct file *file)
{
	struct csim_device *csdev =
		container_of(inode->i_cdev, struct csim_device, cdev);
	struct csim_queue *queue = csim_queue_open(csdev);

	if (!queue)
		return -ENOMEM;
	csim_broken_open();
	file->private_data = queue;
	return nonseekable_open(inode, file);
}

static int file_fasync(int fd, struct file *file, int on)
{
	struct csim_queue *queue = file->private_data;

	return fasync_helper(fd, file, on, &queue->fasync);
}

static int file_release(struct inode *inode, struct file *file)
{
	struct csim_queue *queue = file->private_data;

	csim_queue_stop(queue);
	csim_queue_put(queue);
	return 0;
}

/*
 * The queue belongs to the address space that set it up: rings with two
 * submitters, a parent and its child, would lose requests of both.
 */
static int file_check_owner(const struct csim_queue *queue)
{
	int state = csim_queue_state(queue);

	if (state == CSIM_QUEUE_NEW)
		return -EBADFD;
	if (queue->owner != current->mm)
		return -EPERM;
	return state == CSIM_QUEUE_READY ? 0 : -ESHUTDOWN;
}

static long file_info(struct csim_queue *queue, void __user *user)
{
	const struct csim_device *csdev = queue->csdev;
	const struct csim_config *config = &csdev->config;
	struct cryptosim_info info = {
		.device = csdev->index,
		.engines = config->engines,
		.latency_ns = config->latency_ns,
		.moderation_ns = config->moderation_ns,
		.moderation_count = config->moderation_count,
	};
	int ret = csim_alg_mask(&info.algs);

	if (ret)
		return ret;
	return copy_to_user(user, &info, sizeof(info)) ? -EFAULT : 0;
}

static long file_alg(struct csim_queue *queue, void __user *user)
{
	struct cryptosim_alg_info info;
	int ret;

	if (copy_from_user(&info, user, sizeof(info)))
		return -EFAULT;
	ret = csim_alg_info(&info);
	if (ret)
		return ret;
	return copy_to_user(user, &info, sizeof(info)) ? -EFAULT : 0;
}

/* Cannot be undone, so an argument that can't be written is found before */
static long file_setup(struct csim_queue *queue, void __user *user)
{
	struct cryptosim_setup setup;
	int ret;

	if (copy_from_user(&setup, user, sizeof(setup)) ||
	    copy_to_user(user, &setup, sizeof(setup)))
		return -EFAULT;
	ret = csim_queue_setup(queue, &setup);
	if (ret)
		return ret;
	return copy_to_user(user, &setup, sizeof(setup)) ? -EFAULT : 0;
}

static long file_key_add(struct csim_queue *queue, void __user *user)
{
	struct cryptosim_key_add add;
	int ret;

	if (copy_from_user(&add, user, sizeof(add)))
		return -EFAULT;
	mutex_lock(&queue->mutex);
	ret = csim_key_add(queue, &add);
	if (!ret && copy_to_user(user, &add, sizeof(add))) {
		csim_key_del(queue, add.id);
		ret = -EFAULT;
	}
	mutex_unlock(&queue->mutex);
	return ret;
}

static long file_key_del(struct csim_queue *queue, void __user *user)
{
	struct cryptosim_key_del del;
	int ret;

	if (copy_from_user(&del, user, sizeof(del)))
		return -EFAULT;
	if (del.reserved)
		return -EINVAL;
	mutex_lock(&queue->mutex);
	ret = csim_key_del(queue, del.id);
	mutex_unlock(&queue->mutex);
	return ret;
}

static long file_session_add(struct csim_queue *queue, void __user *user)
{
	struct cryptosim_session_add add;
	int ret;

	if (copy_from_user(&add, user, sizeof(add)))
		return -EFAULT;
	mutex_lock(&queue->mutex);
	ret = csim_session_add(queue, &add, user);
	mutex_unlock(&queue->mutex);
	return ret;
}

static long file_doorbell(struct csim_queue *queue, void __user *user)
{
	struct cryptosim_doorbell bell;
	int ret = 0;

	if (copy_from_user(&bell, user, sizeof(bell)))
		return -EFAULT;
	if (bell.flags & ~CRYPTOSIM_DOORBELL_LAZY || bell.reserved ||
	    bell.submit > queue->sq_entries || bell.wait > queue->cq_entries ||
	    !csim_queue_tail_valid(queue))
		return -EINVAL;
	if (bell.watch)
		ret = csim_watch_set(queue, bell.watch, bell.cq_head);
	if (ret)
		return ret;
	WRITE_ONCE(queue->submit_cpu, raw_smp_processor_id());
	csim_broken_race();
	if (bell.submit)
		atomic64_inc(&queue->csdev->doorbells);
	/* Who waits makes way by that */
	if (bell.submit || queue->inlined)
		csim_engine_ring(queue, bell.wait ||
				 bell.flags & CRYPTOSIM_DOORBELL_LAZY);
	if (bell.wait)
		ret = csim_queue_wait(queue, bell.cq_head, bell.wait,
				      bell.timeout_ns);
	return ret ?: csim_queue_ready(queue);
}

static long file_stop(struct csim_queue *queue, void __user *user)
{
	csim_queue_stop(queue);
	return 0;
}

/**
 * struct file_command - an ioctl
 * @cmd: its number
 * @run: what it does
 * @when: in which states of the queue: any, new ones, or the owner's ready one
 */
struct file_command {
	unsigned int cmd;
	long (*run)(struct csim_queue *queue, void __user *user);
	enum { FILE_ANY, FILE_NEW, FILE_READY } when;
};

static const struct file_command commands[] = {
	{ CRYPTOSIM_IOC_INFO, file_info, FILE_ANY },
	{ CRYPTOSIM_IOC_ALG, file_alg, FILE_ANY },
	{ CRYPTOSIM_IOC_SETUP, file_setup, FILE_NEW },
	{ CRYPTOSIM_IOC_KEY_ADD, file_key_add, FILE_READY },
	{ CRYPTOSIM_IOC_KEY_DEL, file_key_del, FILE_READY },
	{ CRYPTOSIM_IOC_SESSION_ADD, file_session_add, FILE_READY },
	{ CRYPTOSIM_IOC_DOORBELL, file_doorbell, FILE_READY },
	{ CRYPTOSIM_IOC_STOP, file_stop, FILE_READY },
};

static long file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct csim_queue *queue = file->private_data;
	unsigned int nr = _IOC_NR(cmd);
	const struct file_command *command;
	int ret = 0;

	if (nr >= ARRAY_SIZE(commands))
		return -ENOTTY;
	command = &commands[array_index_nospec(nr, ARRAY_SIZE(commands))];
	if (command->cmd != cmd)
		return -ENOTTY;
	if (command->when != FILE_ANY)
		ret = file_check_owner(queue);
	if (command->when == FILE_NEW)
		ret = ret == -EBADFD ? 0 : ret ?: -EBUSY;
	return ret ?: command->run(queue, (void __user *)arg);
}

static int file_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct csim_queue *queue = file->private_data;
	int ret = file_check_owner(queue);

	if (ret)
		return ret;
	switch (vma->vm_pgoff << PAGE_SHIFT) {
	case CRYPTOSIM_MMAP_DEVICE:
		return csim_region_map(&queue->device, vma, false);
	case CRYPTOSIM_MMAP_USER:
		return csim_region_map(&queue->usr, vma, true);
	case CRYPTOSIM_MMAP_ARENA:
		return csim_region_map(&queue->arena, vma, true);
	}
	return -EINVAL;
}

static __poll_t file_poll(struct file *file, poll_table *table)
{
	struct csim_queue *queue = file->private_data;
	int state = csim_queue_state(queue);
	__poll_t mask = 0;

	if (state == CSIM_QUEUE_NEW)
		return EPOLLERR;
	poll_wait(file, &queue->wait, table);
	/* Partner: wq_has_sleeper() in csim_queue_announce() */
	smp_mb();
	if (csim_queue_ready(queue))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (csim_queue_state(queue) == CSIM_QUEUE_STOPPED)
		mask |= EPOLLHUP;
	return mask;
}

const struct file_operations csim_file_fops = {
	.owner = THIS_MODULE,
	.open = file_open,
	.release = file_release,
	.unlocked_ioctl = file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = file_mmap,
	.poll = file_poll,
	.fasync = file_fasync,
};
