// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/sys.h"
#include "fakedev.h"

#define DEVICES		4
#define BATCH		64
#define IMAGE_SIZE	(CRYPTOSIM_MMAP_ARENA + CRYPTOSIM_MAX_ARENA)
/* Offsets of the parts: index words lie a cache line apart */
#define LINE		64

static struct fakedev *devices[DEVICES];
static uint32_t first_index;
static int first_error;

/* What it has; the figures are the UAPI header's and those of the standards. */
static const struct cryptosim_alg_info algs[] = {
	{
		.alg = CRYPTOSIM_ALG_AES_CBC,
		.ops = 1 << CRYPTOSIM_OP_ENCRYPT | 1 << CRYPTOSIM_OP_DECRYPT,
		.iv_min = 16, .iv_max = 16,
	},
	{
		.alg = CRYPTOSIM_ALG_AES_GCM,
		.ops = 1 << CRYPTOSIM_OP_ENCRYPT | 1 << CRYPTOSIM_OP_DECRYPT,
		.iv_min = 12, .iv_max = 12, .tag_min = 4, .tag_max = 16,
	},
	{
		.alg = CRYPTOSIM_ALG_AES_CCM,
		.ops = 1 << CRYPTOSIM_OP_ENCRYPT | 1 << CRYPTOSIM_OP_DECRYPT,
		.iv_min = 7, .iv_max = 13, .tag_min = 4, .tag_max = 16,
	},
	{
		.alg = CRYPTOSIM_ALG_SHA256,
		.ops = 1 << CRYPTOSIM_OP_DIGEST,
		.tag_min = 1, .tag_max = 32,
	},
};

void fakedev_first_index(uint32_t index)
{
	first_index = index;
}

void fakedev_fail_first(int error)
{
	first_error = error;
}

struct fakedev *fakedev_of(int fd)
{
	unsigned int i;

	for (i = 0; i < DEVICES; i++)
		if (devices[i] && devices[i]->fd == fd)
			return devices[i];
	return NULL;
}

static void *dev_map(int fd, size_t len, off_t offset)
{
	void *mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			 offset);

	if (mem == MAP_FAILED)
		abort();
	return mem;
}

int async_sys_open(unsigned int device)
{
	struct fakedev *dev;
	int fd;

	if (device >= DEVICES)
		return -ENOENT;
	fd = memfd_create("fakedev", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, IMAGE_SIZE))
		abort();
	dev = mmap(NULL, sizeof(*dev), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (dev == MAP_FAILED)
		abort();
	dev->fd = fd;
	dev->fail = first_error;
	dev->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&dev->lock, NULL);
	pthread_cond_init(&dev->posted, NULL);
	devices[device] = dev;
	return fd;
}

/* Parts follow each other, in the order of the UAPI header. */
static int dev_setup(struct fakedev *dev, struct cryptosim_setup *setup)
{
	char *device, *user;

	setup->sq_head = 0;
	setup->sq_flags = LINE;
	setup->cq_tail = 2 * LINE;
	setup->watch = 3 * LINE;
	setup->cqes = 4 * LINE;
	setup->done = setup->cqes + setup->cq_entries * sizeof(*dev->cqes);
	setup->device_size = setup->done + setup->max_sessions * sizeof(__u32);
	setup->sq_tail = 0;
	setup->cq_head = LINE;
	setup->sqes = 2 * LINE;
	setup->consumed = setup->sqes + setup->sq_entries * sizeof(*dev->sqes);
	setup->user_size = setup->consumed +
			   setup->max_sessions * sizeof(__u32);
	dev->setup = *setup;
	dev->owner = getpid();
	device = dev_map(dev->fd, setup->device_size, CRYPTOSIM_MMAP_DEVICE);
	user = dev_map(dev->fd, setup->user_size, CRYPTOSIM_MMAP_USER);
	dev->arena = dev_map(dev->fd, setup->arena_size, CRYPTOSIM_MMAP_ARENA);
	dev->sq_head = (void *)(device + setup->sq_head);
	dev->sq_flags = (void *)(device + setup->sq_flags);
	dev->cq_tail = (void *)(device + setup->cq_tail);
	dev->cqes = (void *)(device + setup->cqes);
	dev->done = (void *)(device + setup->done);
	dev->watch = (void *)(device + setup->watch);
	dev->sq_tail = (void *)(user + setup->sq_tail);
	dev->cq_head = (void *)(user + setup->cq_head);
	dev->sqes = (void *)(user + setup->sqes);
	dev->consumed = (void *)(user + setup->consumed);
	*dev->sq_head = first_index;
	*dev->sq_tail = first_index;
	*dev->cq_head = first_index;
	*dev->cq_tail = first_index;
	*dev->sq_flags = CRYPTOSIM_SQ_NEED_WAKEUP;
	return 0;
}

