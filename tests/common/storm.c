// SPDX-License-Identifier: MIT
#include <criterion/criterion.h>
#include <errno.h>
#include <openssl/async.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libasync/job.h>
#include "rng.h"
#include "storm.h"

#define ACTORS		12u
#define LOOSE		6u	/* requests outside jobs */
#define TEXT		96u

/**
 * struct task - what a job works on, on the heap: a use after its end shows
 * @stage: whose it is
 * @dst: where the result goes
 * @ops: how many operations the job does
 */
struct task {
	struct stage *stage;
	uint8_t dst[TEXT];
	unsigned int ops;
};

/**
 * struct actor - who starts and resumes a job
 * @ctx: its wait ctx; NULL: it has none, nor a job
 * @job: the paused job
 * @task: the job's
 */
struct actor {
	ASYNC_WAIT_CTX *ctx;
	ASYNC_JOB *job;
	struct task *task;
};

/**
 * struct loose - a session outside jobs, and a request of its
 * @session: the session
 * @request: the request; NULL: none
 * @dst: where its result goes, on the heap
 */
struct loose {
	struct async_session *session;
	struct async_request *request;
	uint8_t *dst;
};

/**
 * struct stage - where it all happens
 * @storm: what is counted
 * @rng: chance
 * @queue: the queue
 * @key: of a cipher
 * @want: what comes of @src
 * @src: the one text
 * @error: what went wrong; NULL: nothing
 */
struct stage {
	struct storm *storm;
	struct rng rng;
	struct async_queue *queue;
	struct async_key key;
	uint8_t want[TEXT];
	uint8_t src[TEXT];
	struct actor actors[ACTORS];
	struct loose loose[LOOSE];
	const char *error;
};

static const uint8_t iv[CRYPTOSIM_IV_LEN];

static int on_done(void *arg)
{
	struct storm *storm = arg;

	storm->calls++;
	return 1;
}

/* The job: each operation gives what the first of all gave */
static int act(void *arg)
{
	struct task *task = *(struct task **)arg;
	struct stage *stage = task->stage;
	unsigned int i;
	int ret;

	for (i = 0; i < task->ops; i++) {
		memset(task->dst, 0, TEXT);
		ret = async_job_cipher(stage->queue, &stage->key,
				       CRYPTOSIM_OP_ENCRYPT, iv, stage->src,
				       task->dst, TEXT);
		if (ret != TEXT)
			return ret;
		if (memcmp(task->dst, stage->want, TEXT))
			return -1;
	}
	return TEXT;
}

static void actor_end(struct actor *actor)
{
	ASYNC_WAIT_CTX_free(actor->ctx);
	free(actor->task);
	*actor = (struct actor) { NULL };
}

/* Starts the job, or resumes it */
static void actor_go(struct stage *stage, struct actor *actor)
{
	struct storm *storm = stage->storm;
	int ret = 0;

	switch (ASYNC_start_job(&actor->job, actor->ctx, &ret, act,
				&actor->task, sizeof(actor->task))) {
	case ASYNC_FINISH:
		storm->finished++;
		if (ret != TEXT)
			stage->error = "a job's operation failed";
		actor_end(actor);
		break;
	case ASYNC_PAUSE:
		storm->pauses++;
		storm->fulls += ASYNC_WAIT_CTX_get_status(actor->ctx) ==
				ASYNC_STATUS_EAGAIN;
		break;
	default:
		stage->error = "a job could not be started or resumed";
	}
}

static void actor_begin(struct stage *stage, struct actor *actor)
{
	actor->ctx = ASYNC_WAIT_CTX_new();
	actor->task = calloc(1, sizeof(*actor->task));
	if (!actor->ctx || !actor->task)
		abort();
	actor->task->stage = stage;
	actor->task->ops = 1 + rng_below(&stage->rng, 3);
	if (rng_below(&stage->rng, 2))
		ASYNC_WAIT_CTX_set_callback(actor->ctx, on_done, stage->storm);
	actor_go(stage, actor);
}

