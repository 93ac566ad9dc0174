// SPDX-License-Identifier: MIT
#include "guest.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "raw.h"

/* Lets the others run. Returns false when the watchdog's time is over */
static bool pause_until(const struct timespec *end)
{
	static const struct timespec moment = { .tv_nsec = 200000 };
	struct timespec now;

	nanosleep(&moment, NULL);
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec < end->tv_sec;
}

static struct timespec watchdog(void)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += RAW_WATCHDOG_MS / 1000;
	return end;
}

void guest_load(const char *params)
{
	/* What a test left behind that died */
	control_unload();
	cr_assert_eq(control_load(NULL, params), 0);
}

void guest_unload(void)
{
	cr_assert_eq(control_unload(), 0);
}

struct control_stats guest_stats(unsigned int device)
{
	struct control_device answer;

	cr_assert_eq(control_device(device, &answer), 0);
	return answer.stats;
}

void guest_queues_gone(unsigned int device)
{
	struct timespec end = watchdog();
	struct control_device answer;

	do {
		cr_assert_eq(control_device(device, &answer), 0);
	} while (answer.queues && pause_until(&end));
	cr_assert_eq(answer.queues, 0, "%u queues are left", answer.queues);
}

unsigned int guest_rounds(unsigned int count)
{
	const char *slower = getenv("CRYPTOSIM_SLOWER");
	unsigned int times = slower ? strtoul(slower, NULL, 10) : 1;

	return times && times < count ? count / times : 1;
}

void guest_wait(const uint32_t *word, uint32_t value)
{
	struct timespec end = watchdog();

	while ((int32_t)(raw_load(word) - value) < 0 && pause_until(&end))
		;
	cr_assert_geq((int32_t)(raw_load(word) - value), 0, "%u, not %u",
		      raw_load(word), value);
}

void guest_child(int (*function)(void *arg), void *arg)
{
	int status;
	pid_t pid;

	pid = fork();
	cr_assert_geq(pid, 0);
	if (!pid)
		_exit(function(arg));
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status), "died by signal %d", WTERMSIG(status));
	cr_assert_eq(WEXITSTATUS(status), 0, "step %d failed",
		     WEXITSTATUS(status));
}

/* The third word of stat, after a name that has no blank, proc(5) */
static char thread_state(pid_t tid)
{
	char state = '?';
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	file = fopen(path, "re");
	cr_assert_not_null(file);
	if (fscanf(file, "%*d %*s %c", &state) != 1)
		state = '?';
	fclose(file);
	return state;
}

void guest_asleep(pid_t tid)
{
	struct timespec end = watchdog();
	char state;

	do {
		state = thread_state(tid);
	} while (state != 'S' && pause_until(&end));
	cr_assert_eq(state, 'S', "the thread's state is %c", state);
}

pid_t guest_engine(void)
{
	char line[64];
	pid_t pid = 0;
	glob_t found;
	FILE *file;
	size_t i;

	/* It is named like its line, proc(5) */
	cr_assert_eq(glob("/proc/[0-9]*/comm", 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc && !pid; i++) {
		file = fopen(found.gl_pathv[i], "re");
		if (!file)
			continue;
		if (fgets(line, sizeof(line), file) &&
		    !strcmp(line, "cryptosim0-0\n"))
			pid = atoi(found.gl_pathv[i] + strlen("/proc/"));
		fclose(file);
	}
	globfree(&found);
	cr_assert_neq(pid, 0);
	return pid;
}

int guest_run(struct raw_queue *queue, const struct cryptosim_sqe *sqe)
{
	struct cryptosim_cqe cqe;
	int ret;

	ret = raw_run(queue, sqe, &cqe);
	cr_assert_eq(ret, 0, "%d", ret);
	return cqe.result;
}