static int dev_alg(struct cryptosim_alg_info *info)
{
	unsigned int i;

	if (info->alg >= CRYPTOSIM_ALG_COUNT)
		return -EINVAL;
	for (i = 0; i < sizeof(algs) / sizeof(*algs); i++) {
		if (algs[i].alg != info->alg)
			continue;
		*info = algs[i];
		return 0;
	}
	return -EOPNOTSUPP;
}

static int dev_key_add(struct fakedev *dev, struct cryptosim_key_add *add)
{
	unsigned int i;

	for (i = 0; i < FAKEDEV_KEYS; i++) {
		if (dev->keys[i].id)
			continue;
		add->id = i + 1;
		dev->keys[i] = *add;
		return 0;
	}
	return -ENOSPC;
}

static struct cryptosim_key_add *dev_key(struct fakedev *dev, uint32_t id)
{
	if (!id || id > FAKEDEV_KEYS || dev->keys[id - 1].id != id)
		return NULL;
	return &dev->keys[id - 1];
}

static int dev_key_del(struct fakedev *dev, const struct cryptosim_key_del *del)
{
	struct cryptosim_key_add *key = dev_key(dev, del->id);

	if (!key)
		return -ENOKEY;
	key->id = 0;
	return 0;
}

/* The slot of a session is one less than its id. */
static int dev_session_add(struct fakedev *dev,
			   struct cryptosim_session_add *add)
{
	if (dev->sessions == dev->setup.max_sessions)
		return -ENOSPC;
	add->slot = dev->sessions++;
	add->id = add->slot + 1;
	add->fd = eventfd(0, EFD_CLOEXEC);
	return 0;
}

/* Context: the lock. */
static void dev_watch_fire(struct fakedev *dev)
{
	if (!*dev->watch)
		return;
	dev->done[*dev->watch - 1]++;
	dev->watches++;
	*dev->watch = 0;
}

static void dev_watch(struct fakedev *dev, const struct cryptosim_doorbell *bell)
{
	pthread_mutex_lock(&dev->lock);
	dev->watch[1] = dev->watch[0];
	dev->watch[0] = bell->watch;
	if (*dev->cq_tail != bell->cq_head)
		dev_watch_fire(dev);
	pthread_mutex_unlock(&dev->lock);
}

/* Context: the lock. */
static void dev_post(struct fakedev *dev, const struct cryptosim_cqe *cqe)
{
	uint32_t tail = *dev->cq_tail;

	dev_watch_fire(dev);
	dev->cqes[tail & (dev->setup.cq_entries - 1)] = *cqe;
	/* Partner: the library's load-acquire */
	atomic_store_explicit(dev->cq_tail, tail + 1, memory_order_release);
	if (cqe->session && cqe->session <= dev->sessions)
		dev->done[cqe->session - 1]++;
	pthread_cond_broadcast(&dev->posted);
	eventfd_write(dev->event, 1);
	if (dev->signo)
		syscall(SYS_tgkill, dev->owner, dev->signalled, dev->signo);
}

void fakedev_post(struct fakedev *dev, uint64_t user_data, int result)
{
	struct cryptosim_cqe cqe = { .user_data = user_data, .result = result };

	pthread_mutex_lock(&dev->lock);
	dev_post(dev, &cqe);
	pthread_mutex_unlock(&dev->lock);
}

static void dev_sum(struct fakedev *dev, const struct cryptosim_sqe *sqe,
		    uint32_t text, uint8_t *tag, uint32_t tag_len)
{
	uint8_t sum = 0;
	uint32_t i;

	for (i = 0; i < sqe->aad_len; i++)
		sum += dev->arena[sqe->aad + i];
	for (i = 0; i < sqe->len; i++)
		sum += dev->arena[text + i];
	for (i = 0; i < tag_len; i++)
		tag[i] = sum + i;
}

