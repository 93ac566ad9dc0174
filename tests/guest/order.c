// SPDX-License-Identifier: MIT
/*
 * Exactly once: two million requests of random kinds and sizes over 16 sessions
 * on one queue, 8 told by fd and 8 by callback, one million with callbacks from
 * the application's own polling call and one million with a poller thread
 * beside it. Each completes once and comes to what it should, none is lost, and
 * each callback runs once.
 */
#include <criterion/criterion.h>
#include <libasync/async.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "guest.h"
#include "mix.h"
#include "op.h"
#include "rng.h"

#define REQUESTS	1000000u
#define SESSIONS	16
#define BY_FD		8	/* the first ones; the others by callback */
#define DEPTH		256u	/* in flight at once */
#define BURST		32u	/* prepared at once, at most */
#define EVENTS		(SESSIONS + 2)
#define PROGRESS_NS	5000000000ull
/* No completion for so long means that one was lost */
#define WATCHDOG_NS	60000000000ull
#define SLEEP_MS	10000

struct session;

/* A request in flight, in its session's list; or in the list of free ones */
struct slot {
	struct slot *next;
	struct session *session;
	struct async_request *request;
	unsigned int number;
	struct mix_slot mix;
};

/* @called and @ready are also written by whichever thread reaps */
struct session {
	struct async_session *session;
	struct slot *flying;
	unsigned int submitted;
	unsigned int collected;
	atomic_uint called;
	atomic_bool ready;
};

static struct async_queue *queue;
static struct session sessions[SESSIONS];
static struct slot slots[DEPTH];
static struct slot *free_slots;
static unsigned char seen[REQUESTS];
static unsigned int total, submitted, collected, reaped;
static atomic_uint called_elsewhere;
static _Thread_local bool in_main;
static int wake_fd, epoll_fd;
static struct rng rng;

static int on_done(void *arg)
{
	struct session *s = arg;
	uint64_t one = 1;

	atomic_fetch_add(&s->called, 1);
	if (!in_main)
		atomic_fetch_add(&called_elsewhere, 1);
	/* Partner: collect_session() takes the mark before it looks */
	if (!atomic_exchange(&s->ready, true) && !in_main &&
	    write(wake_fd, &one, sizeof(one)) != sizeof(one))
		abort();
	return 0;
}

static void watch(int fd, void *what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = what };

	cr_assert_eq(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event), 0);
}

static void open_sessions(void)
{
	struct session *s;

	for (s = sessions; s < sessions + SESSIONS; s++) {
		cr_assert_eq(async_session_open(queue, &s->session), 0);
		if (s < sessions + BY_FD)
			watch(async_session_fd(s->session), s);
		else
			async_session_set_callback(s->session, on_done, s);
	}
}

static void setup(void)
{
	struct async_queue_params params = {
		.sq_entries = DEPTH / 2,
		.cq_entries = DEPTH,
		.arena_size = MIX_ARENA(DEPTH),
	};
	unsigned int i;

	total = guest_rounds(REQUESTS);
	guest_load(NULL);
	cr_assert_eq(async_queue_open(&queue, 0, &params), 0);
	in_main = true;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	cr_assert_geq(epoll_fd, 0);
	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	cr_assert_geq(wake_fd, 0);
	watch(wake_fd, &wake_fd);
	open_sessions();
	mix_open(queue);
	for (i = 0; i < DEPTH; i++) {
		mix_slot_open(&slots[i].mix);
		slots[i].next = free_slots;
		free_slots = &slots[i];
	}
	rng.state = rng_seed();
	cr_log_info("CRYPTOSIM_SEED=%#llx", (unsigned long long)rng.state);
}

static void teardown(void)
{
	unsigned int i;

	for (i = 0; i < SESSIONS; i++)
		async_session_close(sessions[i].session);
	for (i = 0; i < DEPTH; i++)
		mix_slot_close(&slots[i].mix);
	mix_close();
	async_queue_close(queue);
	close(wake_fd);
	close(epoll_fd);
	guest_unload();
}

TestSuite(order, .init = setup, .fini = teardown);

static void fly(struct slot *slot, struct async_request *request)
{
	struct session *s = slot->session;

	slot->request = request;
	slot->number = submitted++;
	slot->next = s->flying;
	s->flying = slot;
	s->submitted++;
}