static struct actor *any_actor(struct stage *stage)
{
	return &stage->actors[rng_below(&stage->rng, ACTORS)];
}

static struct loose *any_loose(struct stage *stage)
{
	return &stage->loose[rng_below(&stage->rng, LOOSE)];
}

static void step_go(struct stage *stage)
{
	struct actor *actor = any_actor(stage);

	if (actor->ctx)
		actor_go(stage, actor);
	else
		actor_begin(stage, actor);
}

/* All of it: what the job works on is gone when its request completes */
static void step_abandon(struct stage *stage)
{
	struct actor *actor = any_actor(stage);

	if (!actor->ctx)
		return;
	actor_end(actor);
	stage->storm->abandoned++;
}

static void loose_end(struct loose *loose)
{
	free(loose->dst);
	loose->dst = NULL;
	loose->request = NULL;
}

static void step_submit(struct stage *stage)
{
	struct loose *loose = any_loose(stage);
	struct async_op op = {
		.opcode = CRYPTOSIM_OP_ENCRYPT,
		.key = &stage->key,
		.session = loose->session,
		.iv = iv,
		.src = stage->src,
		.len = TEXT,
	};

	if (loose->request || !loose->session)
		return;
	loose->dst = malloc(TEXT);
	op.dst = loose->dst;
	if (async_prepare(stage->queue, &op, 1, &loose->request) != 1)
		loose_end(loose);
	/* Now, or with a later one */
	if (rng_below(&stage->rng, 2))
		async_submit(stage->queue);
}

static void step_collect(struct stage *stage)
{
	struct loose *loose = any_loose(stage);

	if (!loose->request || !async_done(loose->request))
		return;
	if (async_collect(loose->request) != TEXT ||
	    memcmp(loose->dst, stage->want, TEXT))
		stage->error = "a request gave something else";
	loose_end(loose);
	stage->storm->collected++;
}

static void step_cancel(struct stage *stage)
{
	struct loose *loose = any_loose(stage);

	if (!loose->request)
		return;
	if (async_cancel(loose->request) < 0)
		stage->error = "a request could not be cancelled";
	loose_end(loose);
	stage->storm->cancelled++;
}

/* Closes a session with what it has in flight, or opens one */
static void step_session(struct stage *stage)
{
	struct loose *loose = any_loose(stage);

	if (!loose->session) {
		if (async_session_open(stage->queue, &loose->session))
			stage->error = "a session could not be opened";
		return;
	}
	stage->storm->orphaned += !!loose->request;
	async_session_close(loose->session);
	loose->session = NULL;
	loose_end(loose);
}

static void step_callback(struct stage *stage)
{
	struct loose *loose = any_loose(stage);

	if (loose->session)
		async_session_set_callback(loose->session,
					   rng_below(&stage->rng, 2) ?
					   on_done : NULL, stage->storm);
}

static void step_reap(struct stage *stage)
{
	if (async_reap(stage->queue) < 0)
		stage->error = "the queue could not be reaped";
}

/* Lets the device catch up, if it has anything */
static void step_wait(struct stage *stage)
{
	if (async_wait(stage->queue, 1, 10000000) == -ESHUTDOWN)
		stage->error = "the queue could not be waited for";
}

/* Twice is twice as likely */
static void (*const steps[])(struct stage *stage) = {
	step_go, step_go, step_go, step_go, step_go, step_go,
	step_reap, step_reap, step_wait,
	step_submit, step_submit, step_submit,
	step_collect, step_collect,
	step_cancel, step_session, step_callback, step_abandon,
};