static int dev_crypt(struct fakedev *dev, const struct cryptosim_sqe *sqe,
		     uint32_t tag_len)
{
	bool encrypt = sqe->opcode == CRYPTOSIM_OP_ENCRYPT;
	uint8_t tag[32];
	uint32_t i;

	dev_sum(dev, sqe, sqe->src, tag, tag_len);
	if (!encrypt && memcmp(dev->arena + sqe->tag, tag, tag_len)) {
		memset(dev->arena + sqe->dst, 0, sqe->len);
		return -EBADMSG;
	}
	for (i = 0; i < sqe->len; i++)
		dev->arena[sqe->dst + i] = dev->arena[sqe->src + i] ^ 0x5a;
	if (encrypt)
		dev_sum(dev, sqe, sqe->dst, dev->arena + sqe->tag, tag_len);
	return sqe->len;
}

/* What every opcode asks of its SQE: what is not used is zero. */
static int dev_execute(struct fakedev *dev, const struct cryptosim_sqe *sqe)
{
	static const struct cryptosim_sqe zero;
	const struct cryptosim_key_add *key;

	if (sqe->flags || sqe->reserved || sqe->reserved2)
		return -EINVAL;
	if (sqe->opcode == CRYPTOSIM_OP_NOP)
		return memcmp(&sqe->key, &zero.key, sizeof(*sqe) -
			      offsetof(struct cryptosim_sqe, key)) ?
			-EINVAL : 0;
	key = dev_key(dev, sqe->key);
	if (!key)
		return -ENOKEY;
	if (memcmp(sqe->iv + key->iv_len, zero.iv,
		   sizeof(sqe->iv) - key->iv_len))
		return -EINVAL;
	if (sqe->opcode != CRYPTOSIM_OP_DIGEST)
		return dev_crypt(dev, sqe, key->tag_len);
	dev_sum(dev, sqe, sqe->src, dev->arena + sqe->dst, key->tag_len);
	return key->tag_len;
}

unsigned int fakedev_run(struct fakedev *dev, unsigned int max)
{
	struct cryptosim_cqe cqes[BATCH];
	const struct cryptosim_sqe *sqe;
	unsigned int n, i;
	uint32_t head;

	pthread_mutex_lock(&dev->lock);
	head = *dev->sq_head;
	/* Partner: the library's store-release */
	n = atomic_load_explicit(dev->sq_tail, memory_order_acquire) - head;
	n = n < max ? n : max;
	n = n < BATCH ? n : BATCH;
	for (i = 0; i < n; i++) {
		sqe = &dev->sqes[(head + i) & (dev->setup.sq_entries - 1)];
		cqes[i] = (struct cryptosim_cqe) {
			.user_data = sqe->user_data,
			.result = dev_execute(dev, sqe),
			.session = sqe->session,
			.time_ns = 1000 + head + i,
			.device_ns = 10 + i,
		};
	}
	/* Partner: the library's load-acquire, before it writes SQEs there */
	atomic_store_explicit(dev->sq_head, head + n, memory_order_release);
	for (i = 0; i < n; i++)
		dev_post(dev, &cqes[dev->backwards ? n - 1 - i : i]);
	pthread_mutex_unlock(&dev->lock);
	return n;
}

static bool dev_posted(struct fakedev *dev, uint32_t target)
{
	return (int32_t)(*dev->cq_tail - target) >= 0;
}

/* Unless it is idle, or has a thread, the device runs here. */
static int dev_wait(struct fakedev *dev, const struct cryptosim_doorbell *bell)
{
	uint32_t target = bell->cq_head + bell->wait;
	int ret = 0;

	dev->waits++;
	if (!dev->thread) {
		while (!dev->idle && fakedev_run(dev, BATCH))
			;
		if (dev_posted(dev, target))
			return 0;
		dev->hung = bell->timeout_ns == UINT64_MAX;
		return -ETIME;
	}
	pthread_mutex_lock(&dev->lock);
	while (!dev_posted(dev, target) && !dev->stopped)
		pthread_cond_wait(&dev->posted, &dev->lock);
	if (!dev_posted(dev, target))
		ret = -ESHUTDOWN;
	pthread_mutex_unlock(&dev->lock);
	return ret;
}

static int dev_doorbell(struct fakedev *dev,
			const struct cryptosim_doorbell *bell)
{
	if (dev->on_doorbell)
		dev->on_doorbell(dev, bell);
	if (bell->submit > dev->setup.sq_entries ||
	    bell->wait > dev->setup.cq_entries)
		return -EINVAL;
	if (bell->watch > dev->sessions)
		return -ENOENT;
	if (bell->watch)
		dev_watch(dev, bell);
	dev->doorbells += !!bell->submit;
	return bell->wait ? dev_wait(dev, bell) : 0;
}

