// SPDX-License-Identifier: MIT
/*
 * usage: asyncbench [OPTION]...; --help tells them
 *
 * Loads the module where it is not loaded, which needs root, and unloads it then.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "control/control.h"
#include "bench.h"

const struct bench_way *const bench_ways[] = {
	&bench_busy, &bench_epoll, &bench_poller, &bench_own, &bench_wait,
	&bench_inline, &bench_inline_epoll,
	&bench_queues_1, &bench_queues_2, &bench_queues_4, &bench_queues_8,
	&bench_job_fd, &bench_job_callback,
	&bench_uring, &bench_uring_async, &bench_afalg, &bench_afaio,
	&bench_kcapi, &bench_kcapi_aio, &bench_evp, &bench_evp_provider,
	&bench_evp_afalg, &bench_cipher, NULL
};

/**
 * struct plan - what is measured: lists with commas
 * @kinds: names of kinds
 * @ways: names of ways
 * @sizes: bytes
 * @depths: requests in flight
 */
struct plan {
	const char *kinds;
	const char *ways;
	const char *sizes;
	const char *depths;
};

static const struct plan plan_full = {
	.kinds = "nop,aes-256-gcm,aes-128-cbc,sha-256",
	.ways =
	"busy,epoll,poller,callback,wait,inline,inline-epoll,queues-1,queues-2,queues-4,queues-8,job-epoll,io_uring,io_uring-async,af_alg,af_alg-aio,libkcapi,libkcapi-aio,openssl,openssl-provider,openssl-afalg,cipher",
	.sizes = "0,64,256,1024,4096,16384",
	.depths = "1,8,32,128",
};

static const struct plan plan_quick = {
	.kinds = "nop,aes-256-gcm,aes-128-cbc,sha-256",
	.ways =
	"busy,epoll,poller,callback,wait,inline,io_uring,io_uring-async,af_alg,af_alg-aio,openssl,cipher",
	.sizes = "64,1024,16384",
	.depths = "1,128",
};

/**
 * struct options - what the person wants
 * @bench: the measurement
 * @plan: what is measured
 * @insn: instructions instead
 * @json: file to write; NULL: none
 * @csv: likewise
 * @svg: likewise
 */
struct options {
	struct bench bench;
	struct plan plan;
	bool insn;
	const char *json;
	const char *csv;
	const char *svg;
};

void bench_fail(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "\nasyncbench: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(2);
}

void bench_fail_errno(const char *what, int ret)
{
	bench_fail("%s: %s", what, strerror(-ret));
}

