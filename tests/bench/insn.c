// SPDX-License-Identifier: MIT
/*
 * Where a nanosecond is an instruction, a request's share of the time is what it
 * costs: user, system call, interrupt and engine together. Only for a VM of one
 * CPU under QEMU's -icount, see qemu/boot.
 */
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "bench.h"

#define MAX_POINTS	64

/**
 * struct spec - a point by its names
 * @kind: name of the kind; NULL: no point
 * @way: name of the way
 * @size: bytes
 * @depth: requests in flight
 */
struct spec {
	const char *kind;
	const char *way;
	unsigned int size;
	unsigned int depth;
};

/**
 * struct row - what is held against a floor and a target
 * @what: in words
 * @point: what is measured
 * @fig: which of its figures
 * @take: has the value where it is no point's
 * @under: point that its figure is divided by; of kind NULL: it is not
 * @minus: it is not divided by that, but that is taken from it
 * @inverse: one by that
 * @floor: no worse than this; 0: there is none
 * @target: what is aimed at; 0: nothing
 * @least: more is better
 */
struct row {
	const char *what;
	struct spec point;
	enum bench_figure fig;
	double (*take)(unsigned int device);
	struct spec under;
	bool minus;
	bool inverse;
	double floor;
	double target;
	bool least;
};

#define NOP(way, depth)		{ "nop", way, 0, depth }
#define CBC(way, size, depth)	{ "aes-128-cbc", way, size, depth }
#define GCM(way, size, depth)	{ "aes-128-gcm", way, size, depth }
#define INSN(text, ...)	\
	{ .what = text, .point = __VA_ARGS__, .fig = FIG_NS }

/* One by another: no more than the floor and the target, or no less; 0: none */
#define LESS(text, one, other, at_most, aim) \
	{ .what = text, .point = one, .fig = FIG_NS, .under = other, \
	  .floor = at_most, .target = aim }
#define MORE(text, one, other, at_least, aim) \
	{ .what = text, .point = one, .fig = FIG_NS, .under = other, \
	  .floor = at_least, .target = aim, .least = true }

