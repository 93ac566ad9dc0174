// SPDX-License-Identifier: MIT
/* The parent's side of a row: a child process, and what is made of its end. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "run.h"

/* Of the child, s: ends a hang, and is far beyond what any row needs. */
#define TIME_LIMIT	60

/*
 * An implementation that claims to answer where OpenSSL does not is compiled
 * with STRICT=1: known weaknesses are failures then.
 */
#ifndef STRICT
#define STRICT 0
#endif

__attribute__((noreturn))
static void run_child(const struct row *row, int reason_fd)
{
	struct rlimit no_core = { 0 };

	setrlimit(RLIMIT_CORE, &no_core);
	if (dup2(reason_fd, REASON_FD) < 0)
		_exit(FAILED);
	alarm(TIME_LIMIT);
	row->test();
	_exit(OK);
}

/* All that the child says until its end. */
static void read_reason(int fd, char *reason)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, reason + len, MAX_REASON - len);
		if (n > 0)
			len += n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	reason[len] = '\0';
}

/* The child died: of which signal, or of the time limit's. */
static void judge_death(const struct row *row, int sig, struct outcome *outcome)
{
	outcome->verdict = row->source == PLUS ? WEAK : FAILED;
	if (sig == SIGALRM)
		snprintf(outcome->reason, sizeof(outcome->reason),
			 "hangs: no end within %d s", TIME_LIMIT);
	else
		snprintf(outcome->reason, sizeof(outcome->reason),
			 "crashes (%s)", strsignal(sig));
}

static void judge(const struct row *row, int status, struct outcome *outcome)
{
	if (WIFSIGNALED(status))
		judge_death(row, WTERMSIG(status), outcome);
	else
		outcome->verdict = WEXITSTATUS(status);
	if (outcome->verdict > SKIPPED ||
	    (outcome->verdict == WEAK && (row->source != PLUS || STRICT)))
		outcome->verdict = FAILED;
	if (outcome->verdict != OK && !outcome->reason[0])
		snprintf(outcome->reason, sizeof(outcome->reason),
			 "ended with exit status %d", WEXITSTATUS(status));
}

void run_row(const struct row *row, struct outcome *outcome)
{
	int fds[2], status;
	pid_t child;

	*outcome = (struct outcome) { .verdict = OK };
	child = pipe(fds) ? -1 : fork();
	if (child < 0) {
		perror("conformance: no child process");
		exit(EXIT_FAILURE);
	}
	if (child == 0) {
		close(fds[0]);
		run_child(row, fds[1]);
	}
	close(fds[1]);
	read_reason(fds[0], outcome->reason);
	close(fds[0]);
	waitpid(child, &status, 0);
	judge(row, status, outcome);
}