/* Prepares and submits a burst of random size; returns what was taken */
static unsigned int submit_burst(void)
{
	unsigned int want = 1 + rng_below(&rng, BURST), n = 0, i;
	struct async_request *requests[BURST];
	struct async_op ops[BURST];
	struct slot *burst[BURST];
	int ret;

	for (; n < want && free_slots && submitted + n < total; n++) {
		burst[n] = free_slots;
		free_slots = free_slots->next;
		burst[n]->session = &sessions[rng_below(&rng, SESSIONS)];
		mix_pick(&burst[n]->mix, &rng);
		ops[n] = burst[n]->mix.op;
		ops[n].session = burst[n]->session->session;
	}
	ret = n ? async_prepare(queue, ops, n, requests) : 0;
	cr_assert_geq(ret, 0, "async_prepare(): %s", strerror(-ret));
	for (i = 0; i < (unsigned int)ret; i++)
		fly(burst[i], requests[i]);
	for (; i < n; i++) {
		burst[i]->next = free_slots;
		free_slots = burst[i];
	}
	if (ret)
		cr_assert_eq(async_submit(queue), ret);
	return (unsigned int)ret;
}

static void collect(struct slot *slot)
{
	int ret = async_collect(slot->request);

	cr_assert(mix_good(&slot->mix, ret),
		  "request %u: op %d of %zu bytes: %d, should be %d",
		  slot->number, slot->mix.op.opcode, slot->mix.op.len, ret,
		  slot->mix.result);
	cr_assert_eq(seen[slot->number]++, 0, "request %u came twice",
		     slot->number);
	slot->session->collected++;
	collected++;
	slot->next = free_slots;
	free_slots = slot;
}

static void collect_session(struct session *s)
{
	struct slot **link = &s->flying, *slot;

	atomic_store(&s->ready, false);
	while (*link) {
		slot = *link;
		if (!async_done(slot->request)) {
			link = &slot->next;
			continue;
		}
		*link = slot->next;
		collect(slot);
	}
}

static void reap(void)
{
	int ret = async_reap(queue);

	cr_assert_geq(ret, 0, "async_reap(): %s", strerror(-ret));
	reaped += (unsigned int)ret;
}

/* Sleeps until there is something to do, and does it */
static void wait_and_collect(void)
{
	struct epoll_event events[EVENTS];
	struct session *s;
	uint64_t count;
	int n, i;

	n = epoll_wait(epoll_fd, events, EVENTS, SLEEP_MS);
	reap();
	for (i = 0; i < n; i++) {
		s = events[i].data.ptr;
		if (events[i].data.ptr == &wake_fd)
			(void)!read(wake_fd, &count, sizeof(count));
		else if (s >= sessions && s < sessions + SESSIONS)
			collect_session(s);
	}
	for (s = sessions + BY_FD; s < sessions + SESSIONS; s++)
		if (atomic_load(&s->ready))
			collect_session(s);
}

/* Says now and then how far it is; fails if it gets no further */
static void show_progress(void)
{
	static unsigned int last;
	static uint64_t moved, shown;
	uint64_t now = op_now();

	if (collected != last || !moved)
		moved = now;
	last = collected;
	cr_assert_lt(now - moved, WATCHDOG_NS, "%u submitted, only %u came",
		     submitted, collected);
	if (now - shown < PROGRESS_NS)
		return;
	if (shown)
		cr_log_info("%u of %u", collected, total);
	shown = now;
}

static void run(void)
{
	while (collected < total) {
		while (submit_burst())
			;
		wait_and_collect();
		show_progress();
	}
}

static void check_sessions(void)
{
	struct session *s;
	unsigned int want;

	for (s = sessions; s < sessions + SESSIONS; s++) {
		want = s < sessions + BY_FD ? 0 : s->submitted;
		cr_expect_eq(s->collected, s->submitted);
		cr_expect_eq(atomic_load(&s->called), want,
			     "session %td: %u callbacks for %u requests",
			     s - sessions, atomic_load(&s->called), want);
	}
}

/* The device's own account, and that nothing comes after the end */
static void check_device(void)
{
	struct control_stats stats = guest_stats(0);

	cr_expect_eq(async_reap(queue), 0);
	cr_expect_eq(async_wait(queue, 1, 0), 0);
	cr_expect_eq(stats.requests, total);
	cr_expect_eq(stats.completions, total);
	cr_expect_lt(stats.interrupts, total);
	cr_log_info("%llu interrupts, %llu doorbells",
		    (unsigned long long)stats.interrupts,
		    (unsigned long long)stats.doorbells);
}

Test(order, own_polling_call)
{
	watch(async_queue_fd(queue), queue);
	run();
	check_sessions();
	check_device();
	cr_expect_eq(reaped, total);
	cr_expect_eq(atomic_load(&called_elsewhere), 0);
}

Test(order, poller_thread)
{
	cr_assert_eq(async_poller_start(queue), 0);
	run();
	async_poller_stop(queue);
	check_sessions();
	check_device();
	cr_log_info("%u callbacks in the poller thread",
		    atomic_load(&called_elsewhere));
}