void bench_files(unsigned int count)
{
	struct rlimit limit = { count + 256, count + 256 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		bench_fail("%u files: %s: be root", count, strerror(errno));
}

const struct bench_way *bench_way(const char *name)
{
	const struct bench_way *const *way;

	for (way = bench_ways; *way; way++)
		if (!strcmp((*way)->name, name))
			return *way;
	return NULL;
}

/* The next word of a list with commas, at most @size bytes; false: its end */
static bool next_word(const char **list, char *word, size_t size)
{
	size_t len = strcspn(*list, ",");

	if (!len)
		return false;
	if (len >= size)
		bench_fail("%s: no such name", *list);
	memcpy(word, *list, len);
	word[len] = '\0';
	*list += len + ((*list)[len] == ',');
	return true;
}

static bool next_number(const char **list, unsigned int max, unsigned int *value)
{
	char word[16], *end;
	unsigned long number;

	if (!next_word(list, word, sizeof(word)))
		return false;
	number = strtoul(word, &end, 10);
	if (*end || number > max)
		bench_fail("%s: a number up to %u is wanted", word, max);
	*value = (unsigned int)number;
	return true;
}

static void add_point(struct bench *bench, struct bench_point point)
{
	if (!point.way->takes(&point) ||
	    (point.way->unpaced && sysconf(_SC_NPROCESSORS_ONLN) < 2))
		return;
	bench->results = realloc(bench->results, (bench->count + 1) *
						 sizeof(*bench->results));
	if (!bench->results)
		bench_fail("no memory for %zu points", bench->count);
	bench->results[bench->count++] = (struct bench_result) {
		.point = point,
	};
}

/* All ways of one kind and size */
static void add_ways(struct bench *bench, const struct plan *plan,
		     const struct bench_kind *kind, unsigned int size)
{
	struct bench_point point = { .kind = kind, .size = size };
	const char *depths, *ways = plan->ways;
	char name[32];

	while (next_word(&ways, name, sizeof(name))) {
		point.way = bench_way(name);
		if (!point.way)
			bench_fail("--ways: there is no %s", name);
		if (point.way->lacks && point.way->lacks())
			continue;
		depths = plan->depths;
		while (next_number(&depths, BENCH_MAX_DEPTH, &point.depth))
			if (point.depth)
				add_point(bench, point);
	}
}

/* What has no text has one size */
static void add_kind(struct bench *bench, const struct plan *plan,
		     const struct bench_kind *kind)
{
	const char *sizes = kind->block ? plan->sizes : "0";
	unsigned int size;

	while (next_number(&sizes, BENCH_MAX_SIZE, &size))
		add_ways(bench, plan, kind, size);
}

static void make_points(struct bench *bench, const struct plan *plan)
{
	const char *kinds = plan->kinds;
	const struct bench_kind *kind;
	char name[32];

	while (next_word(&kinds, name, sizeof(name))) {
		kind = bench_kind(name);
		if (!kind)
			bench_fail("--kinds: there is no %s", name);
		add_kind(bench, plan, kind);
	}
	if (!bench->count)
		bench_fail("nothing to measure: no way takes any of that");
}

/* What this machine has not is left out, and it is said why */
static void print_skipped(const struct plan *plan)
{
	const char *ways = plan->ways;
	const struct bench_way *way;
	char name[32];

	while (next_word(&ways, name, sizeof(name))) {
		way = bench_way(name);
		if (way->lacks && way->lacks())
			printf("skipped: %s: %s\n", name, way->lacks());
	}
}

static void progress(const struct bench *bench, unsigned int round, size_t i)
{
	const struct bench_point *point = &bench->results[i].point;

	printf("\rround %u of %u, %zu of %zu: %s %u bytes, %s, depth %u\033[K",
	       round + 1, bench->rounds, i + 1, bench->count, point->kind->name,
	       point->size, point->way->name, point->depth);
	fflush(stdout);
}

/* On one CPU a thread that polls has nobody to show anything to */
static void check_contention(struct bench *bench)
{
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		bench->contention[bench->checks++] = bench_contention();
}

static void measure(struct bench *bench)
{
	unsigned int round;
	size_t i;

	for (round = 0; round < bench->rounds; round++) {
		check_contention(bench);
		for (i = 0; i < bench->count; i++) {
			progress(bench, round, i);
			bench_round(&bench->results[i], bench->device,
				    bench->round_ns, 0);
		}
	}
	check_contention(bench);
	printf("\r\033[K");
}

static FILE *open_file(const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file)
		bench_fail("%s: %s", path, strerror(errno));
	return file;
}

static void close_file(FILE *file, const char *path)
{
	if (ferror(file) || fclose(file))
		bench_fail("%s: %s", path, strerror(errno));
}

/* Writes a report, if the person wants it */
static void write_report(const struct bench *bench, const char *path,
			 void (*report)(const struct bench *bench, FILE *file))
{
	FILE *file;

	if (!path)
		return;
	file = open_file(path);
	report(bench, file);
	close_file(file, path);
}

static int run_insn(const struct options *options)
{
	FILE *file = options->json ? open_file(options->json) : NULL;

	bench_insn(options->bench.device, options->bench.rounds, file);
	if (file)
		close_file(file, options->json);
	return EXIT_SUCCESS;
}

