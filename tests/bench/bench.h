/* SPDX-License-Identifier: MIT */
/*
 * asyncbench: what a request costs, by each way of waiting, beside rivals that
 * are measured in between.
 *
 *	main.c		options, and which points are measured
 *	kinds.c		what a request does
 *	run.c		one point, once
 *	count.c		system calls, CPU time, context switches, interrupts
 *	device.c	a queue with its slots, for the ways
 *	ways.c		our ways of waiting
 *	queues.c	more than one queue
 *	memory.c	what a session holds
 *	jobs.c		the job path of the drop-in
 *	uring.c		rival: io_uring's NOP; and the contention check
 *	afalg.c		rival: AF_ALG by the raw socket
 *	afaio.c		rival: the same by AIO
 *	kcapi.c		rival: AF_ALG by libkcapi, with and without AIO
 *	cipher.c	rival: the kernel's cipher alone, by the module in cipher/
 *	evp.c		rival: OpenSSL in this process
 *	evpjobs.c	OpenSSL's jobs, with our provider; rival: with its engine
 *	stats.c		percentiles, medians, spread
 *	report.c	table, JSON, CSV
 *	plot.c		SVG
 *	insn.c		instructions per request, their floors and targets
 *
 * A point is a kind of request, its size, how many are in flight, and a way. It
 * is measured in rounds, all points in each round, so that what disturbs the
 * machine for a while does not hit one of them alone.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <linux/cryptosim.h>

#define BENCH_MAX_DEPTH	128u
#define BENCH_MAX_SIZE	16384u
#define BENCH_MAX_ROUNDS 32u
#define BENCH_TAG	16
#define BENCH_DIGEST	64	/* bytes of it at most */

/**
 * struct bench_kind - what a request does
 * @name: in options and reports
 * @op: the operation
 * @alg: its algorithm, where @op is not NOP
 * @key_len: bytes of key; 0: none
 * @iv_len: bytes of IV; 0: none
 * @tag_len: bytes of tag (AEAD) or digest
 * @aead: whether it has a tag beside the text
 * @block: the size is a multiple of this
 * @af_type: what AF_ALG calls it; NULL: nothing
 * @af_name: likewise
 * @evp: libcrypto's name for it; NULL: none
 */
struct bench_kind {
	const char *name;
	enum cryptosim_op op;
	enum cryptosim_alg alg;
	unsigned int key_len;
	unsigned int iv_len;
	unsigned int tag_len;
	bool aead;
	unsigned int block;
	const char *af_type;
	const char *af_name;
	const char *evp;
};

struct bench_way;

/**
 * struct bench_point - what is measured
 * @kind: what a request does
 * @way: who does it, and how that is waited for
 * @size: bytes of text
 * @depth: requests in flight, 1 to BENCH_MAX_DEPTH; for session fds more
 */
struct bench_point {
	const struct bench_kind *kind;
	const struct bench_way *way;
	unsigned int size;
	unsigned int depth;
};

/**
 * struct bench_samples - latencies of a round, ns
 * @ns: the first @room of them
 * @count: how many there are
 * @room: how many there can be
 */
struct bench_samples {
	uint64_t *ns;
	size_t count;
	size_t room;
};

/**
 * struct bench_run - a point being measured, once
 * @point: what
 * @device: N of /dev/cryptosimN
 * @goal: end after so many requests; 0: at @deadline_ns
 * @deadline_ns: CLOCK_MONOTONIC, ns
 * @samples: where latencies go; NULL: no clock is looked at
 * @done: requests that are done
 * @state: the way's own
 */
struct bench_run {
	const struct bench_point *point;
	unsigned int device;
	uint64_t goal;
	uint64_t deadline_ns;
	struct bench_samples *samples;
	uint64_t done;
	void *state;
};