static const struct row rows[] = {
	LESS("NOP wait d=128 / io_uring NOP",
	     NOP("wait", 128), NOP("io_uring", 128), 1.25, 0.90),
	LESS("NOP wait d=32 / io_uring NOP",
	     NOP("wait", 32), NOP("io_uring", 32), 2.0, 1.30),
	LESS("NOP wait d=1 / io_uring NOP",
	     NOP("wait", 1), NOP("io_uring", 1), 12, 7.0),
	LESS("NOP wait d=1 / IOSQE_ASYNC NOP",
	     NOP("wait", 1), NOP("io_uring-async", 1), 1.0, 0.60),
	LESS("NOP wait d=32 / IOSQE_ASYNC NOP",
	     NOP("wait", 32), NOP("io_uring-async", 32), 0.30, 0.17),
	LESS("NOP inline d=128 / io_uring NOP",
	     NOP("inline", 128), NOP("io_uring", 128), 1.0, 0.75),
	LESS("NOP inline d=1 / io_uring NOP",
	     NOP("inline", 1), NOP("io_uring", 1), 2.5, 1.8),
	{ .what = "NOP session fds d=128, insn", .point = NOP("epoll", 128),
	  .fig = FIG_NS, .floor = 1100, .target = 650 },
	{ .what = "NOP callback, own call d=128, insn",
	  .point = NOP("callback", 128), .fig = FIG_NS,
	  .floor = 450, .target = 300 },
	MORE("AF_ALG CBC 64 / wait d=32",
	     CBC("af_alg", 64, 1), CBC("wait", 64, 32), 4, 7),
	MORE("AF_ALG CBC 1 KiB / wait d=32",
	     CBC("af_alg", 1024, 1), CBC("wait", 1024, 32), 2, 3.2),
	MORE("AF_ALG CBC 16 KiB / wait d=32",
	     CBC("af_alg", 16384, 1), CBC("wait", 16384, 32), 1.2, 1.38),
	MORE("AF_ALG CBC 64 / session fds d=32",
	     CBC("af_alg", 64, 1), CBC("epoll", 64, 32), 3, 5),
	MORE("AF_ALG CBC 1 KiB / session fds d=32",
	     CBC("af_alg", 1024, 1), CBC("epoll", 1024, 32), 1.8, 2.8),
	MORE("AF_ALG CBC 16 KiB / session fds d=32",
	     CBC("af_alg", 16384, 1), CBC("epoll", 16384, 32), 1.2, 1.36),
	MORE("AF_ALG GCM 64 / wait d=32",
	     GCM("af_alg", 64, 1), GCM("wait", 64, 32), 3, 4.6),
	MORE("AF_ALG GCM 1 KiB / wait d=32",
	     GCM("af_alg", 1024, 1), GCM("wait", 1024, 32), 2, 2.8),
	MORE("AF_ALG GCM 16 KiB / wait d=32",
	     GCM("af_alg", 16384, 1), GCM("wait", 16384, 32), 1.2, 1.42),
	{ .what = "interrupts per NOP, wait d=128", .point = NOP("wait", 128),
	  .fig = FIG_INTERRUPTS, .floor = 0.05, .target = 0.0313 },
	{ .what = "NOPs per doorbell, 64 jobs, fds",
	  .point = NOP("job-epoll", 64), .fig = FIG_DOORBELLS, .inverse = true,
	  .floor = 8, .target = 32, .least = true },
	{ .what = "NOPs per doorbell, 64 jobs, callback",
	  .point = NOP("job-callback", 64), .fig = FIG_DOORBELLS, .inverse = true,
	  .floor = 8, .target = 32, .least = true },
	{ .what = "interrupts per NOP, 64 jobs, fds",
	  .point = NOP("job-epoll", 64), .fig = FIG_INTERRUPTS },
	{ .what = "interrupts per NOP, 64 jobs, callback",
	  .point = NOP("job-callback", 64), .fig = FIG_INTERRUPTS },
	INSN("GCM 64 wait d=1, insn", GCM("wait", 64, 1)),
	INSN("GCM 64 wait d=128, insn", GCM("wait", 64, 128)),
	INSN("kernel's cipher alone, CBC 64, insn",
	     CBC("cipher", 64, 1)),
	INSN("kernel's cipher alone, CBC 1 KiB, insn",
	     CBC("cipher", 1024, 1)),
	INSN("kernel's cipher alone, CBC 16 KiB, insn",
	     CBC("cipher", 16384, 1)),
	INSN("kernel's cipher alone, GCM 64, insn",
	     GCM("cipher", 64, 1)),
	INSN("kernel's cipher alone, GCM 1 KiB, insn",
	     GCM("cipher", 1024, 1)),
	INSN("kernel's cipher alone, GCM 16 KiB, insn",
	     GCM("cipher", 16384, 1)),
	LESS("10,000 sessions in an epoll / 8",
	     NOP("epoll", 10000), NOP("epoll", 8), 1.5, 0),
	{ .what = "bytes for an idle session, fd and all",
	  .take = bench_session_bytes, .floor = 1024 },
	LESS("NOP 2 queues d=32 / 1 queue",
	     NOP("queues-2", 32), NOP("queues-1", 32), 0, 0),
	LESS("NOP 4 queues d=32 / 1 queue",
	     NOP("queues-4", 32), NOP("queues-1", 32), 0, 0),
	LESS("NOP 8 queues d=32 / 1 queue",
	     NOP("queues-8", 32), NOP("queues-1", 32), 0, 0),
	MORE("afalg engine / provider, CBC 64, 32 jobs",
	     CBC("openssl-afalg", 64, 32), CBC("openssl-provider", 64, 32), 2, 5),
	MORE("afalg engine / provider, CBC 1 KiB, 32 jobs",
	     CBC("openssl-afalg", 1024, 32), CBC("openssl-provider", 1024, 32),
	     1.5, 3),
	MORE("afalg engine / provider, CBC 16 KiB, 32 jobs",
	     CBC("openssl-afalg", 16384, 32), CBC("openssl-provider", 16384, 32),
	     1.1, 1.35),
	{ .what = "provider - plain EVP, GCM 1 KiB, 64 jobs, insn",
	  .point = GCM("openssl-provider", 1024, 64), .fig = FIG_NS,
	  .under = GCM("openssl", 1024, 1), .minus = true },
	MORE("AF_ALG AIO CBC 64 d=32 / wait d=32",
	     CBC("af_alg-aio", 64, 32), CBC("wait", 64, 32), 0, 0),
	MORE("AF_ALG AIO CBC 16 KiB d=32 / wait d=32",
	     CBC("af_alg-aio", 16384, 32), CBC("wait", 16384, 32), 0, 0),
	MORE("libkcapi AIO CBC 64 d=32 / wait d=32",
	     CBC("libkcapi-aio", 64, 32), CBC("wait", 64, 32), 0, 0),
	MORE("AF_ALG AIO GCM 64 d=32 / wait d=32",
	     GCM("af_alg-aio", 64, 32), GCM("wait", 64, 32), 0, 0),
	MORE("libkcapi AIO GCM 64 d=32 / wait d=32",
	     GCM("libkcapi-aio", 64, 32), GCM("wait", 64, 32), 0, 0),
};

