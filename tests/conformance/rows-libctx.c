// SPDX-License-Identifier: MIT
/*
 * The thread's default OSSL_LIB_CTX: a job and the code around it do not see
 * each other's. Concerns processes that have libcrypto in them, whoever it is
 * that implements the jobs; where it is missing it is loaded.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include "fds.h"
#include "task.h"

struct ossl_lib_ctx_st;

/* OSSL_LIB_CTX_new(), and OSSL_LIB_CTX_set0_default(): NULL only asks */
static struct ossl_lib_ctx_st *(*lib_ctx_new)(void);
static struct ossl_lib_ctx_st *(*lib_ctx_set0_default)(struct ossl_lib_ctx_st *libctx);
static struct ossl_lib_ctx_st *original, *mine, *jobs;

static void find_libcrypto(void)
{
	static const char *const names[] = {
		"libcrypto.so.3", "libcrypto.so.4", "libcrypto.so",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]) &&
	     !dlsym(RTLD_DEFAULT, "OSSL_LIB_CTX_set0_default"); i++)
		dlopen(names[i], RTLD_NOW | RTLD_GLOBAL);
	lib_ctx_new = dlsym(RTLD_DEFAULT, "OSSL_LIB_CTX_new");
	lib_ctx_set0_default = dlsym(RTLD_DEFAULT, "OSSL_LIB_CTX_set0_default");
	if (!lib_ctx_new || !lib_ctx_set0_default)
		row_end(SKIPPED, "no OSSL_LIB_CTX_set0_default() here");
}

static void setup(void)
{
	find_libcrypto();
	original = lib_ctx_set0_default(NULL);
	mine = lib_ctx_new();
	jobs = lib_ctx_new();
	IS(original && mine && jobs, 1);
}

static void default_is(struct ossl_lib_ctx_st *want)
{
	IS(lib_ctx_set0_default(NULL), want);
}

/* Pauses with a default of its own, which it finds again. */
static int own_default(struct task *task)
{
	(void)task;
	lib_ctx_set0_default(jobs);
	ASYNC_pause_job();
	default_is(jobs);
	ASYNC_pause_job();
	default_is(jobs);
	return 0;
}

static int sees_mine(struct task *task)
{
	(void)task;
	default_is(mine);
	return 0;
}

static void start_inherits(void)
{
	struct task task;

	setup();
	lib_ctx_set0_default(mine);
	task_init(&task, sees_mine, new_ctx());
	task_finishes(&task, 0);
	default_is(mine);
}

static void restored_on_pause(void)
{
	struct task task;

	setup();
	task_init(&task, own_default, new_ctx());
	task_pauses(&task);
	default_is(original);
	task_pauses(&task);
	default_is(original);
}

static void restored_on_finish(void)
{
	struct task task;

	setup();
	task_init(&task, own_default, new_ctx());
	task_pauses(&task);
	task_pauses(&task);
	task_finishes(&task, 0);
	default_is(original);
}

static void caller_changes_its_own(void)
{
	struct task task;

	setup();
	task_init(&task, own_default, new_ctx());
	task_pauses(&task);
	lib_ctx_set0_default(mine);
	task_pauses(&task);
	default_is(mine);
	lib_ctx_set0_default(original);
	task_finishes(&task, 0);
	default_is(original);
}

static int keeps_original(struct task *task)
{
	(void)task;
	ASYNC_pause_job();
	default_is(original);
	return 0;
}

static void two_jobs(void)
{
	struct task first, second;

	setup();
	task_init(&first, own_default, new_ctx());
	task_init(&second, keeps_original, new_ctx());
	task_pauses(&first);
	task_pauses(&second);
	task_pauses(&first);
	task_finishes(&second, 0);
	task_finishes(&first, 0);
	default_is(original);
}

const struct row libctx_rows[] = {
	{ "a job starts with its caller's", CODE, start_inherits },
	{ "a pause restores the caller's, a resume the job's", CODE,
	  restored_on_pause },
	{ "FINISH restores the caller's", CODE, restored_on_finish },
	{ "the caller may change its own in between", CODE,
	  caller_changes_its_own },
	{ "each job has its own", CODE, two_jobs },
	{ NULL, 0, NULL }
};
