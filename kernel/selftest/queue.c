// SPDX-License-Identifier: GPL-2.0-only
/* Included by ../queue.c. */
#ifdef CSIM_SELFTEST

/* Beyond what any queue here has: a list that goes on into freed memory */
#define QUEUE_MANY	10000

static unsigned int queue_count_free(const struct csim_queue *queue)
{
	const struct llist_node *node = queue->free;
	unsigned int count = 0;

	for (; node && count < QUEUE_MANY; node = node->next)
		count++;
	return count;
}

/* As many as can be in flight, and one run of the handler */
static void queue_requests_test(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, queue_requests(1), 2);
	KUNIT_EXPECT_EQ(test, queue_requests(CSIM_IRQ_BUDGET),
			2 * CSIM_IRQ_BUDGET);
	KUNIT_EXPECT_EQ(test, queue_requests(CRYPTOSIM_MAX_ENTRIES),
			CRYPTOSIM_MAX_ENTRIES + CSIM_IRQ_BUDGET);
}

/* A second attempt finds nothing of the first */
static void queue_again_test(struct kunit *test)
{
	struct csim_queue *queue = kzalloc(sizeof(*queue), GFP_KERNEL);
	unsigned int i;

	KUNIT_EXPECT_TRUE(test, queue);
	if (!queue)
		return;
	queue->cq_entries = 8;
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, queue_alloc_requests(queue), 0);
		KUNIT_EXPECT_EQ(test, queue_count_free(queue), 16);
		kvfree(queue->requests);
	}
	kfree(queue);
}

static struct kunit_case queue_cases[] = {
	KUNIT_CASE(queue_requests_test),
	KUNIT_CASE(queue_again_test),
	{ }
};

struct kunit_suite csim_queue_suite = {
	.name = "cryptosim-queue",
	.test_cases = queue_cases,
};

#endif /* CSIM_SELFTEST */
