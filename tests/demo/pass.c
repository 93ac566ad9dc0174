// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include "demo.h"

#define EVENTS		(DEMO_BY_FD + 2)
/* A chunk takes no time at all: this long means that one was lost */
#define WATCHDOG_MS	60000

/* Set in the application's own thread, so that callbacks know where they run */
static _Thread_local bool own_thread;
static int wake_fd;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* ASYNC_callback_fn: small, and does not block */
static int on_done(void *arg)
{
	struct demo_session *s = arg;

	atomic_fetch_add(own_thread ? &s->own_calls : &s->poller_calls, 1);
	/* Partner: the exchange in serve_told() */
	if (!atomic_exchange(&s->told, true) && !own_thread)
		eventfd_write(wake_fd, 1);
	return 0;
}

static void watch(const struct demo *demo, int fd, void *what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = what };

	if (epoll_ctl(demo->epoll_fd, EPOLL_CTL_ADD, fd, &event))
		demo_check(-errno, "epoll_ctl()");
}

static void unwatch(const struct demo *demo, int fd)
{
	epoll_ctl(demo->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

/* The fd that the library entered into the ctx */
static int ctx_fd(ASYNC_WAIT_CTX *ctx)
{
	size_t count = 0;
	int fd = -1;

	if (!ASYNC_WAIT_CTX_get_all_fds(ctx, NULL, &count) || count != 1)
		demo_fail("a wait ctx has %zu fds, not one", count);
	ASYNC_WAIT_CTX_get_all_fds(ctx, &fd, &count);
	return fd;
}

void demo_sessions_open(struct demo *demo)
{
	struct async_session *session;
	struct demo_session *s;
	size_t i;

	demo->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	demo->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (demo->epoll_fd < 0 || demo->wake_fd < 0)
		demo_check(-errno, "epoll_create1() or eventfd()");
	wake_fd = demo->wake_fd;
	own_thread = true;
	watch(demo, demo->wake_fd, demo);
	for (i = 0; i < DEMO_SESSIONS; i++) {
		s = &demo->sessions[i];
		s->ctx = ASYNC_WAIT_CTX_new();
		s->latency_ns = calloc(2 * demo->chunks / DEMO_SESSIONS + 2,
				       sizeof(*s->latency_ns));
		if (!s->ctx || !s->latency_ns)
			demo_check(-ENOMEM, "session");
		if (i >= DEMO_BY_FD) {
			ASYNC_WAIT_CTX_set_callback(s->ctx, on_done, s);
			continue;
		}
		demo_check(async_bind_session(demo->queue, s->ctx, &session),
			   "async_bind_session()");
		watch(demo, ctx_fd(s->ctx), s);
	}
}

void demo_sessions_close(struct demo *demo)
{
	size_t i;

	for (i = 0; i < DEMO_SESSIONS; i++) {
		ASYNC_WAIT_CTX_free(demo->sessions[i].ctx);
		free(demo->sessions[i].latency_ns);
	}
	close(demo->wake_fd);
	close(demo->epoll_fd);
}

/* Submits one chunk of a session; false: the device is full for now */
static bool submit(struct demo *demo, struct demo_session *s,
		   enum cryptosim_op opcode, struct demo_job *job)
{
	const struct demo_text *text = &demo->text;
	bool seal = opcode == CRYPTOSIM_OP_ENCRYPT;
	size_t at = s->next * DEMO_CHUNK;
	uint8_t iv[DEMO_IV];
	struct async_op op = {
		.opcode = opcode,
		.key = &demo->key,
		.iv = iv,
		.src = (seal ? text->plain : text->sealed) + at,
		.dst = (seal ? text->sealed : text->opened) + at,
		.len = demo_chunk_len(demo, s->next),
		.aad = text->aads + s->next * DEMO_AAD,
		.aad_len = DEMO_AAD,
		.tag = text->tags + s->next * DEMO_TAG,
	};
	int ret;

	demo_chunk_iv(s->next, iv);
	job->submitted_ns = now();
	ret = async_bind_submit(demo->queue, s->ctx, &op, &job->request);
	if (ASYNC_WAIT_CTX_get_status(s->ctx) == ASYNC_STATUS_EAGAIN)
		return false;
	demo_check(ret, "async_bind_submit()");
	s->next += DEMO_SESSIONS;
	return true;
}

/* Gives a session's idle jobs their next chunks */
static void fill(struct demo *demo, struct demo_session *s,
		 enum cryptosim_op opcode)
{
	size_t i;

	for (i = 0; i < DEMO_DEPTH && s->next < demo->chunks; i++)
		if (!s->jobs[i].request &&
		    !submit(demo, s, opcode, &s->jobs[i]))
			return;
}

/* Collects what is done of a session's */
static void collect(struct demo *demo, struct demo_session *s)
{
	struct demo_job *job;
	int ret;

	for (job = s->jobs; job < s->jobs + DEMO_DEPTH; job++) {
		if (!job->request || !async_done(job->request))
			continue;
		ret = demo_check(async_collect(job->request), "async_collect()");
		job->request = NULL;
		s->latency_ns[s->requests++] = now() - job->submitted_ns;
		s->bytes += (uint64_t)ret;
		demo_progress(++demo->done, demo->chunks);
	}
}

static void serve(struct demo *demo, struct demo_session *s,
		  enum cryptosim_op op)
{
	collect(demo, s);
	fill(demo, s, op);
}

/* Serves those whose callbacks have run */
static void serve_told(struct demo *demo, enum cryptosim_op op)
{
	struct demo_session *s = demo->sessions + DEMO_BY_FD;

	for (; s < demo->sessions + DEMO_SESSIONS; s++)
		if (atomic_exchange(&s->told, false))
			serve(demo, s, op);
}

/* Sleeps until there is something to do, and does it */
static void wait_and_serve(struct demo *demo, enum cryptosim_op op)
{
	struct epoll_event events[EVENTS];
	struct demo_session *s;
	eventfd_t count;
	int n, i;

	n = epoll_wait(demo->epoll_fd, events, EVENTS, WATCHDOG_MS);
	if (n <= 0)
		demo_fail("nothing came any more after %zu of %zu chunks",
			  demo->done, demo->chunks);
	for (i = 0; i < n; i++) {
		if (events[i].data.ptr == demo) {
			eventfd_read(demo->wake_fd, &count);
			continue;
		}
		demo_check(async_reap(demo->queue), "async_reap()");
		s = events[i].data.ptr;
		/* The queue's own fd stands for no session */
		if (!s)
			continue;
		s->wakeups++;
		serve(demo, s, op);
	}
	serve_told(demo, op);
}

/*
 * The decryption's callbacks come from the poller thread. The application
 * reaps as well there, when one of its fds is readable: what that takes off
 * the ring for the callbacks' sessions is called from here.
 */
void demo_pass(struct demo *demo, enum cryptosim_op op)
{
	bool poller = op == CRYPTOSIM_OP_DECRYPT;
	size_t i;

	demo->done = 0;
	if (poller)
		demo_check(async_poller_start(demo->queue), "poller");
	else
		watch(demo, async_queue_fd(demo->queue), NULL);
	for (i = 0; i < DEMO_SESSIONS; i++) {
		demo->sessions[i].next = i;
		fill(demo, &demo->sessions[i], op);
	}
	while (demo->done < demo->chunks)
		wait_and_serve(demo, op);
	if (poller)
		async_poller_stop(demo->queue);
	else
		unwatch(demo, async_queue_fd(demo->queue));
}