/* Outside a job and with nothing else about: what all others are to give */
static bool begin(struct stage *stage)
{
	const struct async_key_params params = {
		.alg = CRYPTOSIM_ALG_AES_CBC,
		.key = stage->src,
		.key_len = 16,
	};

	rng_fill(&stage->rng, stage->src, TEXT);
	return !async_key_add(stage->queue, &params, &stage->key) &&
	       async_job_cipher(stage->queue, &stage->key,
				CRYPTOSIM_OP_ENCRYPT, iv, stage->src,
				stage->want, TEXT) == TEXT;
}

static bool all_ended(struct stage *stage)
{
	unsigned int i;
	bool ended = true;

	for (i = 0; i < ACTORS; i++) {
		if (stage->actors[i].ctx)
			actor_go(stage, &stage->actors[i]);
		ended &= !stage->actors[i].ctx;
	}
	return ended;
}

/* A NOP, as soon as there is room for it; false: there will be none */
static bool nop_fits(struct stage *stage, struct async_request **request)
{
	const struct async_op nop = { .opcode = CRYPTOSIM_OP_NOP };
	int outstanding = 1;

	for (;;) {
		if (async_prepare(stage->queue, &nop, 1, request) == 1)
			return true;
		/* When it was seen that nothing is, all of that had come back */
		if (!outstanding)
			return false;
		outstanding = async_submit_wait(stage->queue, 1, ASYNC_FOREVER);
	}
}

/* All slots come back, also those of what was given up */
static bool slots_free(struct stage *stage, unsigned int cq_entries)
{
	struct async_request *requests[cq_entries];
	unsigned int n = 0, i;

	while (n < cq_entries && nop_fits(stage, &requests[n]))
		n++;
	async_submit(stage->queue);
	for (i = 0; i < n; i++) {
		while (!async_done(requests[i]))
			async_submit_wait(stage->queue, 1, ASYNC_FOREVER);
		async_collect(requests[i]);
	}
	return n == cq_entries;
}

static void end(struct stage *stage, unsigned int cq_entries)
{
	unsigned int i;

	async_submit(stage->queue);
	for (i = 0; i < LOOSE; i++) {
		async_session_close(stage->loose[i].session);
		loose_end(&stage->loose[i]);
	}
	while (!stage->error && !all_ended(stage))
		sched_yield();
	for (i = 0; i < ACTORS; i++)
		if (stage->actors[i].ctx)
			actor_end(&stage->actors[i]);
	if (!stage->error && !slots_free(stage, cq_entries))
		stage->error = "not all slots came back";
	async_key_del(stage->queue, &stage->key);
}

/* Whether there was some of everything; else it has shown nothing of that */
static bool complete(const struct storm *storm)
{
	return storm->finished && storm->pauses && storm->fulls &&
	       storm->abandoned && storm->collected && storm->cancelled &&
	       storm->orphaned && storm->calls;
}

static const char *weather(struct stage *stage, unsigned int cq_entries)
{
	const unsigned int least = stage->storm->steps;
	unsigned int i;

	if (!begin(stage))
		return "the reference failed";
	for (i = 0; i < least || (i < 100 * least && !complete(stage->storm));
	     i++) {
		if (stage->error)
			break;
		steps[rng_below(&stage->rng,
				sizeof(steps) / sizeof(*steps))](stage);
	}
	end(stage, cq_entries);
	return stage->error;
}

void storm_run(struct storm *storm, struct async_queue *queue,
	       unsigned int cq_entries)
{
	struct stage stage = {
		.storm = storm,
		.rng = { storm->seed },
		.queue = queue,
	};
	const char *error;

	cr_log_info("CRYPTOSIM_SEED=%#llx", (unsigned long long)storm->seed);
	error = weather(&stage, cq_entries);
	ASYNC_cleanup_thread();
	cr_assert_null(error, "%s", error);
	cr_log_info("%u jobs, %u pauses, %u full, %u abandoned, %u collected, %u cancelled, %u orphaned, %u callbacks",
		    storm->finished, storm->pauses, storm->fulls,
		    storm->abandoned, storm->collected, storm->cancelled,
		    storm->orphaned, storm->calls);
	cr_assert(complete(storm));
}
