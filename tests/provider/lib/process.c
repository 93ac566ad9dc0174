// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "control/counters.h"
#include "harness.h"
#include "process.h"

#define LINE		1024

void process_config(const char *section)
{
	static char path[64];

	if (*path)
		unlink(path);
	harness_config(section, path, sizeof(path));
	setenv("OPENSSL_CONF", path, 1);
	setenv("PATH", "/bin:/usr/bin:/usr/sbin", 1);
}

void process_files(void)
{
	process_sh("cd /tmp\n"
		   "export OPENSSL_CONF=/dev/null\n"
		   "exec 2>/dev/null\n"
		   "openssl req -x509 -newkey ec -nodes \\\n"
		   "    -pkeyopt ec_paramgen_curve:P-256 -subj /CN=test \\\n"
		   "    -keyout key.pem -out cert.pem -days 2\n"
		   "cat cert.pem key.pem >both.pem\n"
		   "dd if=/dev/urandom of=" PROCESS_BULK " bs=64k count=%u",
		   (PROCESS_BULK_LEN >> 16) + 4);
}

void process_sh(const char *format, ...)
{
	char line[LINE];
	va_list args;
	int status;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	status = system(line);
	cr_assert(WIFEXITED(status) && !WEXITSTATUS(status), "%s: %x", line,
		  status);
}

/* Gives a file to its standard output, and then nothing. */
static void feed(const char *path)
{
	char mem[16384];
	ssize_t n;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(path, O_RDONLY);
	while ((n = read(fd, mem, sizeof(mem))) > 0)
		if (write(1, mem, n) != n)
			_exit(0);
	for (;;)
		pause();
}

/*
 * Starts a feeder, which is no child of the program's: some wait for all of
 * theirs. Returns what the program is to read from.
 */
static int start_feeder(const char *in)
{
	int ends[2];
	pid_t pid;

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (!pid) {
		dup2(ends[1], 1);
		close(ends[0]);
		feed(in);
	}
	close(ends[1]);
	return ends[0];
}

static void redirect_output(const char *path, int to)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || dup2(fd, to) != to)
		_exit(126);
	close(fd);
}

pid_t process_spawn(const char *in, const char *out, const char *format, ...)
{
	char line[LINE] = "exec ", err[LINE];
	va_list args;
	pid_t pid;
	int input;

	va_start(args, format);
	vsnprintf(line + 5, sizeof(line) - 5, format, args);
	va_end(args);
	snprintf(err, sizeof(err), "%s.err", out);
	/* Before anybody looks at them */
	unlink(out);
	unlink(err);
	input = start_feeder(in);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid) {
		close(input);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(input, 0);
	redirect_output(out, 1);
	redirect_output(err, 2);
	execl("/bin/sh", "sh", "-c", line, NULL);
	_exit(127);
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static void moment(void)
{
	static const struct timespec ms = { .tv_nsec = 1000000 };

	nanosleep(&ms, NULL);
}

int process_end(pid_t pid, int signal)
{
	time_t end = now() + PROCESS_WATCHDOG;
	int status = 0;
	pid_t ret;

	if (signal)
		kill(pid, signal);
	do {
		ret = waitpid(pid, &status, WNOHANG);
		moment();
	} while (!ret && now() < end);
	cr_assert_eq(ret, pid, "process %d does not end", pid);
	return status;
}

bool process_crashed(int status)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE };
	size_t i;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (WIFSIGNALED(status) && WTERMSIG(status) == faults[i])
			return true;
	return false;
}

void process_grown(const char *path, size_t len)
{
	time_t end = now() + PROCESS_WATCHDOG;
	struct stat stat_ = { 0 };

	while ((stat(path, &stat_) || (size_t)stat_.st_size < len) &&
	       now() < end)
		moment();
	cr_assert_geq((size_t)stat_.st_size, len, "%s: %zu bytes of %zu", path,
		      (size_t)stat_.st_size, len);
}

/* Not by a connection, which a server would take for a client's. */
void process_listens(int port)
{
	process_sh("cat >/tmp/listens <<END\n"
		   "until grep -qs ':%04X 0*:0000 0A ' /proc/net/tcp*\n"
		   "do usleep 10000\n"
		   "done\n"
		   "END\n"
		   "timeout %d sh /tmp/listens", port, PROCESS_WATCHDOG);
}

uint64_t process_count(pid_t pid, const char *name, enum outcome outcome)
{
	struct counters *counters;
	uint64_t sum = 0;
	unsigned int i;
	int ret;

	ret = control_counters(pid, &counters);
	cr_assert_eq(ret, 0, "%d", ret);
	for (i = 0; i < COUNTERS_ALGS; i++)
		if (!name || !strcmp(name, counters->algs[i].name))
			sum += counters->algs[i].count[outcome];
	free(counters);
	return sum;
}

unsigned long long process_summed(const char *path, const char *word)
{
	unsigned long long sum = 0;
	char line[LINE];
	char *found;
	FILE *file;

	file = fopen(path, "re");
	cr_assert_not_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, "cryptosim[", 10))
			continue;
		found = strstr(line, word);
		if (!found)
			continue;
		/* Back to the beginning of the number before the word */
		while (found > line && found[-1] >= '0' && found[-1] <= '9')
			found--;
		sum += strtoull(found, NULL, 10);
	}
	fclose(file);
	return sum;
}
