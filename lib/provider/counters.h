/* SPDX-License-Identifier: MIT */
/*
 * What became of each operation, counted in memory that others can look at: a
 * memfd of the process that counts, which lies at /proc/PID/fd for its user and
 * for root, and which goes with the process however that ends. cryptosimctl
 * reads it. Both sides are of one build; the magic tells one layout from
 * another.
 */
#ifndef LIB_PROVIDER_COUNTERS_H
#define LIB_PROVIDER_COUNTERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Of the memfd, as /proc/PID/fd shows it behind "/memfd:" */
#define COUNTERS_NAME		"cryptosim-counters"
#define COUNTERS_MAGIC		0x31746e636d697363ull	/* "csimcnt1" */
#define COUNTERS_ALGS		32
#define COUNTERS_SESSIONS	4096

/**
 * enum outcome - what became of an operation
 * @OUTCOME_OFFLOADED: the device did it
 * @OUTCOME_NO_JOB: software: nobody could have waited, it was in no job
 * @OUTCOME_SHORT: software: fewer bytes than the threshold
 * @OUTCOME_NO_DEVICE: software: no device, or no permission for it
 * @OUTCOME_FULL: software: no room on the ring, in the arena, for a session or
 *	for a key
 * @OUTCOME_FAILED: the device failed it; software, or an error, as configured
 * @OUTCOME_UNSUITED: software: the device can't do it: a text that comes in
 *	pieces with one tag for all, lengths it does not take
 * @OUTCOMES: how many there are
 */
enum outcome {
	OUTCOME_OFFLOADED,
	OUTCOME_NO_JOB,
	OUTCOME_SHORT,
	OUTCOME_NO_DEVICE,
	OUTCOME_FULL,
	OUTCOME_FAILED,
	OUTCOME_UNSUITED,
	OUTCOMES
};

/**
 * struct counters_alg - operations of an algorithm
 * @name: the algorithm's; empty: none. Written when the page is made
 * @count: how many ended so. Any thread adds
 */
struct counters_alg {
	char name[32];
	_Atomic uint64_t count[OUTCOMES];
};

/**
 * struct counters_session - operations in jobs of one wait ctx
 * @fd: the session's
 * @thread: thread id of the queue's owner; 0: the row is free. Claimed by
 *	whoever opens the session, freed by whoever closes it
 * @count: how many ended so; the session's user adds
 */
struct counters_session {
	int32_t fd;
	_Atomic int32_t thread;
	_Atomic uint64_t count[OUTCOMES];
};

/**
 * struct counters - the page
 * @magic: COUNTERS_MAGIC; written last
 * @pid: the process that counts
 * @algs: by the index of the cipher in the provider's table
 * @opened: sessions there were
 * @unlisted: of these, how many found no free row
 * @sessions: those there are
 */
struct counters {
	_Atomic uint64_t magic;
	int32_t pid;
	struct counters_alg algs[COUNTERS_ALGS];
	_Atomic uint64_t opened;
	_Atomic uint64_t unlisted;
	struct counters_session sessions[COUNTERS_SESSIONS];
};

/**
 * counters_add() - count an operation
 * @alg: index of the cipher in the provider's table
 * @outcome: what became of it
 * @session: its session's row; NULL: none
 *
 * The page is made by the first call in each process. Without memory for one
 * nothing is counted. Any thread.
 */
void counters_add(unsigned int alg, enum outcome outcome,
		  struct counters_session *session);

/**
 * counters_session_open() - a row for a session
 * @fd: the session's
 *
 * Any thread; the session's queue is the calling thread's.
 *
 * Return: the row; NULL: none is free.
 */
struct counters_session *counters_session_open(int fd);

/**
 * counters_session_close() - the end of a session
 * @session: its row, of this process; NULL is a no-op
 *
 * Any thread.
 */
void counters_session_close(struct counters_session *session);

/**
 * counters_summary() - have the counts printed to standard error at exit
 *
 * For this process and its children. A process that ends by a signal or by
 * _exit(2) prints nothing.
 */
void counters_summary(void);

#endif /* LIB_PROVIDER_COUNTERS_H */
