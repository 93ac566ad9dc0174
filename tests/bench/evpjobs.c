// SPDX-License-Identifier: MIT
/*
 * OpenSSL's own jobs, as "openssl speed -async_jobs" has them: our provider in
 * them, or the afalg engine, which is what OpenSSL brings for jobs. A job waits
 * by the fds that its wait ctx has. System calls of the two can't be counted.
 *
 * This program has our jobs, too, under the same names: libcrypto's are looked
 * up. It must be linked such that libcrypto does not find ours (--exclude-libs).
 */
#define _GNU_SOURCE		/* RTLD_NEXT */
#define OPENSSL_SUPPRESS_DEPRECATED	/* engines */
#include <dlfcn.h>
#include <errno.h>
#include <openssl/async.h>
#include <openssl/engine.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "evp.h"

/* libcrypto's */
static struct {
	int (*start)(ASYNC_JOB **job, ASYNC_WAIT_CTX *ctx, int *ret,
		     int (*function)(void *arg), void *args, size_t size);
	ASYNC_WAIT_CTX *(*new)(void);
	void (*free)(ASYNC_WAIT_CTX *ctx);
	int (*get_fds)(ASYNC_WAIT_CTX *ctx, OSSL_ASYNC_FD *fds, size_t *count);
} lib;

struct jobs;

/**
 * struct job - a job that does one request after the other
 * @jobs: whose
 * @job: NULL: none is under way
 * @ctx: its wait ctx
 * @fd: what it waits for, in @jobs' epoll; -1: none yet
 * @evp: its requests
 */
struct job {
	struct jobs *jobs;
	ASYNC_JOB *job;
	ASYNC_WAIT_CTX *ctx;
	int fd;
	struct evp evp;
};

/**
 * struct jobs - all of them
 * @run: who uses them
 * @libctx: has our provider; NULL: @engine is used
 * @engine: the afalg engine; NULL: @libctx is used
 * @epoll: of all fds
 * @over: no further requests
 * @running: how many have not ended
 * @job: each
 */
struct jobs {
	struct bench_run *run;
	OSSL_LIB_CTX *libctx;
	ENGINE *engine;
	int epoll;
	bool over;
	unsigned int running;
	struct job job[BENCH_MAX_DEPTH];
};

static bool takes(const struct bench_point *point)
{
	return point->kind->evp && point->kind->op != CRYPTOSIM_OP_DIGEST &&
	       point->size && bench_kind_takes(point->kind, point->size);
}

/* The engine has nothing but CBC */
static bool takes_afalg(const struct bench_point *point)
{
	return takes(point) && !point->kind->aead;
}

/* A pointer to a function need not be convertible, but is as large */
static void look_up(void *function, const char *name)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	if (!symbol)
		bench_fail("libcrypto has no %s()", name);
	memcpy(function, &symbol, sizeof(symbol));
}

static void look_up_all(void)
{
	look_up(&lib.start, "ASYNC_start_job");
	look_up(&lib.new, "ASYNC_WAIT_CTX_new");
	look_up(&lib.free, "ASYNC_WAIT_CTX_free");
	look_up(&lib.get_fds, "ASYNC_WAIT_CTX_get_all_fds");
}

/* The engine makes its sockets for the job that it finds itself in */
static void open_engine(struct evp *evp, ENGINE *engine)
{
	evp->cipher = EVP_CIPHER_CTX_new();
	if (!evp->cipher ||
	    !EVP_EncryptInit_ex(evp->cipher, EVP_aes_128_cbc(), engine,
				bench_bytes, bench_bytes) ||
	    !EVP_CIPHER_CTX_set_padding(evp->cipher, 0))
		bench_fail("the afalg engine has no AES-128-CBC");
}

/* Runs in the job */
static int run_job(void *arg)
{
	struct job *job = *(struct job **)arg;
	struct bench_run *run = job->jobs->run;
	uint64_t begin, now;

	if (!job->evp.cipher) {
		if (job->jobs->engine)
			open_engine(&job->evp, job->jobs->engine);
		else
			evp_open(&job->evp, run->point->kind,
				 job->jobs->libctx);
	}
	while (!job->jobs->over) {
		begin = bench_stamp(run);
		evp_do(&job->evp, run->point);
		now = bench_stamp(run);
		bench_done(run, begin, now);
		job->jobs->over = bench_over(run, now);
	}
	return 0;
}

/* The fd is the same for the life of the wait ctx */
static void watch(struct job *job)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = job };
	OSSL_ASYNC_FD fd;
	size_t count = 0;

	if (!lib.get_fds(job->ctx, NULL, &count) || count != 1 ||
	    !lib.get_fds(job->ctx, &fd, &count))
		bench_fail("a paused job has %zu fds", count);
	if (epoll_ctl(job->jobs->epoll, EPOLL_CTL_ADD, fd, &event))
		bench_check(-errno, "epoll_ctl()");
	job->fd = fd;
}