/**
 * struct bench_way - one way of having requests done
 * @name: in options and reports
 * @rival: it is none of ours
 * @unpaced: it waits by spinning: nothing for one CPU
 * @queues: how many it has, if that is what it is about
 * @inlined: the doorbell executes, instead of an engine
 * @uncounted: a library's system calls are in it that nobody sees
 * @takes: whether it can do that
 * @lacks: why this machine has it not; NULL, or returns that: it has
 * @open: makes @state; ends the program if it can't
 * @work: keeps @depth requests in flight until bench_over(), then waits for
 *	the rest
 * @close: frees @state
 */
struct bench_way {
	const char *name;
	bool rival;
	bool unpaced;
	bool inlined;
	bool uncounted;
	unsigned int queues;
	bool (*takes)(const struct bench_point *point);
	const char *(*lacks)(void);
	void (*open)(struct bench_run *run);
	void (*work)(struct bench_run *run);
	void (*close)(struct bench_run *run);
};

/* What a round comes to. Counts are per request, times ns. */
enum bench_figure {
	FIG_OPS,	/* requests per second */
	FIG_MBS,	/* 10^6 bytes of text per second */
	FIG_NS,		/* from beginning to end, by the number of requests */
	FIG_P50,	/* latency, from submission to collection */
	FIG_P90,
	FIG_P99,
	FIG_P999,
	FIG_MAX,
	FIG_CPU,	/* percent of one CPU, this process */
	FIG_MACHINE,	/* percent of one CPU, all of the machine */
	FIG_SYSCALLS,	/* of the program and the library; NAN: not known */
	FIG_SWITCHES,	/* context switches of this process */
	FIG_INTERRUPTS,	/* of the device */
	FIG_DOORBELLS,	/* system calls that submitted, as the device counts */
	FIG_COUNT
};

extern const char *const bench_figure_names[FIG_COUNT];

/**
 * struct bench_result - a point, measured
 * @point: what
 * @rounds: how many are in
 * @round: figures of each
 */
struct bench_result {
	struct bench_point point;
	unsigned int rounds;
	double round[BENCH_MAX_ROUNDS][FIG_COUNT];
};

/**
 * struct bench - a whole measurement
 * @device: N of /dev/cryptosimN
 * @rounds: how many times each point is measured
 * @round_ns: how long, each
 * @results: the points
 * @count: how many
 * @contention: NOPs per second that io_uring's polling thread did, in a check
 *	before each round and after the last
 * @checks: how many of them
 */
struct bench {
	unsigned int device;
	unsigned int rounds;
	uint64_t round_ns;
	struct bench_result *results;
	size_t count;
	double contention[BENCH_MAX_ROUNDS + 1];
	unsigned int checks;
};

/* main.c */

