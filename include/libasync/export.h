/* SPDX-License-Identifier: MIT */
/*
 * What the shared libraries export. They are built with -fvisibility=hidden, so
 * this mark alone decides; the version scripts only name the version.
 */
#ifndef LIBASYNC_EXPORT_H
#define LIBASYNC_EXPORT_H

#ifndef ASYNC_EXPORT
#define ASYNC_EXPORT __attribute__((visibility("default")))
#endif

#endif /* LIBASYNC_EXPORT_H */
