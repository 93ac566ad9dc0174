/* SPDX-License-Identifier: MIT */
/*
 * Rows: one statement about the API each, with the function that tries it.
 *
 * A row runs in a child process of its own, under a time limit: it finds the
 * implementation untouched, may crash it, and has nothing to tidy up. What it
 * learns it says by ending: by returning, or by the functions below, which may
 * be called in any thread.
 */
#ifndef CONFORMANCE_ROW_H
#define CONFORMANCE_ROW_H

#include <stdbool.h>
#include <stdint.h>

/* Who says so. */
enum source {
	MAN = 'M',	/* the manual page */
	CODE = 'C',	/* OpenSSL's code alone, and applications rely on it */
	PLUS = '+',	/* nobody: others answer where OpenSSL does not */
};

/**
 * struct row - a statement and its test
 * @name: the statement, in short
 * @source: who says so
 * @test: returns if it holds
 *
 * A PLUS row may die or hang where the implementation is as weak as OpenSSL.
 * A table of rows ends in one without a name.
 */
struct row {
	const char *name;
	enum source source;
	void (*test)(void);
};

/* The tables, one for each group of lines in the manual. */
extern const struct row fds_rows[];
extern const struct row period_rows[];
extern const struct row callback_rows[];
extern const struct row delivery_rows[];
extern const struct row null_rows[];
extern const struct row start_rows[];
extern const struct row pool_rows[];
extern const struct row pause_rows[];
extern const struct row libctx_rows[];
extern const struct row weakness_rows[];
extern const struct row threads_rows[];
extern const struct row symbols_rows[];

/* How a row ends. */
enum verdict {
	OK,		/* by returning */
	FAILED,		/* the statement does not hold */
	WEAK,		/* PLUS: a weakness of OpenSSL's that does not kill */
	SKIPPED,	/* can't be tried here */
};

/**
 * row_end() - end the row, and the process
 * @verdict: how; not OK
 * @format: why, as for printf()
 */
void row_end(enum verdict verdict, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* Both are integers or pointers; the text tells what differs. */
#define IS(expr, want) row_is(__FILE__, __LINE__, #expr, (intptr_t)(expr), \
			      (intptr_t)(want))

/**
 * row_is() - what IS() does: fail the row unless @got is @want
 * @file: where it is asked for
 * @line: likewise
 * @expr: the text of what is asked for
 * @got: its value
 * @want: what the value should be
 */
void row_is(const char *file, int line, const char *expr, intptr_t got,
	    intptr_t want);

#endif /* CONFORMANCE_ROW_H */
