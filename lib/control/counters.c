// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "counters.h"

/* How each outcome is called: in a table's head, and in JSON */
static const struct {
	const char *title;
	const char *key;
} outcomes[OUTCOMES] = {
	[OUTCOME_OFFLOADED] = { "offloaded", "offloaded" },
	[OUTCOME_NO_JOB] = { "no job", "no_job" },
	[OUTCOME_SHORT] = { "short", "short" },
	[OUTCOME_NO_DEVICE] = { "no device", "no_device" },
	[OUTCOME_FULL] = { "full", "full" },
	[OUTCOME_FAILED] = { "failed", "failed" },
	[OUTCOME_UNSUITED] = { "unsuited", "unsuited" },
};

/* Reads all of it. Returns 0 or a negative errno. */
static int read_page(int fd, struct counters *page)
{
	struct stat stat;

	if (fstat(fd, &stat) || stat.st_size != sizeof(*page))
		return -EPROTO;
	if (pread(fd, page, sizeof(*page), 0) != sizeof(*page))
		return -EIO;
	return page->magic == COUNTERS_MAGIC ? 0 : -EPROTO;
}

/* One of a process's fds. Returns 0; -ENOENT: it is not the process's page. */
static int try_fd(int dir, const char *name, pid_t pid, struct counters *page)
{
	static const char prefix[] = "/memfd:" COUNTERS_NAME;
	char target[64];
	ssize_t len;
	int fd, ret;

	len = readlinkat(dir, name, target, sizeof(target));
	if (len < (ssize_t)sizeof(prefix) - 1 ||
	    memcmp(target, prefix, sizeof(prefix) - 1))
		return -ENOENT;
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = read_page(fd, page);
	close(fd);
	/* A child has its parent's until it counts for itself */
	return !ret && page->pid != pid ? -ENOENT : ret;
}

static DIR *open_fds(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	return opendir(path);
}

static int find_page(pid_t pid, struct counters *page)
{
	const struct dirent *entry;
	int ret = -ENOENT;
	DIR *dir;

	dir = open_fds(pid);
	if (!dir)
		return errno == ENOENT ? -ESRCH : -errno;
	while (ret == -ENOENT && (entry = readdir(dir)))
		ret = try_fd(dirfd(dir), entry->d_name, pid, page);
	closedir(dir);
	return ret;
}

int control_counters(pid_t pid, struct counters **counters)
{
	struct counters *page = malloc(sizeof(*page));
	int ret;

	if (!page)
		return -ENOMEM;
	ret = find_page(pid, page);
	if (ret)
		free(page);
	else
		*counters = page;
	return ret;
}

static uint64_t total(const _Atomic uint64_t *count)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < OUTCOMES; i++)
		sum += count[i];
	return sum;
}

static void print_head(FILE *file, const char *title)
{
	unsigned int i;

	fprintf(file, "%-24s", title);
	for (i = 0; i < OUTCOMES; i++)
		fprintf(file, " %10s", outcomes[i].title);
	fputc('\n', file);
}

static void print_row(FILE *file, const char *name,
		      const _Atomic uint64_t *count)
{
	unsigned int i;

	fprintf(file, "%-24s", name);
	for (i = 0; i < OUTCOMES; i++)
		fprintf(file, " %10llu", (unsigned long long)count[i]);
	fputc('\n', file);
}

void control_print_counters(FILE *file, const struct counters *counters)
{
	const struct counters_session *session;
	char name[32];
	unsigned int i;

	print_head(file, "algorithm");
	for (i = 0; i < COUNTERS_ALGS; i++)
		if (total(counters->algs[i].count))
			print_row(file, counters->algs[i].name,
				  counters->algs[i].count);
	fprintf(file, "\n%llu sessions so far, %llu of them not listed\n",
		(unsigned long long)counters->opened,
		(unsigned long long)counters->unlisted);
	print_head(file, "session");
	for (i = 0; i < COUNTERS_SESSIONS; i++) {
		session = &counters->sessions[i];
		if (!session->thread)
			continue;
		snprintf(name, sizeof(name), "thread %d fd %d",
			 session->thread, session->fd);
		print_row(file, name, session->count);
	}
}

static void json_counts(FILE *file, const _Atomic uint64_t *count)
{
	unsigned int i;

	for (i = 0; i < OUTCOMES; i++)
		fprintf(file, ",\"%s\":%llu", outcomes[i].key,
			(unsigned long long)count[i]);
	fputc('}', file);
}

void control_print_counters_json(FILE *file, const struct counters *counters)
{
	const struct counters_session *session;
	const char *comma = "";
	unsigned int i;

	fprintf(file, "{\"pid\":%d,\"algorithms\":[", counters->pid);
	for (i = 0; i < COUNTERS_ALGS; i++) {
		if (!total(counters->algs[i].count))
			continue;
		fprintf(file, "%s{\"name\":\"%s\"", comma,
			counters->algs[i].name);
		json_counts(file, counters->algs[i].count);
		comma = ",";
	}
	fprintf(file, "],\"opened\":%llu,\"unlisted\":%llu,\"sessions\":[",
		(unsigned long long)counters->opened,
		(unsigned long long)counters->unlisted);
	comma = "";
	for (i = 0; i < COUNTERS_SESSIONS; i++) {
		session = &counters->sessions[i];
		if (!session->thread)
			continue;
		fprintf(file, "%s{\"thread\":%d,\"fd\":%d", comma,
			session->thread, session->fd);
		json_counts(file, session->count);
		comma = ",";
	}
	fputs("]}\n", file);
}