#define ROWS	(sizeof(rows) / sizeof(rows[0]))

/**
 * struct insn - the measurement
 * @device: N of /dev/cryptosimN
 * @rounds: how often each point is measured
 * @result: the points of all rows, each once
 * @count: how many
 * @taken: of each row that has no point, its value
 */
struct insn {
	unsigned int device;
	unsigned int rounds;
	struct bench_result result[MAX_POINTS];
	size_t count;
	double taken[ROWS];
};

static struct bench_result *find(struct insn *insn, const struct spec *spec)
{
	const struct bench_point *point;
	size_t i;

	for (i = 0; i < insn->count; i++) {
		point = &insn->result[i].point;
		if (!strcmp(point->kind->name, spec->kind) &&
		    !strcmp(point->way->name, spec->way) &&
		    point->size == spec->size && point->depth == spec->depth)
			return &insn->result[i];
	}
	return NULL;
}

static void add(struct insn *insn, const struct spec *spec)
{
	const struct bench_way *way;

	if (!spec->kind || find(insn, spec))
		return;
	way = bench_way(spec->way);
	if (way->lacks && way->lacks())
		bench_fail("%s: %s", spec->way, way->lacks());
	if (insn->count == MAX_POINTS)
		bench_fail("more than %u points", MAX_POINTS);
	insn->result[insn->count++].point = (struct bench_point) {
		.kind = bench_kind(spec->kind),
		.way = way,
		.size = spec->size,
		.depth = spec->depth,
	};
}

/* So many that a tick of the clock is little beside them */
static uint64_t requests(const struct bench_point *point)
{
	uint64_t count = point->depth == 1 ? 2048 : 16384;

	if (count < 4 * point->depth)
		count = 4 * point->depth;
	return point->size < BENCH_MAX_SIZE ? count : count / 16;
}

/* What the console has yet to send would interrupt what is measured */
static void progress(const struct insn *insn, unsigned int round, size_t i)
{
	printf("\rround %u of %u, %zu of %zu\033[K", round + 1, insn->rounds,
	       i + 1, insn->count);
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
}

static void measure(struct insn *insn)
{
	struct bench_result *result;
	unsigned int round;
	size_t i;

	for (round = 0; round < insn->rounds; round++) {
		for (i = 0; i < insn->count; i++) {
			result = &insn->result[i];
			progress(insn, round, i);
			bench_round(result, insn->device, 0,
				    requests(&result->point));
		}
	}
	printf("\r\033[K");
}

static double value_of(struct insn *insn, const struct row *row)
{
	double value;

	if (row->take)
		return insn->taken[row - rows];
	value = bench_median(find(insn, &row->point), row->fig);

	if (row->minus)
		value -= bench_median(find(insn, &row->under), row->fig);
	else if (row->under.kind)
		value /= bench_median(find(insn, &row->under), row->fig);
	return row->inverse ? 1 / value : value;
}

/* Whether a value is not as good as the mark, if there is one */
static bool worse(const struct row *row, double value, double mark)
{
	return mark > 0 && (row->least ? value < mark : value > mark);
}

static void print_mark(double mark)
{
	if (mark > 0)
		printf(" %8.4g", mark);
	else
		printf(" %8s", "-");
}

