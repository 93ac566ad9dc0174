// SPDX-License-Identifier: MIT
/* A thread that stands for a device. */
#include <errno.h>
#include <unistd.h>
#include "device.h"

void wait_for(sem_t *sem)
{
	while (sem_wait(sem))
		IS(errno, EINTR);
}

static void *device_main(void *arg)
{
	struct device *device = arg;

	for (;;) {
		wait_for(&device->go);
		if (device->check)
			device->check();
		atomic_store(&device->done, true);
		if (device->callback)
			device->callback(device->arg);
		else
			IS(write(device->fd, "", 1), 1);
		sem_post(&device->told);
	}
	return NULL;
}

void device_start(struct device *device)
{
	IS(sem_init(&device->go, 0, 0), 0);
	IS(sem_init(&device->told, 0, 0), 0);
	IS(pthread_create(&device->thread, NULL, device_main, device), 0);
}
