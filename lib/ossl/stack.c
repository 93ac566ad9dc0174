// SPDX-License-Identifier: MIT
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libasync/job.h>
#include <openssl/async.h>

#include "stack.h"

/* What the library hands out for its own functions: the heap, no guard page. */
static void *heap_alloc(size_t *num)
{
	return malloc(*num);
}

static void heap_free(void *addr)
{
	free(addr);
}

/*
 * @lock guards all of it. Once there was a stack, @used, the functions never
 * change any more: a stack is always freed as it was allocated.
 */
static struct {
	pthread_mutex_t lock;
	ASYNC_stack_alloc_fn alloc;
	ASYNC_stack_free_fn free;
	size_t size;
	int used;
} config = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.alloc = heap_alloc,
	.free = heap_free,
	.size = ASYNC_JOB_STACK_DEFAULT,
};

int ASYNC_set_mem_functions(ASYNC_stack_alloc_fn alloc_fn,
			    ASYNC_stack_free_fn free_fn)
{
	int allowed;

	pthread_mutex_lock(&config.lock);
	allowed = !config.used;
	if (allowed && alloc_fn)
		config.alloc = alloc_fn;
	if (allowed && free_fn)
		config.free = free_fn;
	pthread_mutex_unlock(&config.lock);
	return allowed;
}

void ASYNC_get_mem_functions(ASYNC_stack_alloc_fn *alloc_fn,
			     ASYNC_stack_free_fn *free_fn)
{
	pthread_mutex_lock(&config.lock);
	if (alloc_fn)
		*alloc_fn = config.alloc;
	if (free_fn)
		*free_fn = config.free;
	pthread_mutex_unlock(&config.lock);
}

int async_job_set_stack_size(size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);

	if (size < ASYNC_JOB_STACK_MIN || size > ASYNC_JOB_STACK_MAX)
		return -EINVAL;
	pthread_mutex_lock(&config.lock);
	config.size = (size + page - 1) & ~(page - 1);
	pthread_mutex_unlock(&config.lock);
	return 0;
}

/* A mapping whose first page stays as inaccessible as all of it is at first. */
static int stack_map(struct stack *stack, size_t size)
{
	size_t guard = sysconf(_SC_PAGESIZE);
	char *mem;

	mem = mmap(NULL, guard + size, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (mem == MAP_FAILED)
		return -ENOMEM;
	if (mprotect(mem + guard, size, PROT_READ | PROT_WRITE)) {
		munmap(mem, guard + size);
		return -ENOMEM;
	}
	stack->low = mem + guard;
	stack->size = size;
	stack->mapped = guard + size;
	return 0;
}

int async_stack_alloc(struct stack *stack)
{
	ASYNC_stack_alloc_fn alloc;
	size_t size;
	int own;

	pthread_mutex_lock(&config.lock);
	config.used = 1;
	alloc = config.alloc;
	own = config.alloc == heap_alloc && config.free == heap_free;
	size = config.size;
	pthread_mutex_unlock(&config.lock);
	if (own)
		return stack_map(stack, size);
	stack->low = alloc(&size);
	stack->size = size;
	stack->mapped = 0;
	return stack->low ? 0 : -ENOMEM;
}

void async_stack_free(const struct stack *stack)
{
	if (stack->mapped)
		munmap((char *)stack->low + stack->size - stack->mapped,
		       stack->mapped);
	else
		config.free(stack->low); /* as at its allocation */
}
