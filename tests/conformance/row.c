// SPDX-License-Identifier: MIT
/* The child's side of a row: how it says its verdict. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "run.h"

/*
 * The text goes to the parent in one write, so that of two threads which end
 * the row at once both are quoted whole. Nothing of the process is flushed or
 * tidied up: the implementation may be in any state.
 */
void row_end(enum verdict verdict, const char *format, ...)
{
	char text[MAX_REASON];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len >= (int)sizeof(text))
		len = sizeof(text) - 1;
	if (write(REASON_FD, text, len) != len)
		_exit(FAILED);
	_exit(verdict);
}

void row_is(const char *file, int line, const char *expr, intptr_t got,
	    intptr_t want)
{
	const char *slash = strrchr(file, '/');

	if (got == want)
		return;
	row_end(FAILED, "%s:%d: %s is %jd, not %jd", slash ? slash + 1 : file,
		line, expr, (intmax_t)got, (intmax_t)want);
}
