/* SPDX-License-Identifier: MIT */
/* What the OpenSSL provider counts in a running process. */
#ifndef CONTROL_COUNTERS_H
#define CONTROL_COUNTERS_H

#include <stdio.h>
#include <sys/types.h>
#include "provider/counters.h"

/**
 * control_counters() - a copy of a process's counters
 * @pid: the process
 * @counters: out: to be freed with free()
 *
 * The process's user may, and root: more exactly, who may trace it, ptrace(2).
 *
 * Return: 0; -ESRCH: no such process; -EACCES: not yours; -ENOENT: it has
 * counted nothing, or has no provider; -EPROTO: a provider of another version;
 * -ENOMEM.
 */
int control_counters(pid_t pid, struct counters **counters);

/**
 * control_print_counters() - print two tables, of algorithms and of sessions
 * @file: where to
 * @counters: what control_counters() gave
 *
 * Algorithms and sessions without operations are left out. Errors are left in
 * @file, ferror(3).
 */
void control_print_counters(FILE *file, const struct counters *counters);

/**
 * control_print_counters_json() - print one JSON object (RFC 8259)
 * @file: where to
 * @counters: what control_counters() gave
 *
 * It is {"pid":N,"algorithms":[...],"sessions":[...]}. Errors are left in
 * @file, ferror(3).
 */
void control_print_counters_json(FILE *file, const struct counters *counters);

#endif /* CONTROL_COUNTERS_H */