/* By how much a floor is missed, 1 being not at all */
static double miss(const struct row *row, double value)
{
	if (!worse(row, value, row->floor))
		return 1;
	return row->least ? row->floor / value : value / row->floor;
}

static const char *verdict(const struct row *row, double value)
{
	if (worse(row, value, row->floor))
		return "FLOOR MISSED";
	if (worse(row, value, row->target))
		return "target not reached";
	return row->target > 0 ? "reached" : "";
}

static void print_rows(struct insn *insn)
{
	const struct row *row;
	double value;

	printf("%-48s %8s %8s %8s\n", "one CPU", "measured", "floor", "target");
	for (row = rows; row < rows + ROWS; row++) {
		value = value_of(insn, row);
		printf("%-48s %8.4g", row->what, value);
		print_mark(row->floor);
		print_mark(row->target);
		printf("  %s\n", verdict(row, value));
	}
}

static void print_points(const struct insn *insn)
{
	const struct bench_result *result;
	unsigned int fig;
	size_t i;

	printf("\n%-12s %5s %5s %-15s %9s %7s %7s %7s %7s %7s\n", "kind", "bytes",
	       "depth", "way", "insn", "spread", "sysc", "csw", "irq", "bells");
	for (i = 0; i < insn->count; i++) {
		result = &insn->result[i];
		printf("%-12s %5u %5u %-15s %9.1f %6.1f%%",
		       result->point.kind->name, result->point.size,
		       result->point.depth, result->point.way->name,
		       bench_median(result, FIG_NS),
		       100 * bench_spread(result, FIG_NS));
		for (fig = FIG_SYSCALLS; fig <= FIG_DOORBELLS; fig++)
			bench_print(" %7.4f", bench_median(result, fig));
		printf("\n");
	}
}

/* An object with a member for each point of ours, or of the rivals */
static void json_points(const struct insn *insn, bool rival, FILE *file)
{
	const struct bench_result *result;
	const char *comma = "";
	size_t i;

	for (i = 0; i < insn->count; i++) {
		result = &insn->result[i];
		if (result->point.way->rival != rival)
			continue;
		fprintf(file, "%s\n    \"%s/%u/%u/%s\": %.1f", comma,
			result->point.kind->name, result->point.size,
			result->point.depth, result->point.way->name,
			bench_median(result, FIG_NS));
		comma = ",";
	}
	fprintf(file, "\n  }");
}

/* An object with a member for each row: what was measured, floor, target */
static void json_rows(struct insn *insn, FILE *file)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		fprintf(file, "%s\n    \"%s\": [%.5g, %.4g, %.4g]", i ? "," : "",
			rows[i].what, value_of(insn, &rows[i]), rows[i].floor,
			rows[i].target);
	fprintf(file, "\n  }");
}

/* An object with a member for each floor that is missed: by how much */
static void json_missed(struct insn *insn, FILE *file)
{
	const char *comma = "";
	double times;
	size_t i;

	for (i = 0; i < ROWS; i++) {
		times = miss(&rows[i], value_of(insn, &rows[i]));
		if (times <= 1)
			continue;
		fprintf(file, "%s\n    \"%s\": %.4f", comma, rows[i].what,
			times);
		comma = ",";
	}
	fprintf(file, "\n  }");
}

void bench_insn(unsigned int device, unsigned int rounds, FILE *file)
{
	static struct insn insn;
	size_t i;

	insn.device = device;
	insn.rounds = rounds;
	for (i = 0; i < ROWS; i++) {
		add(&insn, &rows[i].point);
		add(&insn, &rows[i].under);
		if (rows[i].take)
			insn.taken[i] = rows[i].take(device);
	}
	measure(&insn);
	print_rows(&insn);
	print_points(&insn);
	if (!file)
		return;
	fprintf(file, "{\n  \"insn\": {");
	json_points(&insn, false, file);
	fprintf(file, ",\n  \"rivals\": {");
	json_points(&insn, true, file);
	fprintf(file, ",\n  \"rows\": {");
	json_rows(&insn, file);
	fprintf(file, ",\n  \"missed\": {");
	json_missed(&insn, file);
	fprintf(file, "\n}\n");
}
