/* SPDX-License-Identifier: MIT */
/* Devices and their counters as text, for people and for programs. */
#ifndef CONTROL_PRINT_H
#define CONTROL_PRINT_H

#include <stdio.h>
#include "control.h"

/**
 * control_print() - print two tables, settings and counters, a line per device
 * @file: where to
 * @list: the devices
 * @n: how many
 *
 * Errors are left in @file, ferror(3).
 */
void control_print(FILE *file, const struct control_device *list,
		   unsigned int n);

/**
 * control_print_json() - print one JSON object (RFC 8259)
 * @file: where to
 * @list: the devices
 * @n: how many
 *
 * It is {"devices":[...]}, with an object per device. A ratio whose divisor is
 * 0 is null. Errors are left in @file, ferror(3).
 */
void control_print_json(FILE *file, const struct control_device *list,
			unsigned int n);

#endif /* CONTROL_PRINT_H */
