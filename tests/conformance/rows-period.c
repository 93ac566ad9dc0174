// SPDX-License-Identifier: MIT
/*
 * When the period of get_changed_fds() ends: inside ASYNC_pause_job(), once the
 * job was resumed, and nowhere else. And what of an fd that is older than it.
 */
#include "fds.h"
#include "task.h"

/* Lives through one period's end. */
static void end_period(ASYNC_WAIT_CTX *ctx)
{
	struct task task;

	task_init(&task, pause_once, ctx);
	task_pauses(&task);
	task_finishes(&task, 0);
}

/* A ctx with fd 10 of key_a and fd 11 of key_b, both of an earlier period. */
static ASYNC_WAIT_CTX *old_ctx(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	add_fd(ctx, &key_a, 10);
	add_fd(ctx, &key_b, 11);
	end_period(ctx);
	changed_fds_are(ctx, "", "");
	return ctx;
}

static void old_stays(void)
{
	ASYNC_WAIT_CTX *ctx = old_ctx();

	all_fds_are(ctx, "11 10");
	fd_is(ctx, &key_a, 10);
	add_fd(ctx, &key_a, 12);
	all_fds_are(ctx, "12 11 10");
	changed_fds_are(ctx, "12", "");
	ASYNC_WAIT_CTX_free(ctx);
	cleaned_up_are("12 11 10");
}

static void old_removed(void)
{
	ASYNC_WAIT_CTX *ctx = old_ctx();

	clear_fd(ctx, &key_a);
	changed_fds_are(ctx, "", "10");
	clear_fd(ctx, &key_b);
	changed_fds_are(ctx, "", "11 10");
	all_fds_are(ctx, "");
}

static void removed_is_not_live(void)
{
	ASYNC_WAIT_CTX *ctx = old_ctx();

	clear_fd(ctx, &key_a);
	no_fd(ctx, &key_a);
	all_fds_are(ctx, "11");
	IS(ASYNC_WAIT_CTX_clear_fd(ctx, &key_a), 0);
	changed_fds_are(ctx, "", "10");
}

static void removed_once(void)
{
	ASYNC_WAIT_CTX *ctx = old_ctx();

	clear_fd(ctx, &key_a);
	end_period(ctx);
	changed_fds_are(ctx, "", "");
	all_fds_are(ctx, "11");
}

static void removed_and_added(void)
{
	ASYNC_WAIT_CTX *ctx = old_ctx();

	clear_fd(ctx, &key_a);
	add_fd(ctx, &key_a, 10);
	changed_fds_are(ctx, "10", "10");
	fd_is(ctx, &key_a, 10);
	clear_fd(ctx, &key_a);
	changed_fds_are(ctx, "", "10");
	no_fd(ctx, &key_a);
}

static void newest_of_old_and_new(void)
{
	ASYNC_WAIT_CTX *ctx = old_ctx();

	add_fd(ctx, &key_a, 12);
	fd_is(ctx, &key_a, 12);
	clear_fd(ctx, &key_a);
	changed_fds_are(ctx, "", "");
	fd_is(ctx, &key_a, 10);
	clear_fd(ctx, &key_a);
	changed_fds_are(ctx, "", "10");
}

static void removed_no_cleanup(void)
{
	ASYNC_WAIT_CTX *ctx = old_ctx();

	clear_fd(ctx, &key_a);
	cleaned_up_are("");
	ASYNC_WAIT_CTX_free(ctx);
	cleaned_up_are("11");
}

static void dropped_no_cleanup(void)
{
	ASYNC_WAIT_CTX *ctx = old_ctx();

	clear_fd(ctx, &key_a);
	end_period(ctx);
	cleaned_up_are("");
	ASYNC_WAIT_CTX_free(ctx);
	cleaned_up_are("11");
}

/* Adds an fd, pauses, and finds the period at its end in ASYNC_pause_job(). */
static int add_and_pause(struct task *task)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_get_wait_ctx(ASYNC_get_current_job());

	add_fd(ctx, &key_a, 10);
	changed_fds_are(ctx, "10", "");
	ASYNC_pause_job();
	changed_fds_are(ctx, "", "");
	return task->n;
}

