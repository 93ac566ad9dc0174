// SPDX-License-Identifier: MIT
/*
 * The benchmark's reports, of measurements that nobody made, and what becomes of
 * figures that grow or floors that are missed (tests/run-bench).
 */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <math.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../bench/bench.h"

#define POINTS	3

static const struct bench_way ours = { .name = "wait" };
static const struct bench_way rival = {
	.name = "elsewhere", .rival = true, .uncounted = true,
};

const struct bench_way *const bench_ways[] = { &ours, &rival, NULL };

static struct bench_result results[POINTS];
static struct bench bench = {
	.rounds = 5, .round_ns = 1000000, .results = results, .count = POINTS,
	.contention = { 900000, 1000000 }, .checks = 2,
};

/* Rounds of 100,000 requests per second, the last of them of @last */
static void make(struct bench_result *result, const struct bench_way *way,
		 unsigned int depth, double last)
{
	unsigned int i;

	*result = (struct bench_result) {
		.point = { bench_kind("nop"), way, 0, depth }, .rounds = 5,
	};
	for (i = 0; i < result->rounds; i++) {
		result->round[i][FIG_OPS] = 100000;
		result->round[i][FIG_P50] = 7000 + i;
		if (way->uncounted)
			result->round[i][FIG_SYSCALLS] = (double)NAN;
	}
	result->round[4][FIG_OPS] = last;
}

static void setup(void)
{
	make(&results[0], &ours, 1, 119000);
	make(&results[1], &ours, 8, 121000);
	make(&results[2], &rival, 1, 100000);
}

TestSuite(report, .init = setup);

/* What a report writes; to be freed */
static char *written(void (*report)(const struct bench *bench, FILE *file))
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	cr_assert_not_null(file);
	report(&bench, file);
	cr_assert_eq(fclose(file), 0);
	return text;
}

static unsigned int times(const char *text, const char *part)
{
	unsigned int n = 0;

	for (text = strstr(text, part); text; text = strstr(text + 1, part))
		n++;
	return n;
}

/* From the least to the greatest: 19 % are steady, 21 % are not */
Test(report, table)
{
	char text[4096] = "";
	size_t len;
	FILE *out;

	cr_redirect_stdout();
	bench_table(&bench);
	fflush(stdout);
	out = cr_get_redirected_stdout();
	len = fread(text, 1, sizeof(text) - 1, out);
	text[len] = '\0';
	cr_expect_eq(times(text, "spread over 20 %"), 1, "%s", text);
	cr_expect(strstr(text, " 21% spread over 20 %"), "%s", text);
	cr_expect(strstr(text, "  -  0.000"), "%s", text);
	cr_expect(strstr(text, "not contended"), "%s", text);
}

Test(report, json)
{
	char *text = written(bench_json);

	cr_expect_eq(times(text, "\"unsteady\": true"), 1, "%s", text);
	cr_expect_eq(times(text, "\"unsteady\": false"), 2);
	cr_expect_eq(times(text, "\"ops_per_s\": 100000"), POINTS);
	cr_expect_eq(times(text, "\"p50_ns\": 7002"), POINTS);
	cr_expect_eq(times(text, "\"syscalls_per_op\": null"), 1);
	cr_expect_eq(times(text, "nan"), 0);
	cr_expect_eq(times(text, "{"), times(text, "}"));
	cr_expect_eq(times(text, "["), times(text, "]"));
	cr_expect_eq(times(text, "\""), 2 * (times(text, "\": ") +
		     times(text, ": \"")));
	cr_expect_eq(times(text, ",\n  ]"), 0, "a comma before the end");
	free(text);
}

Test(report, csv)
{
	char *text = written(bench_csv);
	char *line, *rest = text;
	unsigned int lines = 0, commas = 0;

	while ((line = strsep(&rest, "\n")) && *line) {
		if (!lines++)
			commas = times(line, ",");
		cr_expect_eq(times(line, ","), commas, "%s", line);
		cr_expect_eq(times(line, "nan"), 0);
	}
	cr_expect_eq(lines, 1 + POINTS);
	cr_expect_eq(commas, 5 + FIG_COUNT + 2 - 1);
	free(text);
}

Test(report, svg)
{
	char *text = written(bench_svg);

	cr_expect_eq(strncmp(text, "<svg ", 5), 0);
	cr_expect_str_eq(text + strlen(text) - 7, "</svg>\n");
	cr_expect_eq(times(text, "<circle "), POINTS);
	cr_expect_eq(times(text, "<polyline "), 2);
	cr_expect_eq(times(text, "<text "), times(text, "</text>"));
	cr_expect_eq(times(text, "nan"), 0);
	cr_expect_eq(times(text, "inf"), 0);
	free(text);
}

/* Makes a file of figures; @path gets its name */
static void figures(char *path, double insn, const char *missed)
{
	FILE *file = fdopen(mkstemp(path), "w");

	cr_assert_not_null(file);
	fprintf(file, "{\n  \"insn\": {\n    \"nop/0/1/wait\": %.1f\n  },\n", insn);
	fprintf(file, "  \"rivals\": {\n    \"nop/0/1/other\": 1.0\n  },\n");
	fprintf(file, "  \"missed\": {\n%s\n  }\n}\n", missed);
	cr_assert_eq(fclose(file), 0);
}

/* Whether the new figures pass beside the old ones */
static bool passes(double insn, const char *missed, double new_insn,
		   const char *new_missed)
{
	char old_path[] = "/tmp/report.XXXXXX", new_path[] = "/tmp/report.XXXXXX";
	char command[128];
	int status;

	figures(old_path, insn, missed);
	figures(new_path, new_insn, new_missed);
	snprintf(command, sizeof(command),
		 "tests/run-bench compare %s %s >/dev/null", old_path, new_path);
	status = system(command);
	unlink(old_path);
	unlink(new_path);
	cr_assert(WIFEXITED(status));
	cr_assert_leq(WEXITSTATUS(status), 1, "%s", command);
	return !WEXITSTATUS(status);
}

Test(report, growth)
{
	cr_expect(passes(999, "", 1048, ""));
	cr_expect_not(passes(999, "", 1050, ""));
	cr_expect(passes(999, "", 9, ""));
}

#define MISSED(times)	"    \"NOP, d=1 / other\": " times

Test(report, floors)
{
	cr_expect(passes(1, MISSED("2.0"), 1, MISSED("2.0")), "known");
	cr_expect(passes(1, MISSED("2.0"), 1, MISSED("2.09")));
	cr_expect_not(passes(1, MISSED("2.0"), 1, MISSED("2.11")), "worse");
	cr_expect_not(passes(1, "", 1, MISSED("1.01")), "new");
	cr_expect(passes(1, MISSED("2.0"), 1, ""), "reached at last");
}
