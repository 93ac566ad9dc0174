/* SPDX-License-Identifier: MIT */
/*
 * libasync: the userspace half of cryptosim. This header has all of the core;
 * each header it includes is the manual of its part.
 *
 *	queue.h		open, submit, wait, reap
 *	arena.h		memory that the device reaches without a copy
 *	key.h		keys
 *	session.h	where completions are announced: an fd or a callback
 *	request.h	one operation: prepare, collect
 *	poller.h	a thread that reaps
 *
 * Functions return 0 or a count on success and a negative errno value
 * otherwise; errno is never set. A queue has one submitting thread: calls that
 * take a queue come from that thread unless their manual says otherwise.
 */
#ifndef LIBASYNC_ASYNC_H
#define LIBASYNC_ASYNC_H

#include <libasync/arena.h>
#include <libasync/interrupt.h>
#include <libasync/key.h>
#include <libasync/poller.h>
#include <libasync/queue.h>
#include <libasync/request.h>
#include <libasync/room.h>
#include <libasync/session.h>

#endif /* LIBASYNC_ASYNC_H */
