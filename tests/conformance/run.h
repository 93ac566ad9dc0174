/* SPDX-License-Identifier: MIT */
/* Between a row's child process and the parent that judges it. */
#ifndef CONFORMANCE_RUN_H
#define CONFORMANCE_RUN_H

#include "row.h"

#define MAX_REASON	512	/* bytes of a reason */
#define REASON_FD	3	/* where the child writes it */

/**
 * struct outcome - how a row went
 * @verdict: in one word; the child's exit status too
 * @reason: unless it is OK: why
 */
struct outcome {
	enum verdict verdict;
	char reason[MAX_REASON + 64];
};

/**
 * run_row() - try a row in a child process
 * @row: the row
 * @outcome: out: how it went
 */
void run_row(const struct row *row, struct outcome *outcome);

#endif /* CONFORMANCE_RUN_H */
