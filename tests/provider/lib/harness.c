// SPDX-License-Identifier: MIT
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/control.h"
#include "control/counters.h"
#include "harness.h"

#define WAIT_MS	60000

void harness_config(const char *section, char *path, size_t size)
{
	FILE *file;
	int fd;

	snprintf(path, size, "/tmp/openssl.XXXXXX");
	fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	file = fdopen(fd, "w");
	cr_assert_not_null(file);
	fprintf(file,
		"openssl_conf = main\n"
		"[main]\nproviders = providers\nalg_section = algorithms\n"
		"[algorithms]\ndefault_properties = ?provider=cryptosim\n"
		"[providers]\ndefault = default_p\ncryptosim = cryptosim_p\n"
		"[default_p]\nactivate = 1\n"
		"[cryptosim_p]\nmodule = " HARNESS_MODULE "\nactivate = 1\n%s\n",
		section ? section : "");
	cr_assert_eq(fclose(file), 0);
}

OSSL_LIB_CTX *harness_open(const char *section)
{
	OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
	char path[64];

	cr_assert_not_null(libctx);
	harness_config(section, path, sizeof(path));
	cr_assert_eq(OSSL_LIB_CTX_load_config(libctx, path), 1);
	unlink(path);
	cr_assert_eq(OSSL_PROVIDER_available(libctx, "cryptosim"), 1);
	return libctx;
}

struct call {
	int (*function)(void *arg);
	void *arg;
};

static int call(void *copy)
{
	const struct call *call = copy;

	return call->function(call->arg);
}

bool harness_start(struct harness_job *job, int (*function)(void *arg),
		   void *arg)
{
	struct call args = { function, arg };
	int status;

	status = ASYNC_start_job(&job->job, job->ctx, &job->ret, call, &args,
				 sizeof(args));
	cr_assert(status == ASYNC_PAUSE || status == ASYNC_FINISH, "%d",
		  status);
	job->pauses += status == ASYNC_PAUSE;
	return status == ASYNC_PAUSE;
}

int harness_fd(ASYNC_WAIT_CTX *ctx)
{
	OSSL_ASYNC_FD fd = -1;
	size_t n = 0;

	cr_assert_eq(ASYNC_WAIT_CTX_get_all_fds(ctx, NULL, &n), 1);
	cr_assert_eq(n, 1, "%zu fds", n);
	cr_assert_eq(ASYNC_WAIT_CTX_get_all_fds(ctx, &fd, &n), 1);
	return fd;
}

void harness_wait(const struct harness_job *job)
{
	struct pollfd pollfd = {
		.fd = harness_fd(job->ctx),
		.events = POLLIN,
	};
	int ret;

	do {
		ret = poll(&pollfd, 1, WAIT_MS);
	} while (ret < 0 && errno == EINTR);
	cr_assert_eq(ret, 1, "nothing to read in %d ms", WAIT_MS);
}

unsigned int harness_run(int (*function)(void *arg), void *arg)
{
	struct harness_job job = { .ctx = ASYNC_WAIT_CTX_new() };

	cr_assert_not_null(job.ctx);
	while (harness_start(&job, function, arg))
		harness_wait(&job);
	cr_assert_eq(job.ret, 1);
	ASYNC_WAIT_CTX_free(job.ctx);
	return job.pauses;
}

uint64_t harness_count(const char *name, enum outcome outcome)
{
	struct counters *counters;
	uint64_t sum = 0;
	unsigned int i;
	int ret;

	ret = control_counters(getpid(), &counters);
	if (ret == -ENOENT)
		return 0;
	cr_assert_eq(ret, 0, "%d", ret);
	for (i = 0; i < COUNTERS_ALGS; i++)
		if (!name || !strcmp(name, counters->algs[i].name))
			sum += counters->algs[i].count[outcome];
	free(counters);
	return sum;
}

unsigned int harness_sessions(void)
{
	struct counters *counters;
	unsigned int i, n = 0;

	if (control_counters(getpid(), &counters))
		return 0;
	for (i = 0; i < COUNTERS_SESSIONS; i++)
		n += counters->sessions[i].thread != 0;
	free(counters);
	return n;
}

unsigned int harness_queues(void)
{
	struct control_device device;

	cr_assert_eq(control_device(0, &device), 0);
	return device.queues;
}

void harness_random(uint8_t *mem, size_t len, uint32_t seed)
{
	uint32_t x = seed * 2654435761u + 12345;
	size_t i;

	for (i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		mem[i] = x;
	}
}
