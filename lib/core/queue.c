// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"
#include "sys.h"

#define SQ_ENTRIES_DEFAULT	256
#define KEYS_DEFAULT		1024
#define SESSIONS_DEFAULT	1024
#define ARENA_DEFAULT		(4u << 20)

/* The least power of two that is no less; 0 if there is none. */
static size_t round_up_pow2(size_t value)
{
	size_t power = 1;

	while (power && power < value)
		power *= 2;
	return power;
}

/* Sizes with the defaults filled in. Returns 0 or -EINVAL. */
static int queue_size(struct cryptosim_setup *setup,
		      const struct async_queue_params *params)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t sq = params->sq_entries ?: SQ_ENTRIES_DEFAULT;
	size_t cq = params->cq_entries;
	size_t arena = params->arena_size ?: ARENA_DEFAULT;

	sq = round_up_pow2(sq);
	if (!cq)
		cq = sq < CRYPTOSIM_MAX_ENTRIES ? 2 * sq : sq;
	cq = round_up_pow2(cq < sq ? sq : cq);
	arena = round_up_pow2(arena < page ? page : arena);
	if (cq > CRYPTOSIM_MAX_ENTRIES || !arena ||
	    arena > CRYPTOSIM_MAX_ARENA ||
	    params->max_keys > CRYPTOSIM_MAX_KEYS ||
	    params->max_sessions > CRYPTOSIM_MAX_SESSIONS)
		return -EINVAL;
	*setup = (struct cryptosim_setup) {
		.flags = params->flags,
		.sq_entries = sq,
		.cq_entries = cq,
		.max_keys = params->max_keys ?: KEYS_DEFAULT,
		.max_sessions = params->max_sessions ?: SESSIONS_DEFAULT,
		.arena_size = arena,
	};
	return 0;
}

static int map_open(struct async_map *map, int fd, size_t len, int prot,
		    off_t offset)
{
	map->len = len;
	map->mem = mmap(NULL, len, prot, MAP_SHARED, fd, offset);
	return map->mem == MAP_FAILED ? -errno : 0;
}

static void map_close(struct async_map *map)
{
	munmap(map->mem, map->len);
}

static int queue_map(struct async_queue *queue,
		     const struct cryptosim_setup *setup)
{
	int ret;

	ret = map_open(&queue->device, queue->fd, setup->device_size, PROT_READ,
		       CRYPTOSIM_MMAP_DEVICE);
	if (ret)
		return ret;
	ret = map_open(&queue->user, queue->fd, setup->user_size,
		       PROT_READ | PROT_WRITE, CRYPTOSIM_MMAP_USER);
	if (ret)
		goto close_device;
	ret = map_open(&queue->data, queue->fd, setup->arena_size,
		       PROT_READ | PROT_WRITE, CRYPTOSIM_MMAP_ARENA);
	if (ret)
		goto close_user;
	return 0;

close_user:
	map_close(&queue->user);
close_device:
	map_close(&queue->device);
	return ret;
}

static void queue_unmap(struct async_queue *queue)
{
	map_close(&queue->data);
	map_close(&queue->user);
	map_close(&queue->device);
}

/* The device's half: an fd that is set up and mapped. */
static int queue_attach(struct async_queue *queue, unsigned int device,
			struct cryptosim_setup *setup)
{
	int ret;

	queue->fd = async_sys_open(device);
	if (queue->fd < 0)
		return queue->fd;
	ret = async_sys_ioctl(queue->fd, CRYPTOSIM_IOC_SETUP, setup);
	if (!ret)
		ret = queue_map(queue, setup);
	if (ret)
		close(queue->fd);
	return ret;
}

/* Our own half: what is kept of the mappings, outside them. */
static int queue_init(struct async_queue *queue,
		      const struct cryptosim_setup *setup)
{
	int ret;

	ring_init(&queue->ring, setup, queue->device.mem, queue->user.mem);
	ret = async_arena_init(&queue->arena, queue->data.mem, queue->data.len);
	if (ret)
		return ret;
	ret = async_requests_init(queue);
	if (ret) {
		async_arena_destroy(&queue->arena);
		return ret;
	}
	atomic_init(&queue->refs, 1);
	queue->newest = &queue->batches;
	queue->room.last = &queue->room.first;
	return 0;
}

static int queue_open(struct async_queue **out, unsigned int device,
		      struct cryptosim_setup *setup)
{
	struct async_queue *queue;
	int ret;

	queue = aligned_alloc(alignof(struct async_queue), sizeof(*queue));
	if (!queue)
		return -ENOMEM;
	memset(queue, 0, sizeof(*queue));
	ret = async_fork_token_new(&queue->token);
	if (ret)
		goto free_queue;
	ret = queue_attach(queue, device, setup);
	if (ret)
		goto free_token;
	ret = queue_init(queue, setup);
	if (ret)
		goto detach;
	*out = queue;
	return 0;

detach:
	queue_unmap(queue);
	close(queue->fd);
free_token:
	async_fork_token_free(queue->token);
free_queue:
	free(queue);
	return ret;
}

int async_queue_open(struct async_queue **queue, unsigned int device,
		     const struct async_queue_params *params)
{
	static const struct async_queue_params defaults;
	struct cryptosim_setup setup;
	int saved = errno;
	int ret;

	ret = queue_size(&setup, params ?: &defaults);
	if (!ret)
		ret = queue_open(queue, device, &setup);
	errno = saved;
	return ret;
}

void async_queue_put(struct async_queue *queue)
{
	if (atomic_fetch_sub(&queue->refs, 1) != 1)
		return;
	async_fork_token_free(queue->token);
	free(queue);
}

/* Sessions that are closed later find nothing of it. */
static void queue_end(struct async_queue *queue)
{
	lock_take(&queue->lock);
	queue->closed = true;
	queue_unlock(queue);
	lock_take(&queue->room.lock);
	queue->room.closed = true;
	atomic_store(&queue->room.waiting, 0);
	lock_drop(&queue->room.lock);
}

void async_queue_close(struct async_queue *queue)
{
	if (!queue)
		return;
	async_poller_stop(queue);
	async_interrupt_stop(queue);
	/*
	 * A child has nothing to stop, and nothing to unmap: the mappings are
	 * not inherited, and their addresses may be another's by now.
	 */
	if (fork_owner(queue->token)) {
		async_sys_ioctl(queue->fd, CRYPTOSIM_IOC_STOP, NULL);
		queue_end(queue);
		queue_unmap(queue);
	}
	close(queue->fd);
	async_arena_destroy(&queue->arena);
	free(queue->requests);
	async_queue_put(queue);
}

int async_queue_fd(const struct async_queue *queue)
{
	return queue->fd;
}

int async_queue_info(const struct async_queue *queue,
		     struct cryptosim_info *info)
{
	return async_sys_ioctl(queue->fd, CRYPTOSIM_IOC_INFO, info);
}

int async_queue_alg(const struct async_queue *queue, enum cryptosim_alg alg,
		    struct cryptosim_alg_info *info)
{
	*info = (struct cryptosim_alg_info) { .alg = alg };
	return async_sys_ioctl(queue->fd, CRYPTOSIM_IOC_ALG, info);
}
