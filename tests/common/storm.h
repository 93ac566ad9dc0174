/* SPDX-License-Identifier: MIT */
/*
 * Random interleavings of all that can be done with jobs, wait ctxs, sessions
 * and requests, each of them right at any time: start, resume, reap, submit,
 * collect, cancel, close, and freeing a wait ctx whose job is paused.
 */
#ifndef COMMON_STORM_H
#define COMMON_STORM_H

#include <stdint.h>
#include <libasync/async.h>

/**
 * struct storm - how long, and what there was of each
 * @steps: how many are to be done, at least: more, until all of what follows was
 *	there
 * @seed: in: of the random numbers; a run is repeated by it
 * @finished: jobs that came to their end
 * @pauses: how often one paused
 * @fulls: how often one found the ring full
 * @abandoned: jobs whose wait ctx was freed while they were paused
 * @collected: requests outside jobs that were collected
 * @cancelled: likewise, that were cancelled
 * @orphaned: sessions that were closed with requests in flight
 * @calls: callbacks that were run
 */
struct storm {
	unsigned int steps;
	uint64_t seed;
	unsigned int finished;
	unsigned int pauses;
	unsigned int fulls;
	unsigned int abandoned;
	unsigned int collected;
	unsigned int cancelled;
	unsigned int orphaned;
	_Atomic unsigned int calls;
};

/**
 * storm_run() - do it
 * @storm: see there
 * @queue: a small one, so that it is full at times; somebody executes for it
 * @cq_entries: its size
 *
 * Ends with nothing in flight and all slots of the queue free. What goes wrong
 * fails the test, and so does a run in which something never happened.
 */
void storm_run(struct storm *storm, struct async_queue *queue,
	       unsigned int cq_entries);

#endif /* COMMON_STORM_H */
