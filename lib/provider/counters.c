// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/fork.h"
#include "counters.h"
#include "ciphers.h"

/**
 * struct own - the page of a process
 * @token: whether this process made it; a child makes its own
 * @page: the page
 * @fd: its memfd
 */
struct own {
	const _Atomic uint32_t *token;
	struct counters *page;
	int fd;
};

static struct own *_Atomic current;
static atomic_bool summary;

static struct counters *page_map(int fd)
{
	void *mem;

	if (ftruncate(fd, sizeof(struct counters)))
		return NULL;
	mem = mmap(NULL, sizeof(struct counters), PROT_READ | PROT_WRITE,
		   MAP_SHARED, fd, 0);
	return mem == MAP_FAILED ? NULL : mem;
}

static void page_fill(struct counters *page)
{
	unsigned int i;

	for (i = 0; i < CIPHERS && i < COUNTERS_ALGS; i++)
		snprintf(page->algs[i].name, sizeof(page->algs[i].name), "%s",
			 ciphers[i].name);
	page->pid = getpid();
	/* Partner: the reader's load-acquire, before it reads the rest */
	atomic_store_explicit(&page->magic, COUNTERS_MAGIC,
			      memory_order_release);
}

static struct own *own_make(void)
{
	struct own *own = calloc(1, sizeof(*own));

	if (!own)
		return NULL;
	if (async_fork_token_new(&own->token))
		goto free_own;
	own->fd = memfd_create(COUNTERS_NAME, MFD_CLOEXEC);
	if (own->fd < 0)
		goto free_token;
	own->page = page_map(own->fd);
	if (!own->page)
		goto close_fd;
	page_fill(own->page);
	return own;

close_fd:
	close(own->fd);
free_token:
	async_fork_token_free(own->token);
free_own:
	free(own);
	return NULL;
}

static void own_drop(struct own *own)
{
	munmap(own->page, sizeof(*own->page));
	close(own->fd);
	async_fork_token_free(own->token);
	free(own);
}

/* The page, made if this process has none; two threads may try. */
static struct counters *own_page_new(struct own *old)
{
	int saved = errno;
	struct own *own = own_make();

	errno = saved;
	if (!own)
		return NULL;
	if (!atomic_compare_exchange_strong(&current, &old, own)) {
		own_drop(own);
		return old->page;
	}
	/* What a child inherited is of no use to it; its memory may be, to a
	 * thread that was counting when another forked: only the fd goes
	 */
	if (old)
		close(old->fd);
	return own->page;
}

static inline struct counters *own_page(void)
{
	struct own *own = atomic_load_explicit(&current, memory_order_acquire);

	if (own && fork_owner(own->token))
		return own->page;
	return own_page_new(own);
}

static inline void count(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

void counters_add(unsigned int alg, enum outcome outcome,
		  struct counters_session *session)
{
	struct counters *page = own_page();

	if (!page)
		return;
	count(&page->algs[alg].count[outcome]);
	if (session)
		count(&session->count[outcome]);
}

struct counters_session *counters_session_open(int fd)
{
	struct counters *page = own_page();
	struct counters_session *session;
	unsigned int i, outcome;
	int32_t none;

	if (!page)
		return NULL;
	count(&page->opened);
	for (i = 0; i < COUNTERS_SESSIONS; i++) {
		session = &page->sessions[i];
		none = 0;
		if (!atomic_compare_exchange_strong(&session->thread, &none,
						    gettid()))
			continue;
		session->fd = fd;
		for (outcome = 0; outcome < OUTCOMES; outcome++)
			atomic_store_explicit(&session->count[outcome], 0,
					      memory_order_relaxed);
		return session;
	}
	count(&page->unlisted);
	return NULL;
}

void counters_session_close(struct counters_session *session)
{
	if (session)
		atomic_store(&session->thread, 0);
}

void counters_summary(void)
{
	atomic_store(&summary, true);
}

static uint64_t summary_line(FILE *file, const struct counters_alg *alg)
{
	uint64_t total = 0;
	unsigned int i;

	for (i = 0; i < OUTCOMES; i++)
		total += alg->count[i];
	if (total)
		fprintf(file,
			"cryptosim[%d]: %s: %llu offloaded; in software: %llu no job, %llu short, %llu no device, %llu full, %llu failed, %llu unsuited\n",
			getpid(), alg->name,
			(unsigned long long)alg->count[OUTCOME_OFFLOADED],
			(unsigned long long)alg->count[OUTCOME_NO_JOB],
			(unsigned long long)alg->count[OUTCOME_SHORT],
			(unsigned long long)alg->count[OUTCOME_NO_DEVICE],
			(unsigned long long)alg->count[OUTCOME_FULL],
			(unsigned long long)alg->count[OUTCOME_FAILED],
			(unsigned long long)alg->count[OUTCOME_UNSUITED]);
	return total;
}

/*
 * At the end of the process, which comes after every teardown. The object is
 * linked with -z nodelete, so that dlclose(3) does not come here.
 */
static __attribute__((destructor)) void counters_exit(void)
{
	struct own *own = atomic_load(&current);
	uint64_t total = 0;
	unsigned int i;

	if (!atomic_load(&summary))
		return;
	if (own && fork_owner(own->token)) {
		for (i = 0; i < CIPHERS; i++)
			total += summary_line(stderr, &own->page->algs[i]);
	}
	if (!total)
		fprintf(stderr, "cryptosim[%d]: no operations\n", getpid());
}
