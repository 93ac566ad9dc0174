// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include "bench.h"

static int by_time(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void bench_sort(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), by_value);
}

void bench_percentiles(struct bench_samples *samples, double *figures)
{
	static const struct {
		enum bench_figure fig;
		unsigned int permille;
	} wanted[] = {
		{ FIG_P50, 500 }, { FIG_P90, 900 }, { FIG_P99, 990 },
		{ FIG_P999, 999 },
	};
	size_t count = samples->count;
	size_t i;

	if (!count)
		return;
	qsort(samples->ns, count, sizeof(*samples->ns), by_time);
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		figures[wanted[i].fig] =
			(double)samples->ns[count * wanted[i].permille / 1000];
	figures[FIG_MAX] = (double)samples->ns[count - 1];
}

/* The rounds' values of a figure, sorted */
static void values_of(const struct bench_result *result, enum bench_figure fig,
		      double *values)
{
	unsigned int i;

	for (i = 0; i < result->rounds; i++)
		values[i] = result->round[i][fig];
	bench_sort(values, result->rounds);
}

double bench_median(const struct bench_result *result, enum bench_figure fig)
{
	double values[BENCH_MAX_ROUNDS];
	unsigned int n = result->rounds;

	if (!n)
		return 0;
	values_of(result, fig, values);
	return (values[n / 2] + values[(n - 1) / 2]) / 2;
}

double bench_spread(const struct bench_result *result, enum bench_figure fig)
{
	double values[BENCH_MAX_ROUNDS];
	double median = bench_median(result, fig);

	if (!result->rounds || median <= 0)
		return 0;
	values_of(result, fig, values);
	return (values[result->rounds - 1] - values[0]) / median;
}
