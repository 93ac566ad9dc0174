// SPDX-License-Identifier: MIT
#include "raw.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct cryptosim_setup default_sizes = {
	.sq_entries = 64,
	.cq_entries = 64,
	.max_keys = 16,
	.max_sessions = 16,
	.arena_size = 64 << 10,
};

void raw_set(void *object, const struct raw_field *field)
{
	void *at = (char *)object + field->offset;

	switch (field->size) {
	case sizeof(uint8_t):
		*(uint8_t *)at = field->value;
		break;
	case sizeof(uint16_t):
		*(uint16_t *)at = field->value;
		break;
	case sizeof(uint32_t):
		*(uint32_t *)at = field->value;
		break;
	case sizeof(uint64_t):
		*(uint64_t *)at = field->value;
		break;
	}
}

int raw_ioctl(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

int raw_node(unsigned int device)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/cryptosim%u", device);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int map_part(const struct raw_queue *queue, uint64_t size, int prot,
		    off_t offset, void **part)
{
	void *at = NULL;

	if (size)
		at = mmap(NULL, size, prot, MAP_SHARED, queue->fd, offset);
	*part = at == MAP_FAILED ? NULL : at;
	return at == MAP_FAILED ? -errno : 0;
}

static void find_words(struct raw_queue *queue)
{
	const struct cryptosim_setup *setup = &queue->setup;
	char *device = queue->device;
	char *user = queue->user;

	queue->sq_head = (uint32_t *)(device + setup->sq_head);
	queue->sq_flags = (uint32_t *)(device + setup->sq_flags);
	queue->cq_tail = (uint32_t *)(device + setup->cq_tail);
	queue->cqes = (struct cryptosim_cqe *)(device + setup->cqes);
	queue->done = (uint32_t *)(device + setup->done);
	queue->sq_tail = (uint32_t *)(user + setup->sq_tail);
	queue->cq_head = (uint32_t *)(user + setup->cq_head);
	queue->sqes = (struct cryptosim_sqe *)(user + setup->sqes);
	queue->consumed = (uint32_t *)(user + setup->consumed);
}

int raw_map(struct raw_queue *queue)
{
	const struct cryptosim_setup *setup = &queue->setup;
	void *arena;
	int ret;

	ret = map_part(queue, setup->device_size, PROT_READ,
		       CRYPTOSIM_MMAP_DEVICE, &queue->device);
	if (ret)
		return ret;
	ret = map_part(queue, setup->user_size, PROT_READ | PROT_WRITE,
		       CRYPTOSIM_MMAP_USER, &queue->user);
	if (ret)
		goto unmap_device;
	ret = map_part(queue, setup->arena_size, PROT_READ | PROT_WRITE,
		       CRYPTOSIM_MMAP_ARENA, &arena);
	if (ret)
		goto unmap_user;
	queue->arena = arena;
	find_words(queue);
	return 0;

unmap_user:
	munmap(queue->user, setup->user_size);
unmap_device:
	munmap(queue->device, setup->device_size);
	return ret;
}

void raw_unmap(struct raw_queue *queue)
{
	munmap(queue->device, queue->setup.device_size);
	munmap(queue->user, queue->setup.user_size);
	if (queue->arena)
		munmap(queue->arena, queue->setup.arena_size);
}

int raw_setup(struct raw_queue *queue, int fd,
	      const struct cryptosim_setup *sizes)
{
	int ret;

	queue->fd = fd;
	queue->setup = sizes ? *sizes : default_sizes;
	ret = raw_ioctl(fd, CRYPTOSIM_IOC_SETUP, &queue->setup);
	return ret ? ret : raw_map(queue);
}

int raw_open(struct raw_queue *queue, unsigned int device,
	     const struct cryptosim_setup *sizes)
{
	int fd = raw_node(device);
	int ret;

	if (fd < 0)
		return fd;
	ret = raw_setup(queue, fd, sizes);
	if (ret)
		close(fd);
	return ret;
}

void raw_close(struct raw_queue *queue)
{
	raw_unmap(queue);
	close(queue->fd);
}

int raw_key(const struct raw_queue *queue, uint32_t alg, uint32_t key_len,
	    uint32_t *id)
{
	unsigned char material[CRYPTOSIM_MAX_KEY_LEN];
	struct cryptosim_key_add add = {
		.alg = alg,
		.key_len = key_len,
		.key = (uintptr_t)material,
	};
	unsigned int i;
	int ret;

	for (i = 0; i < sizeof(material); i++)
		material[i] = i;
	ret = raw_ioctl(queue->fd, CRYPTOSIM_IOC_KEY_ADD, &add);
	*id = add.id;
	return ret;
}

int raw_session(const struct raw_queue *queue,
		struct cryptosim_session_add *session)
{
	int ret;

	*session = (struct cryptosim_session_add) { };
	ret = raw_ioctl(queue->fd, CRYPTOSIM_IOC_SESSION_ADD, session);
	if (!ret)
		raw_store(&queue->consumed[session->slot],
			  raw_load(&queue->done[session->slot]));
	return ret;
}

void raw_push(struct raw_queue *queue, const struct cryptosim_sqe *sqe)
{
	uint32_t tail = *queue->sq_tail;

	queue->sqes[tail & (queue->setup.sq_entries - 1)] = *sqe;
	raw_store(queue->sq_tail, tail + 1);
}

bool raw_need_wakeup(const struct raw_queue *queue)
{
	/* Partner: the engine's, between its store of the flag and its last
	 * look at sq_tail
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return raw_load(queue->sq_flags) & CRYPTOSIM_SQ_NEED_WAKEUP;
}

int raw_ring(const struct raw_queue *queue, uint32_t submit, uint32_t wait,
	     uint64_t timeout_ns)
{
	struct cryptosim_doorbell bell = {
		.submit = submit,
		.wait = wait,
		.cq_head = *queue->cq_head,
		.timeout_ns = timeout_ns,
	};

	return raw_ioctl(queue->fd, CRYPTOSIM_IOC_DOORBELL, &bell);
}

int raw_ring_lazy(const struct raw_queue *queue, uint32_t submit)
{
	struct cryptosim_doorbell bell = {
		.submit = submit,
		.flags = CRYPTOSIM_DOORBELL_LAZY,
	};

	return raw_ioctl(queue->fd, CRYPTOSIM_IOC_DOORBELL, &bell);
}

bool raw_reap(struct raw_queue *queue, struct cryptosim_cqe *cqe)
{
	uint32_t head = *queue->cq_head;

	if (raw_load(queue->cq_tail) == head)
		return false;
	if (cqe)
		*cqe = queue->cqes[head & (queue->setup.cq_entries - 1)];
	raw_store(queue->cq_head, head + 1);
	return true;
}

unsigned int raw_reap_all(struct raw_queue *queue)
{
	unsigned int count = 0;

	while (raw_reap(queue, NULL))
		count++;
	return count;
}

int raw_run(struct raw_queue *queue, const struct cryptosim_sqe *sqe,
	    struct cryptosim_cqe *cqe)
{
	int ret;

	raw_push(queue, sqe);
	ret = raw_ring(queue, 1, 1, RAW_WATCHDOG_NS);
	if (ret < 0)
		return ret;
	return raw_reap(queue, cqe) ? 0 : -EPROTO;
}