static void resume(struct job *job)
{
	int ret;

	switch (lib.start(&job->job, job->ctx, &ret, run_job, &job,
			  sizeof(job))) {
	case ASYNC_PAUSE:
		if (job->fd < 0)
			watch(job);
		return;
	case ASYNC_FINISH:
		job->jobs->running--;
		return;
	default:
		bench_fail("libcrypto's ASYNC_start_job() failed");
	}
}

static struct jobs *open_jobs(struct bench_run *run)
{
	struct jobs *jobs = calloc(1, sizeof(*jobs));
	unsigned int i;

	if (!jobs)
		bench_fail("no memory");
	look_up_all();
	run->state = jobs;
	jobs->run = run;
	jobs->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < run->point->depth; i++) {
		jobs->job[i].jobs = jobs;
		jobs->job[i].ctx = lib.new();
		jobs->job[i].fd = -1;
	}
	return jobs;
}

/* Where the provider is: beside the program's directory */
static const char *module(void)
{
	static char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;
	int i;

	path[len > 0 ? len : 0] = '\0';
	for (i = 0; i < 2; i++) {
		slash = strrchr(path, '/');
		if (slash)
			*slash = '\0';
	}
	strncat(path, "/cryptosim.so", sizeof(path) - strlen(path) - 1);
	return path;
}

static const char *lacks_provider(void)
{
	static char reason[4200];

	if (!access(module(), R_OK))
		return NULL;
	snprintf(reason, sizeof(reason), "%s: %s", module(), strerror(errno));
	return reason;
}

static const char *lacks_afalg(void)
{
	ENGINE *engine = ENGINE_by_id("afalg");

	ENGINE_free(engine);
	return engine ? NULL : "this OpenSSL has no afalg engine";
}

/* As a user's openssl.cnf has it, with every length for the device */
static void load_provider(OSSL_LIB_CTX *libctx)
{
	char path[] = "/tmp/asyncbench.XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file)
		bench_fail("%s: %s", path, strerror(errno));
	fprintf(file, "openssl_conf = main\n"
		"[main]\nproviders = providers\nalg_section = algorithms\n"
		"[algorithms]\ndefault_properties = ?provider=cryptosim\n"
		"[providers]\ndefault = default_p\ncryptosim = cryptosim_p\n"
		"[default_p]\nactivate = 1\n"
		"[cryptosim_p]\nmodule = %s\nactivate = 1\nthreshold = 0\n",
		module());
	fclose(file);
	if (!OSSL_LIB_CTX_load_config(libctx, path))
		bench_fail("%s: OpenSSL does not load it", module());
	unlink(path);
}

static void open_provider(struct bench_run *run)
{
	struct jobs *jobs = open_jobs(run);

	jobs->libctx = OSSL_LIB_CTX_new();
	if (!jobs->libctx)
		bench_fail("no memory");
	load_provider(jobs->libctx);
}

static void open_afalg(struct bench_run *run)
{
	struct jobs *jobs = open_jobs(run);

	jobs->engine = ENGINE_by_id("afalg");
	if (!jobs->engine || !ENGINE_init(jobs->engine))
		bench_fail("OpenSSL's afalg engine does not start");
}

static void work(struct bench_run *run)
{
	struct epoll_event events[BENCH_MAX_DEPTH];
	struct jobs *jobs = run->state;
	unsigned int depth = run->point->depth;
	struct job *job;
	int count, i;

	jobs->over = false;
	jobs->running = depth;
	for (i = 0; i < (int)depth; i++)
		resume(&jobs->job[i]);
	while (jobs->running) {
		count = epoll_wait(jobs->epoll, events, (int)depth, -1);
		for (i = 0; i < count; i++) {
			job = events[i].data.ptr;
			/* One that has ended may be told of once too often */
			if (job->job)
				resume(job);
		}
	}
}

static void close_jobs(struct bench_run *run)
{
	struct jobs *jobs = run->state;
	unsigned int i;

	for (i = 0; i < run->point->depth; i++) {
		evp_close(&jobs->job[i].evp);
		lib.free(jobs->job[i].ctx);
	}
	OSSL_LIB_CTX_free(jobs->libctx);
	if (jobs->engine) {
		ENGINE_finish(jobs->engine);
		ENGINE_free(jobs->engine);
	}
	close(jobs->epoll);
	free(jobs);
}

const struct bench_way bench_evp_provider = {
	.name = "openssl-provider", .uncounted = true, .takes = takes,
	.lacks = lacks_provider,
	.open = open_provider, .work = work, .close = close_jobs,
};

const struct bench_way bench_evp_afalg = {
	.name = "openssl-afalg", .rival = true, .uncounted = true,
	.takes = takes_afalg, .lacks = lacks_afalg,
	.open = open_afalg, .work = work, .close = close_jobs,
};