static void ends_when_resumed(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	struct task task;

	task_init(&task, add_and_pause, ctx);
	task_pauses(&task);
	changed_fds_are(ctx, "10", "");
	/* What comes between the pause and the resume is of that period too. */
	add_fd(ctx, &key_b, 11);
	changed_fds_are(ctx, "11 10", "");
	task_finishes(&task, 0);
	changed_fds_are(ctx, "", "");
	all_fds_are(ctx, "11 10");
}

static int clear_and_pause(struct task *task)
{
	clear_fd(task->ctx, &key_a);
	changed_fds_are(task->ctx, "", "10");
	ASYNC_pause_job();
	changed_fds_are(task->ctx, "", "");
	return 0;
}

static void removed_until_resumed(void)
{
	ASYNC_WAIT_CTX *ctx = old_ctx();
	struct task task;

	task_init(&task, clear_and_pause, ctx);
	task_pauses(&task);
	changed_fds_are(ctx, "", "10");
	task_finishes(&task, 0);
	changed_fds_are(ctx, "", "");
}

static int pause_and_add(struct task *task)
{
	ASYNC_pause_job();
	add_fd(task->ctx, &key_a, 10);
	return 0;
}

static void not_on_finish(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	struct task task;

	task_init(&task, pause_and_add, ctx);
	task_pauses(&task);
	task_finishes(&task, 0);
	changed_fds_are(ctx, "10", "");
}

static int still_added(struct task *task)
{
	changed_fds_are(task->ctx, "10", "");
	return 0;
}

static void not_on_start(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	struct task task;

	add_fd(ctx, &key_a, 10);
	task_init(&task, still_added, ctx);
	task_finishes(&task, 0);
	changed_fds_are(ctx, "10", "");
}

static void not_on_pause_outside(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	struct task task;

	task_init(&task, return_n, ctx);
	task_finishes(&task, 0);
	add_fd(ctx, &key_a, 10);
	IS(ASYNC_pause_job(), 1);
	changed_fds_are(ctx, "10", "");
}

static int pause_blocked(struct task *task)
{
	ASYNC_block_pause();
	add_fd(task->ctx, &key_a, 10);
	ASYNC_pause_job();
	changed_fds_are(task->ctx, "10", "");
	ASYNC_unblock_pause();
	return 0;
}

static void not_on_pause_blocked(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	struct task task;

	task_init(&task, pause_blocked, ctx);
	task_finishes(&task, 0);
	changed_fds_are(ctx, "10", "");
}

static void not_of_another_ctx(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	add_fd(ctx, &key_a, 10);
	end_period(new_ctx());
	changed_fds_are(ctx, "10", "");
}

const struct row period_rows[] = {
	{ "an fd of before stays", CODE, old_stays },
	{ "cleared, it is reported as removed", MAN, old_removed },
	{ "removed is not live", CODE, removed_is_not_live },
	{ "removed is reported once", CODE, removed_once },
	{ "removed and added anew is both", CODE, removed_and_added },
	{ "clear_fd: the new one before the old", CODE, newest_of_old_and_new },
	{ "clear_fd: of the old no cleanup, nor by free", MAN,
	  removed_no_cleanup },
	{ "end of the period: no cleanup of the removed", MAN,
	  dropped_no_cleanup },
	{ "ends in pause_job, once resumed: added", CODE, ends_when_resumed },
	{ "ends in pause_job, once resumed: removed", CODE,
	  removed_until_resumed },
	{ "not on FINISH", CODE, not_on_finish },
	{ "not on starting a job", CODE, not_on_start },
	{ "not on a pause outside a job", CODE, not_on_pause_outside },
	{ "not on a pause while blocked", CODE, not_on_pause_blocked },
	{ "not on the pause of another ctx's job", CODE, not_of_another_ctx },
	{ NULL, 0, NULL }
};