static int dev_stop(struct fakedev *dev)
{
	pthread_mutex_lock(&dev->lock);
	dev->stops++;
	dev->stopped = true;
	pthread_cond_broadcast(&dev->posted);
	eventfd_write(dev->event, 1);
	pthread_mutex_unlock(&dev->lock);
	return 0;
}

/* Its thread looks at the keys with the lock */
static int dev_key_command(struct fakedev *dev, unsigned long request, void *arg)
{
	int ret;

	pthread_mutex_lock(&dev->lock);
	ret = request == CRYPTOSIM_IOC_KEY_ADD ? dev_key_add(dev, arg) :
	      dev_key_del(dev, arg);
	pthread_mutex_unlock(&dev->lock);
	return ret;
}

static int dev_command(struct fakedev *dev, unsigned long request, void *arg)
{
	switch (request) {
	case CRYPTOSIM_IOC_SETUP:
		return dev_setup(dev, arg);
	case CRYPTOSIM_IOC_KEY_ADD:
	case CRYPTOSIM_IOC_KEY_DEL:
		return dev_key_command(dev, request, arg);
	case CRYPTOSIM_IOC_SESSION_ADD:
		return dev_session_add(dev, arg);
	case CRYPTOSIM_IOC_DOORBELL:
		return dev_doorbell(dev, arg);
	case CRYPTOSIM_IOC_STOP:
		return dev_stop(dev);
	}
	return -ENOTTY;
}

int async_sys_ioctl(int fd, unsigned long request, void *arg)
{
	struct fakedev *dev = fakedev_of(fd);

	if (!dev)
		abort();
	dev->ioctls++;
	if (dev->fail)
		return dev->fail;
	if (request == CRYPTOSIM_IOC_INFO) {
		*(struct cryptosim_info *)arg =
			(struct cryptosim_info) { .engines = 1 };
		return 0;
	}
	if (request == CRYPTOSIM_IOC_ALG)
		return dev_alg(arg);
	if (dev->owner && dev->owner != getpid())
		return -EPERM;
	if (dev->stopped)
		return -ESHUTDOWN;
	return dev_command(dev, request, arg);
}

int async_sys_signal(int fd, int thread, int signo)
{
	struct fakedev *dev = fakedev_of(fd);

	pthread_mutex_lock(&dev->lock);
	dev->signalled = thread;
	dev->signo = signo;
	pthread_mutex_unlock(&dev->lock);
	return 0;
}

/* What poll(2) would say of the queue's fd. */
static short dev_revents(struct fakedev *dev)
{
	short revents = *dev->cq_tail != *dev->cq_head ? POLLIN : 0;

	return dev->stopped ? revents | POLLHUP : revents;
}

/* The queue's fd comes first, and one more, as the poller has them. */
int async_sys_poll(struct pollfd *fds, nfds_t count)
{
	struct fakedev *dev = fakedev_of(fds[0].fd);
	struct pollfd real[2] = { { dev->event, POLLIN, 0 }, fds[1] };
	eventfd_t events;

	if (count != 2)
		abort();
	for (;;) {
		/* Before the look at what it tells of */
		eventfd_read(dev->event, &events);
		pthread_mutex_lock(&dev->lock);
		fds[0].revents = dev_revents(dev);
		pthread_mutex_unlock(&dev->lock);
		poll(real, 2, fds[0].revents ? 0 : -1);
		fds[1].revents = real[1].revents;
		if (fds[0].revents || fds[1].revents)
			return 1;
	}
}

static void *dev_thread(void *arg)
{
	struct fakedev *dev = arg;

	while (!atomic_load(&dev->quit))
		if (!fakedev_run(dev, BATCH))
			sched_yield();
	return NULL;
}

void fakedev_start(struct fakedev *dev)
{
	*dev->sq_flags = 0;
	atomic_store(&dev->quit, false);
	if (pthread_create(&dev->thread, NULL, dev_thread, dev))
		abort();
}

void fakedev_stop(struct fakedev *dev)
{
	atomic_store(&dev->quit, true);
	pthread_join(dev->thread, NULL);
	dev->thread = 0;
	*dev->sq_flags = CRYPTOSIM_SQ_NEED_WAKEUP;
}
