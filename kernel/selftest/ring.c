// SPDX-License-Identifier: GPL-2.0-only
/* Included by ../ring.c. */
#ifdef CSIM_SELFTEST

struct ring_case {
	u32 sq_head;
	u32 sq_tail;
	u32 cq_head;
	u32 pending;
};

/* An SQ of 8 and a CQ of 16 */
static const struct ring_case ring_rows[] = {
	{ 0, 0, 0, 0 },			/* empty */
	{ 0, 1, 0, 1 },
	{ 0, 8, 0, 8 },			/* full */
	{ 0, 9, 0, 0 },			/* sq_tail beyond the ring */
	{ 5, 4, 5, 0 },			/* sq_tail behind sq_head */
	{ 0, U32_MAX, 0, 0 },
	{ U32_MAX - 2, 5, U32_MAX - 2, 8 },	/* sq_tail wrapped */
	{ U32_MAX - 2, 6, U32_MAX - 2, 0 },
	{ 3, 8, U32_MAX - 4, 5 },	/* cq_head not yet wrapped */
	{ 15, 23, 0, 1 },		/* room for one CQE */
	{ 16, 24, 0, 0 },		/* CQ full */
	{ 16, 24, 1, 1 },		/* one reaped */
	{ 16, 24, 16, 8 },		/* all reaped */
	{ 16, 24, 17, 0 },		/* cq_head ahead of all that was taken */
	{ 17, 24, 0, 0 },		/* cq_head too far behind */
};

static void ring_pending_test(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ring_rows); i++) {
		const struct ring_case *row = &ring_rows[i];

		KUNIT_EXPECT_EQ(test, row->pending,
				csim_ring_pending(row->sq_head, row->sq_tail, 8,
						  row->cq_head, 16));
	}
}

/* However many are taken and reaped, CQEs in flight and unreaped fit the CQ */
static void ring_room_test(struct kunit *test)
{
	u32 sq_head = U32_MAX - 1000, sq_tail = sq_head, cq_head = sq_head;
	unsigned int i;

	for (i = 0; i < 4000; i++) {
		u32 pending;

		sq_tail = sq_head + (i * 7) % 9;
		pending = csim_ring_pending(sq_head, sq_tail, 8, cq_head, 16);
		sq_head += pending;
		KUNIT_EXPECT_TRUE(test, sq_head - cq_head <= 16);
		cq_head += (i * 5) % (sq_head - cq_head + 1);
	}
}

static void ring_waiter_test(struct kunit *test)
{
	struct csim_queue_device shown = { .cq_tail = 2 };
	struct csim_queue queue = { .shown = &shown };
	struct ring_waiter waiter = { .queue = &queue };

	waiter.target = 2;
	KUNIT_EXPECT_TRUE(test, ring_waiter_done(&waiter));
	waiter.target = 3;
	KUNIT_EXPECT_FALSE(test, ring_waiter_done(&waiter));
	waiter.target = U32_MAX;
	KUNIT_EXPECT_TRUE(test, ring_waiter_done(&waiter));
	shown.cq_tail = U32_MAX;
	waiter.target = 1;
	KUNIT_EXPECT_FALSE(test, ring_waiter_done(&waiter));
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(ring_pending_test),
	KUNIT_CASE(ring_room_test),
	KUNIT_CASE(ring_waiter_test),
	{ }
};

struct kunit_suite csim_ring_suite = {
	.name = "cryptosim-ring",
	.test_cases = ring_cases,
};

#endif /* CSIM_SELFTEST */
