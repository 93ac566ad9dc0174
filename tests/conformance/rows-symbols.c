// SPDX-License-Identifier: MIT
/*
 * What an implementation exports, and ASYNC_set_mem_functions(3), which is
 * there since OpenSSL 3.2 and may be missing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include "fds.h"
#include "task.h"

typedef void *(*alloc_fn)(size_t *num);
typedef void (*free_fn)(void *addr);

static int (*set_mem_functions)(alloc_fn alloc, free_fn release);
static void (*get_mem_functions)(alloc_fn *alloc, free_fn *release);

static void all_there(const char *const *names)
{
	for (; *names; names++)
		if (!dlsym(RTLD_DEFAULT, *names))
			row_end(FAILED, "no %s()", *names);
}

static void wait_ctx_functions(void)
{
	static const char *const names[] = {
		"ASYNC_WAIT_CTX_new", "ASYNC_WAIT_CTX_free",
		"ASYNC_WAIT_CTX_set_wait_fd", "ASYNC_WAIT_CTX_get_fd",
		"ASYNC_WAIT_CTX_get_all_fds", "ASYNC_WAIT_CTX_get_changed_fds",
		"ASYNC_WAIT_CTX_clear_fd", "ASYNC_WAIT_CTX_set_callback",
		"ASYNC_WAIT_CTX_get_callback", "ASYNC_WAIT_CTX_set_status",
		"ASYNC_WAIT_CTX_get_status", NULL
	};

	all_there(names);
}

static void job_functions(void)
{
	static const char *const names[] = {
		"ASYNC_init_thread", "ASYNC_cleanup_thread", "ASYNC_start_job",
		"ASYNC_pause_job", "ASYNC_get_current_job",
		"ASYNC_get_wait_ctx", "ASYNC_block_pause",
		"ASYNC_unblock_pause", "ASYNC_is_capable", NULL
	};

	if (!ASYNC_start_job)
		row_end(SKIPPED, "no ASYNC_JOB");
	all_there(names);
}

static void find_mem_functions(void)
{
	set_mem_functions = dlsym(RTLD_DEFAULT, "ASYNC_set_mem_functions");
	get_mem_functions = dlsym(RTLD_DEFAULT, "ASYNC_get_mem_functions");
	if (!set_mem_functions && !get_mem_functions)
		row_end(SKIPPED, "not there before OpenSSL 3.2");
	IS(set_mem_functions && get_mem_functions, 1);
}

static size_t stacks, stack_size;
static char *stack;

static void *count_alloc(size_t *num)
{
	stacks++;
	stack_size = *num;
	stack = malloc(*num);
	return stack;
}

static void count_free(void *addr)
{
	if (addr)
		stacks--;
	free(addr);
}

static int on_that_stack(struct task *task)
{
	char *here = (char *)&task;

	IS(here >= stack && here < stack + stack_size, 1);
	return pause_once(task);
}

static void mem_used(void)
{
	struct task task;

	find_mem_functions();
	IS(set_mem_functions(count_alloc, count_free), 1);
	task_init(&task, on_that_stack, new_ctx());
	task_pauses(&task);
	IS(stacks, 1);
	task_finishes(&task, 0);
	ASYNC_cleanup_thread();
	IS(stacks, 0);
}

static void mem_get(void)
{
	alloc_fn alloc = NULL;
	free_fn release = NULL;

	find_mem_functions();
	get_mem_functions(&alloc, &release);
	IS(alloc && release, 1);
	IS(set_mem_functions(count_alloc, count_free), 1);
	get_mem_functions(&alloc, &release);
	IS(alloc, count_alloc);
	IS(release, count_free);
	/* NULL: leave that one alone */
	IS(set_mem_functions(NULL, NULL), 1);
	get_mem_functions(&alloc, NULL);
	get_mem_functions(NULL, &release);
	IS(alloc, count_alloc);
	IS(release, count_free);
}

static void mem_too_late(void)
{
	alloc_fn alloc = NULL;
	free_fn release = NULL;
	struct task task;

	find_mem_functions();
	task_init(&task, return_n, new_ctx());
	task_finishes(&task, 0);
	IS(set_mem_functions(count_alloc, count_free), 0);
	get_mem_functions(&alloc, &release);
	IS(alloc != count_alloc, 1);
	IS(release != count_free, 1);
}

const struct row symbols_rows[] = {
	{ "11 functions of ASYNC_WAIT_CTX", MAN, wait_ctx_functions },
	{ "9 functions of ASYNC_JOB", MAN, job_functions },
	{ "set_mem_functions: stacks come from there", MAN, mem_used },
	{ "get_mem_functions: what was set", MAN, mem_get },
	{ "set_mem_functions: 0 once there was a stack", MAN, mem_too_late },
	{ NULL, 0, NULL }
};
