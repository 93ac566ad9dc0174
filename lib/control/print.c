// SPDX-License-Identifier: MIT
/* Devices and their counters as text, for people and for programs. */
#include <string.h>
#include "print.h"

#define CELL_SIZE	48

/* The numbers of a device that are told */
enum number {
	NONE,
	INDEX,
	ENGINES,
	QUEUES,
	LATENCY,
	MODERATION_COUNT,
	MODERATION_TIME,
	REQUESTS,
	ERRORS,
	BYTES,
	DOORBELLS,
	COMPLETIONS,
	INTERRUPTS,
	NUMBERS
};

struct numbers {
	uint64_t of[NUMBERS];
};

/**
 * struct figure - how a number is told
 * @title: its column's, for people
 * @key: its name in JSON; NULL: not there
 * @number: the number
 * @format: writes it for people, with its unit; NULL for a ratio
 * @per: if not NONE, the figure is the ratio of @number to this
 */
struct figure {
	const char *title;
	const char *key;
	enum number number;
	void (*format)(char *cell, uint64_t value);
	enum number per;
};

/* So much of a unit's parts are one of it */
struct unit {
	uint64_t parts;
	const char *name;
};

static const struct unit times[] = {
	{ 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" }, { 0, "ns" },
};

static const struct unit sizes[] = {
	{ 1ull << 40, "TiB" }, { 1ull << 30, "GiB" }, { 1ull << 20, "MiB" },
	{ 1ull << 10, "KiB" }, { 0, "B" },
};

static void format_unit(char *cell, uint64_t value, const struct unit *unit)
{
	while (value < unit->parts)
		unit++;
	if (unit->parts)
		snprintf(cell, CELL_SIZE, "%.1f %s",
			 (double)value / (double)unit->parts, unit->name);
	else
		snprintf(cell, CELL_SIZE, "%llu %s",
			 (unsigned long long)value, unit->name);
}

static void format_time(char *cell, uint64_t value)
{
	format_unit(cell, value, times);
}

static void format_size(char *cell, uint64_t value)
{
	format_unit(cell, value, sizes);
}

static void format_count(char *cell, uint64_t value)
{
	snprintf(cell, CELL_SIZE, "%llu", (unsigned long long)value);
}

static void format_name(char *cell, uint64_t value)
{
	snprintf(cell, CELL_SIZE, "cryptosim%llu",
		 (unsigned long long)value);
}

/* The two tables. In JSON they make one object */
static const struct figure settings[] = {
	{ "device", "device", INDEX, format_name, NONE },
	{ "engines", "engines", ENGINES, format_count, NONE },
	{ "queues", "queues", QUEUES, format_count, NONE },
	{ "latency", "latency_ns", LATENCY, format_time, NONE },
	{ "moderation count", "moderation_count", MODERATION_COUNT,
	  format_count, NONE },
	{ "moderation time", "moderation_ns", MODERATION_TIME, format_time,
	  NONE },
	{ }
};

static const struct figure counters[] = {
	{ "device", NULL, INDEX, format_name, NONE },
	{ "requests", "requests", REQUESTS, format_count, NONE },
	{ "errors", "errors", ERRORS, format_count, NONE },
	{ "text", "bytes", BYTES, format_size, NONE },
	{ "doorbells", "doorbells", DOORBELLS, format_count, NONE },
	{ "requests/doorbell", "requests_per_doorbell", REQUESTS, NULL,
	  DOORBELLS },
	{ "completions", "completions", COMPLETIONS, format_count, NONE },
	{ "interrupts", "interrupts", INTERRUPTS, format_count, NONE },
	{ "completions/interrupt", "completions_per_interrupt", COMPLETIONS,
	  NULL, INTERRUPTS },
	{ }
};

static struct numbers numbers_of(const struct control_device *device)
{
	const struct control_stats *stats = &device->stats;

	return (struct numbers) { {
		[INDEX] = device->index,
		[ENGINES] = device->engines,
		[QUEUES] = device->queues,
		[LATENCY] = device->latency_ns,
		[MODERATION_COUNT] = device->moderation_count,
		[MODERATION_TIME] = device->moderation_ns,
		[REQUESTS] = stats->requests,
		[ERRORS] = stats->errors,
		[BYTES] = stats->bytes,
		[DOORBELLS] = stats->doorbells,
		[COMPLETIONS] = stats->completions,
		[INTERRUPTS] = stats->interrupts,
	} };
}

/* @none is written where there is nothing to divide by */
static void format_ratio(char *cell, uint64_t value, uint64_t per,
			 const char *none)
{
	if (per)
		snprintf(cell, CELL_SIZE, "%.2f", (double)value / (double)per);
	else
		snprintf(cell, CELL_SIZE, "%s", none);
}

static void format_cell(char *cell, const struct control_device *device,
			const struct figure *figure)
{
	struct numbers numbers = numbers_of(device);

	if (figure->per)
		format_ratio(cell, numbers.of[figure->number],
			     numbers.of[figure->per], "-");
	else
		figure->format(cell, numbers.of[figure->number]);
}

/* A column is as wide as its widest cell */
static int column_width(const struct control_device *list, unsigned int n,
			const struct figure *figure)
{
	size_t width = strlen(figure->title);
	char cell[CELL_SIZE];
	unsigned int i;

	for (i = 0; i < n; i++) {
		format_cell(cell, &list[i], figure);
		if (strlen(cell) > width)
			width = strlen(cell);
	}
	return (int)width;
}

/* A line of the table: that of @device, or the titles where it is NULL */
static void print_line(FILE *file, const struct control_device *list,
		       unsigned int n, const struct figure *figures,
		       const struct control_device *device)
{
	const struct figure *figure;
	char cell[CELL_SIZE];

	for (figure = figures; figure->title; figure++) {
		int width = column_width(list, n, figure);

		if (device)
			format_cell(cell, device, figure);
		else
			snprintf(cell, sizeof(cell), "%s", figure->title);
		/* names to the left, figures to the right */
		if (figure == figures)
			fprintf(file, "%-*s", width, cell);
		else
			fprintf(file, "  %*s", width, cell);
	}
	fputc('\n', file);
}

static void print_table(FILE *file, const struct control_device *list,
			unsigned int n, const struct figure *figures)
{
	unsigned int i;

	print_line(file, list, n, figures, NULL);
	for (i = 0; i < n; i++)
		print_line(file, list, n, figures, &list[i]);
}

void control_print(FILE *file, const struct control_device *list,
		   unsigned int n)
{
	print_table(file, list, n, settings);
	fputc('\n', file);
	print_table(file, list, n, counters);
}

static void print_members(FILE *file, const struct control_device *device,
			  const struct figure *figure, const char *separator)
{
	struct numbers numbers = numbers_of(device);
	char cell[CELL_SIZE];

	for (; figure->title; figure++) {
		if (!figure->key)
			continue;
		if (figure->per)
			format_ratio(cell, numbers.of[figure->number],
				     numbers.of[figure->per], "null");
		else
			format_count(cell, numbers.of[figure->number]);
		fprintf(file, "%s\"%s\":%s", separator, figure->key, cell);
		separator = ",";
	}
}

void control_print_json(FILE *file, const struct control_device *list,
			unsigned int n)
{
	unsigned int i;

	fputs("{\"devices\":[", file);
	for (i = 0; i < n; i++) {
		fputs(i ? ",\n{" : "\n{", file);
		print_members(file, &list[i], settings, "");
		print_members(file, &list[i], counters, ",");
		fputc('}', file);
	}
	fputs(n ? "\n]}\n" : "]}\n", file);
}