/* Ends the program, with exit status 2 and a message */
void bench_fail(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

/* The same for a negative errno: what was tried, and what it is called */
void bench_fail_errno(const char *what, int ret) __attribute__((noreturn));

/**
 * bench_check() - end the program if something went wrong
 * @ret: a negative errno; anything else returns
 * @what: what was tried
 *
 * Return: @ret.
 */
static inline int bench_check(int ret, const char *what)
{
	if (ret < 0)
		bench_fail_errno(what, ret);
	return ret;
}

/* So many files can be open, and some more, or the program ends */
void bench_files(unsigned int count);

/* kinds.c */

extern const struct bench_kind bench_kinds[];
extern const size_t bench_kind_count;

/* The kind of that name, or NULL */
const struct bench_kind *bench_kind(const char *name);

/* Whether it has requests of that size: a NOP has none but 0 */
bool bench_kind_takes(const struct bench_kind *kind, unsigned int size);

/* Keys and IVs are made of these bytes */
extern const unsigned char bench_bytes[64];

/* The ways, each in its file */

extern const struct bench_way bench_busy, bench_epoll, bench_poller, bench_own,
	bench_wait, bench_inline, bench_inline_epoll, bench_queues_1,
	bench_queues_2, bench_queues_4, bench_queues_8, bench_job_fd, bench_job_callback;
extern const struct bench_way bench_uring, bench_uring_async, bench_afalg,
	bench_afaio, bench_kcapi, bench_kcapi_aio, bench_evp,
	bench_evp_provider, bench_evp_afalg, bench_cipher;

/* All of these, ours first; NULL ends it */
extern const struct bench_way *const bench_ways[];

/* The way of that name, or NULL */
const struct bench_way *bench_way(const char *name);

/* run.c */

/**
 * bench_round() - measure a point once more
 * @result: the point; gets another round
 * @device: N of /dev/cryptosimN
 * @ns: for how long; 0: for @requests
 * @requests: how many, beside some to warm up. No latencies are taken, and so
 *	no clock is read in between
 */
void bench_round(struct bench_result *result, unsigned int device, uint64_t ns,
		 uint64_t requests);

/* CLOCK_MONOTONIC, ns */
static inline uint64_t bench_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* The time, if the run is one where that is looked at */
static inline uint64_t bench_stamp(const struct bench_run *run)
{
	return run->samples ? bench_now() : 0;
}

/* A request is done, that was submitted at @begin; @end: bench_stamp() */
static inline void bench_done(struct bench_run *run, uint64_t begin,
			      uint64_t end)
{
	struct bench_samples *samples = run->samples;

	run->done++;
	if (samples && samples->count < samples->room)
		samples->ns[samples->count++] = end - begin;
}

/* Whether no more are to be submitted; @now: bench_stamp() */
static inline bool bench_over(const struct bench_run *run, uint64_t now)
{
	return run->goal ? run->done >= run->goal : now >= run->deadline_ns;
}

/* count.c */

/**
 * struct bench_counts - what was counted until now
 * @cpu_ns: CPU time of this process, ns
 * @machine_ns: of all CPUs, ns; in steps of 10 ms
 * @syscalls: system calls of this process that have to do with requests
 * @switches: context switches of this process
 * @interrupts: of the device; 0: it is not there
 * @doorbells: likewise
 */
struct bench_counts {
	uint64_t cpu_ns;
	uint64_t machine_ns;
	uint64_t syscalls;
	uint64_t switches;
	uint64_t interrupts;
	uint64_t doorbells;
};

void bench_count(unsigned int device, struct bench_counts *counts);

/* The program is about to make one; the library's are counted without it */
void bench_syscall(void);

/* stats.c */

void bench_sort(double *values, size_t count);

/* The latency that so many of a thousand do not exceed; sorts the samples */
void bench_percentiles(struct bench_samples *samples, double *figures);

double bench_median(const struct bench_result *result, enum bench_figure fig);

/* From the least to the greatest round's, as a part of the median */
double bench_spread(const struct bench_result *result, enum bench_figure fig);

/* report.c */

#define BENCH_SPREAD_MAX 0.20	/* beyond this a point says so */

/* Prints a figure by a format of fixed width, or a dash where it is not known */
void bench_print(const char *format, double value)
	__attribute__((format(printf, 1, 0)));

void bench_table(const struct bench *bench);
void bench_json(const struct bench *bench, FILE *file);
void bench_csv(const struct bench *bench, FILE *file);

/* plot.c */

void bench_svg(const struct bench *bench, FILE *file);

/* uring.c */

/* io_uring's polling thread can't do so few, unless it shares its CPU */
#define BENCH_CONTENDED 50000.0

/* NOPs per second that io_uring's polling thread does one by one; 0: none */
double bench_contention(void);

/* memory.c */

/* Bytes that an idle session holds in the kernel, its fd and all */
double bench_session_bytes(unsigned int device);

/* insn.c */

/**
 * bench_insn() - what a request costs where a nanosecond is an instruction
 * @device: N of /dev/cryptosimN
 * @rounds: how often each is measured
 * @file: gets the figures as JSON; NULL: no file. tests/run-bench says which of
 *	the floors missed are a failure
 */
void bench_insn(unsigned int device, unsigned int rounds, FILE *file);

#endif /* BENCH_BENCH_H */
