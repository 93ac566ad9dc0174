// SPDX-License-Identifier: MIT
#include <math.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "bench.h"

const char *const bench_figure_names[FIG_COUNT] = {
	[FIG_OPS] = "ops_per_s",
	[FIG_MBS] = "mb_per_s",
	[FIG_NS] = "ns_per_op",
	[FIG_P50] = "p50_ns",
	[FIG_P90] = "p90_ns",
	[FIG_P99] = "p99_ns",
	[FIG_P999] = "p99_9_ns",
	[FIG_MAX] = "max_ns",
	[FIG_CPU] = "cpu_percent",
	[FIG_MACHINE] = "machine_percent",
	[FIG_SYSCALLS] = "syscalls_per_op",
	[FIG_SWITCHES] = "switches_per_op",
	[FIG_INTERRUPTS] = "interrupts_per_op",
	[FIG_DOORBELLS] = "doorbells_per_op",
};

/* The least of the checks' rates */
static double least_rate(const struct bench *bench)
{
	double least = bench->contention[0];
	unsigned int i;

	for (i = 1; i < bench->checks; i++)
		if (bench->contention[i] < least)
			least = bench->contention[i];
	return least;
}

static bool contended(const struct bench *bench)
{
	return bench->checks && least_rate(bench) < BENCH_CONTENDED;
}

static void print_contention(const struct bench *bench)
{
	unsigned int i;

	if (!bench->checks) {
		printf("\none CPU: no contention check\n");
		return;
	}
	printf("\ncontention check, io_uring's polling thread, NOPs one by one, k/s:");
	for (i = 0; i < bench->checks; i++)
		printf(" %.0f", bench->contention[i] / 1e3);
	printf("\n%s\n", contended(bench) ?
	       "CONTENDED: something else had the CPUs; do not believe these times" :
	       "not contended");
}

void bench_print(const char *format, double value)
{
	char text[32];
	int len = snprintf(text, sizeof(text), format, value);

	if (isnan(value))
		printf("%*s", len, "-");
	else
		printf("%s", text);
}

static void print_row(const struct bench_result *result)
{
	const struct bench_point *point = &result->point;
	double value[FIG_COUNT];
	double spread = bench_spread(result, FIG_OPS);
	unsigned int i;

	for (i = 0; i < FIG_COUNT; i++)
		value[i] = bench_median(result, i);
	printf("%-12s %5u %5u %-15s %9.0f %8.1f", point->kind->name, point->size,
	       point->depth, point->way->name, value[FIG_OPS], value[FIG_MBS]);
	for (i = FIG_P50; i <= FIG_MAX; i++)
		printf(" %8.1f", value[i] / 1e3);
	printf(" %4.0f %4.0f", value[FIG_CPU], value[FIG_MACHINE]);
	for (i = FIG_SYSCALLS; i <= FIG_DOORBELLS; i++)
		bench_print(" %6.3f", value[i]);
	printf(" %5.0f%%%s\n", 100 * spread,
	       spread > BENCH_SPREAD_MAX ? " spread over 20 %" : "");
}

void bench_table(const struct bench *bench)
{
	size_t i;

	printf("Medians of %u rounds. Latency from submission to collection, us; CPU of\n"
	       "the process and of the machine, %% of one; then, per request: system\n"
	       "calls, context switches, interrupts, doorbells\n\n", bench->rounds);
	printf("%-12s %5s %5s %-15s %9s %8s %8s %8s %8s %8s %8s",
	       "kind", "bytes", "depth", "way", "ops/s", "MB/s", "p50", "p90",
	       "p99", "p99.9", "max");
	printf(" %4s %4s %6s %6s %6s %6s %6s\n", "CPU", "all", "sysc", "csw",
	       "irq", "bells", "spread");
	for (i = 0; i < bench->count; i++)
		print_row(&bench->results[i]);
	print_contention(bench);
}

static void json_figure(const struct bench_result *result,
			enum bench_figure fig, FILE *file)
{
	double value = bench_median(result, fig);

	fprintf(file, ", \"%s\": ", bench_figure_names[fig]);
	if (isnan(value))
		fprintf(file, "null");
	else
		fprintf(file, "%.6g", value);
}

static void json_point(const struct bench_result *result, FILE *file)
{
	const struct bench_point *point = &result->point;
	unsigned int i;

	fprintf(file, "    {\"kind\": \"%s\", \"way\": \"%s\", \"rival\": %s, ",
		point->kind->name, point->way->name,
		point->way->rival ? "true" : "false");
	fprintf(file, "\"bytes\": %u, \"depth\": %u", point->size, point->depth);
	for (i = 0; i < FIG_COUNT; i++)
		json_figure(result, i, file);
	fprintf(file, ", \"spread\": %.4f, \"unsteady\": %s}",
		bench_spread(result, FIG_OPS),
		bench_spread(result, FIG_OPS) > BENCH_SPREAD_MAX ?
		"true" : "false");
}

void bench_json(const struct bench *bench, FILE *file)
{
	struct utsname name;
	size_t i;

	uname(&name);
	fprintf(file, "{\n  \"kernel\": \"%s\",\n  \"machine\": \"%s\",\n",
		name.release, name.machine);
	fprintf(file, "  \"cpus\": %ld,\n  \"rounds\": %u,\n  \"round_ns\": %llu,\n",
		sysconf(_SC_NPROCESSORS_ONLN), bench->rounds,
		(unsigned long long)bench->round_ns);
	fprintf(file, "  \"sqpoll_nops_per_s\": [");
	for (i = 0; i < bench->checks; i++)
		fprintf(file, "%s%.0f", i ? ", " : "", bench->contention[i]);
	fprintf(file, "],\n  \"contended\": %s,\n  \"points\": [\n",
		contended(bench) ? "true" : "false");
	for (i = 0; i < bench->count; i++) {
		json_point(&bench->results[i], file);
		fprintf(file, "%s\n", i + 1 < bench->count ? "," : "");
	}
	fprintf(file, "  ]\n}\n");
}

static void csv_figure(double value, FILE *file)
{
	if (isnan(value))
		fprintf(file, ",");
	else
		fprintf(file, ",%.6g", value);
}

void bench_csv(const struct bench *bench, FILE *file)
{
	const struct bench_result *result;
	unsigned int fig;
	size_t i;

	fprintf(file, "kind,bytes,depth,way,rival");
	for (fig = 0; fig < FIG_COUNT; fig++)
		fprintf(file, ",%s", bench_figure_names[fig]);
	fprintf(file, ",spread,contended\n");
	for (i = 0; i < bench->count; i++) {
		result = &bench->results[i];
		fprintf(file, "%s,%u,%u,%s,%d", result->point.kind->name,
			result->point.size, result->point.depth,
			result->point.way->name, result->point.way->rival);
		for (fig = 0; fig < FIG_COUNT; fig++)
			csv_figure(bench_median(result, fig), file);
		fprintf(file, ",%.4f,%d\n", bench_spread(result, FIG_OPS),
			contended(bench));
	}
}