static int run_time(struct options *options)
{
	struct bench *bench = &options->bench;

	make_points(bench, &options->plan);
	measure(bench);
	bench_table(bench);
	print_skipped(&options->plan);
	write_report(bench, options->json, bench_json);
	write_report(bench, options->csv, bench_csv);
	write_report(bench, options->svg, bench_svg);
	free(bench->results);
	return EXIT_SUCCESS;
}

static void print_help(void)
{
	const struct bench_way *const *way;
	size_t i;

	printf("usage: asyncbench [OPTION]...\n"
	       "  --quick          fewer points\n"
	       "  --insn           instructions per request, for a VM whose nanosecond is one\n"
	       "  --kinds=LIST     of");
	for (i = 0; i < bench_kind_count; i++)
		printf(" %s", bench_kinds[i].name);
	printf("\n  --ways=LIST      of");
	for (way = bench_ways; *way; way++)
		printf(" %s", (*way)->name);
	printf("\n  --sizes=LIST     bytes, up to %u\n"
	       "  --depths=LIST    requests in flight, up to %u\n"
	       "  --rounds=N       up to %u; 5\n"
	       "  --round-ms=N     how long a point is measured in a round; 200\n"
	       "  --device=N       of /dev/cryptosimN; 0\n"
	       "  --json=, --csv=, --svg=FILE\n", BENCH_MAX_SIZE,
	       BENCH_MAX_DEPTH, BENCH_MAX_ROUNDS);
}

/* A number between the two, or the program ends */
static unsigned int parse_number(const char *text, unsigned int min, unsigned int max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!*text || *end || value < min || value > max)
		bench_fail("%s: a number from %u to %u is wanted", text, min,
			   max);
	return (unsigned int)value;
}

static void parse(struct options *options, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "quick", no_argument, NULL, 'q' },
		{ "insn", no_argument, NULL, 'i' },
		{ "kinds", required_argument, NULL, 'k' },
		{ "ways", required_argument, NULL, 'w' },
		{ "sizes", required_argument, NULL, 's' },
		{ "depths", required_argument, NULL, 'd' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "round-ms", required_argument, NULL, 't' },
		{ "device", required_argument, NULL, 'n' },
		{ "json", required_argument, NULL, 'j' },
		{ "csv", required_argument, NULL, 'c' },
		{ "svg", required_argument, NULL, 'g' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (option) {
		case 'q':
			options->plan = plan_quick;
			break;
		case 'i':
			options->insn = true;
			break;
		case 'k':
			options->plan.kinds = optarg;
			break;
		case 'w':
			options->plan.ways = optarg;
			break;
		case 's':
			options->plan.sizes = optarg;
			break;
		case 'd':
			options->plan.depths = optarg;
			break;
		case 'r':
			options->bench.rounds =
				parse_number(optarg, 1, BENCH_MAX_ROUNDS);
			break;
		case 't':
			options->bench.round_ns =
				parse_number(optarg, 1, 60000) * 1000000ull;
			break;
		case 'n':
			options->bench.device = parse_number(optarg, 0, 63);
			break;
		case 'j':
			options->json = optarg;
			break;
		case 'c':
			options->csv = optarg;
			break;
		case 'g':
			options->svg = optarg;
			break;
		case 'h':
			print_help();
			exit(EXIT_SUCCESS);
		default:
			exit(2);
		}
	}
	if (optind < argc)
		bench_fail("%s: no such option; --help tells them",
			   argv[optind]);
}

int main(int argc, char **argv)
{
	static struct options options = {
		.bench = { .rounds = 5, .round_ns = 200000000 },
	};
	bool loaded;
	int ret;

	options.plan = plan_full;
	parse(&options, argc, argv);
	ret = control_load(NULL, NULL);
	loaded = !ret;
	if (ret != -EEXIST)
		bench_check(ret, "loading the module");
	ret = options.insn ? run_insn(&options) : run_time(&options);
	if (loaded)
		bench_check(control_unload(), "unloading the module");
	return ret;
}
