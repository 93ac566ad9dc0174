// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

#define MAX_WORDS	3

/**
 * struct parameter - one of them
 * @name: as in openssl.cnf
 * @offset: of its field, an unsigned int, in struct config
 * @preset: what it is if it is not given
 * @min: the least value
 * @max: the greatest
 * @words: the values by name, from 0, in place of a number
 */
struct parameter {
	const char *name;
	size_t offset;
	unsigned int preset;
	unsigned int min;
	unsigned int max;
	const char *words[MAX_WORDS];
};

static const struct parameter parameters[] = {
	{ "device", offsetof(struct config, device), .max = 63 },
	{ "depth", offsetof(struct config, depth), 256,
	  .min = 1, .max = 4096 },
	{ "threshold", offsetof(struct config, threshold), 4096,
	  .max = 1048576 },
	{ "notification", offsetof(struct config, notification),
	  NOTIFY_AUTO,
	  .words = { "auto", "fd" } },
	{ "full", offsetof(struct config, full), FULL_SOFTWARE,
	  .words = { "software", "wait" } },
	{ "fallback", offsetof(struct config, fallback),
	  FALLBACK_SOFTWARE,
	  .words = { "software", "error" } },
	{ "summary", offsetof(struct config, summary),
	  .words = { "no", "yes" } },
};

static int parse_word(const struct parameter *parameter, const char *text,
		      unsigned int *value)
{
	unsigned int i;

	for (i = 0; i < MAX_WORDS && parameter->words[i]; i++) {
		if (!strcmp(text, parameter->words[i])) {
			*value = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_number(const struct parameter *parameter, const char *text,
			unsigned int *value)
{
	unsigned long number;

	/* Seven digits are enough for every maximum, and never overflow */
	if (!*text || strlen(text) > 7 || text[strspn(text, "0123456789")])
		return -EINVAL;
	number = strtoul(text, NULL, 10);
	if (number < parameter->min || number > parameter->max)
		return -EINVAL;
	*value = number;
	return 0;
}

static void complain(const struct parameter *parameter, const char *text,
		     char *trouble, size_t size)
{
	if (parameter->words[0])
		snprintf(trouble, size, "%s = %s: say %s or %s",
			 parameter->name, text, parameter->words[0],
			 parameter->words[1]);
	else
		snprintf(trouble, size, "%s = %s: say a number from %u to %u",
			 parameter->name, text, parameter->min,
			 parameter->max);
}

int config_read(struct config *config, config_get_fn get, void *arg,
		char *trouble, size_t size)
{
	const struct parameter *parameter;
	const char *text;
	unsigned int *value;
	size_t i;
	int ret;

	for (i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
		parameter = &parameters[i];
		value = (unsigned int *)((char *)config + parameter->offset);
		*value = parameter->preset;
		text = get(arg, parameter->name);
		if (!text)
			continue;
		ret = parameter->words[0] ? parse_word(parameter, text, value) :
					    parse_number(parameter, text, value);
		if (ret) {
			complain(parameter, text, trouble, size);
			return ret;
		}
	}
	return 0;
}
