// SPDX-License-Identifier: GPL-2.0-only
/* Included by ../latency.c. */
#ifdef CSIM_SELFTEST

/*
 * A line of which the timer never fires by itself: what it would do is asked
 * of latency_release() and latency_decide() at times of the test's choice, far
 * ahead of the clock.
 */
#define LATENCY_BASE	(KTIME_MAX / 2)

struct latency_fixture {
	struct csim_config config;
	struct csim_line line;
	struct csim_request req[4];
};

static void latency_setup(struct latency_fixture *f, u64 latency_ns)
{
	memset(f, 0, sizeof(*f));
	f->config = (struct csim_config) {
		.latency_ns = latency_ns,
		.moderation_count = 3,
		.moderation_ns = 100,
	};
	f->line.config = &f->config;
	csim_latency_init(&f->line);
}

static void latency_hold(struct latency_fixture *f, int i, s64 due)
{
	timerqueue_init(&f->req[i].due);
	f->req[i].due.expires = LATENCY_BASE + due;
	timerqueue_add(&f->line.held, &f->req[i].due);
}

/* What the timer does at @now; the same steps as latency_timer() */
static bool latency_at(struct latency_fixture *f, s64 now)
{
	unsigned long flags;
	bool raise;

	raw_spin_lock_irqsave(&f->line.lock, flags);
	f->line.armed = false;
	raise = latency_expire(&f->line, LATENCY_BASE + now);
	raw_spin_unlock_irqrestore(&f->line.lock, flags);
	return raise;
}

static bool latency_armed_for(struct latency_fixture *f, s64 when)
{
	return f->line.armed && f->line.expires == LATENCY_BASE + when;
}

/* The handler took all that was ready */
static void latency_handled(struct latency_fixture *f)
{
	csim_fifo_take(&f->line.ready);
}

static void latency_nothing_test(struct kunit *test)
{
	static struct latency_fixture f;

	latency_setup(&f, 1000);
	KUNIT_EXPECT_FALSE(test, latency_at(&f, 0));
	KUNIT_EXPECT_FALSE(test, f.line.armed);
	csim_latency_exit(&f.line);
}

static void latency_due_test(struct kunit *test)
{
	static struct latency_fixture f;

	latency_setup(&f, 1000);
	latency_hold(&f, 0, 1000);
	latency_hold(&f, 1, 5000);
	KUNIT_EXPECT_FALSE(test, latency_at(&f, 999));
	KUNIT_EXPECT_TRUE(test, latency_armed_for(&f, 1000));
	KUNIT_EXPECT_FALSE(test, f.line.ready.first);
	/* The next is too far away to wait for it */
	KUNIT_EXPECT_TRUE(test, latency_at(&f, 1000));
	KUNIT_EXPECT_TRUE(test, latency_armed_for(&f, 5000));
	latency_handled(&f);
	KUNIT_EXPECT_TRUE(test, latency_at(&f, 5001));
	KUNIT_EXPECT_FALSE(test, f.line.armed);
	csim_latency_exit(&f.line);
}

static void latency_company_test(struct kunit *test)
{
	static struct latency_fixture f;

	latency_setup(&f, 1000);
	latency_hold(&f, 0, 1000);
	latency_hold(&f, 1, 1090);
	latency_hold(&f, 2, 1101);
	KUNIT_EXPECT_FALSE(test, latency_at(&f, 1000));
	KUNIT_EXPECT_TRUE(test, latency_armed_for(&f, 1090));
	/* The third comes after the first one's patience */
	KUNIT_EXPECT_TRUE(test, latency_at(&f, 1090));
	csim_latency_exit(&f.line);
}

static void latency_count_test(struct kunit *test)
{
	static struct latency_fixture f;
	int i;

	latency_setup(&f, 1000);
	for (i = 0; i < 4; i++)
		latency_hold(&f, i, 1000 + i);
	KUNIT_EXPECT_FALSE(test, latency_at(&f, 1000));
	KUNIT_EXPECT_FALSE(test, latency_at(&f, 1001));
	KUNIT_EXPECT_TRUE(test, latency_at(&f, 1002));
	csim_latency_exit(&f.line);
}

/* Without latency the timer only ends the patience of what is ready */
static void latency_moderation_test(struct kunit *test)
{
	static struct latency_fixture f;

	latency_setup(&f, 0);
	KUNIT_EXPECT_FALSE(test, latency_at(&f, 0));
	KUNIT_EXPECT_FALSE(test, f.line.armed);
	f.line.oldest_ns = LATENCY_BASE + 50;
	csim_fifo_add(&f.line.ready, &f.req[0].node);
	KUNIT_EXPECT_FALSE(test, latency_at(&f, 149));
	KUNIT_EXPECT_TRUE(test, latency_armed_for(&f, 150));
	KUNIT_EXPECT_TRUE(test, latency_at(&f, 150));
	csim_latency_exit(&f.line);
}

static struct kunit_case latency_cases[] = {
	KUNIT_CASE(latency_nothing_test),
	KUNIT_CASE(latency_due_test),
	KUNIT_CASE(latency_company_test),
	KUNIT_CASE(latency_count_test),
	KUNIT_CASE(latency_moderation_test),
	{ }
};

struct kunit_suite csim_latency_suite = {
	.name = "cryptosim-latency",
	.test_cases = latency_cases,
};

#endif /* CSIM_SELFTEST */
