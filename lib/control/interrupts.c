// SPDX-License-Identifier: MIT
/* A device's lines in /proc/interrupts, proc(5). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "control.h"

/* The first line names the CPUs, a column each */
static unsigned int count_cpus(const char *header)
{
	unsigned int cpus = 0;

	while ((header = strstr(header, "CPU"))) {
		header += strlen("CPU");
		cpus++;
	}
	return cpus;
}

/* The action's name is the last word: "24:  7  0  chip  0-edge  name" */
static const char *action_of(char *line)
{
	char *space;

	line[strcspn(line, "\n")] = '\0';
	space = strrchr(line, ' ');
	return space ? space + 1 : line;
}

static uint64_t sum_columns(const char *line, unsigned int cpus)
{
	const char *column = strchr(line, ':');
	uint64_t sum = 0;
	char *end;

	for (column = column ? column + 1 : ""; cpus--; column = end) {
		sum += strtoull(column, &end, 10);
		if (end == column)
			break;
	}
	return sum;
}

int control_interrupts(unsigned int device, uint64_t *count)
{
	unsigned int cpus = 0;
	unsigned int lines = 0;
	uint64_t sum = 0;
	char *line = NULL;
	size_t size = 0;
	char prefix[32];
	int ret = 0;
	FILE *file;

	file = fopen("/proc/interrupts", "re");
	if (!file)
		return -errno;
	snprintf(prefix, sizeof(prefix), "cryptosim%u-", device);
	if (getline(&line, &size, file) > 0)
		cpus = count_cpus(line);
	while (getline(&line, &size, file) > 0) {
		if (strncmp(action_of(line), prefix, strlen(prefix)))
			continue;
		sum += sum_columns(line, cpus);
		lines++;
	}
	if (ferror(file))
		ret = -EIO;
	else if (!lines)
		ret = -ENODEV;
	else
		*count = sum;
	free(line);
	fclose(file);
	return ret;
}
