/* SPDX-License-Identifier: MIT */
/*
 * ASYNC_WAIT_CTX: the drop-in for OpenSSL's <openssl/async.h>.
 *
 * A wait ctx is one asynchronous session (for TLS: one connection). Code that
 * offloads, a provider say, leaves word in it how to wait: an fd, or the status
 * that promises a callback. The application looks there.
 *
 * A program written for OpenSSL's header compiles unchanged with
 * -I<prefix>/include -I<prefix>/include/libasync and links -lasync-ossl. One
 * process has one implementation of these names: do not link libcrypto for them
 * as well, a wait ctx of the one means nothing to the other. The header's guard
 * is OpenSSL's, so that the first of the two on the include path is the only
 * one a source file sees, also by way of <openssl/ssl.h>.
 *
 * Source: ASYNC_WAIT_CTX_new(3) of OpenSSL 3.0 to 4.0. Below, [M] marks what
 * that page says, [C] what only OpenSSL's code does and applications rely on,
 * [+] where this library answers and OpenSSL crashes. All of [+] is in two
 * rules: a NULL @ctx, or a NULL output where the manual does not allow it,
 * returns 0 and touches nothing; and a cleanup function may use its ctx.
 *
 * Entries. An fd with its key, custom data and cleanup function is an entry. It
 * is live until its key is cleared. Wherever several are listed or could be
 * meant, the newest comes first [C].
 *
 * The period. ASYNC_WAIT_CTX_get_changed_fds() reports against the start of the
 * current period. The first starts with the ctx. By the manual a period ends
 * when a job returns ASYNC_PAUSE [M]; by the code it ends inside
 * ASYNC_pause_job(), when the job was resumed, and nowhere else [C]: the
 * application can thus ask after each PAUSE, and as often as it likes.
 *
 * Threads. The manual is silent; the code has no lock [C]. A ctx belongs to one
 * thread at a time, the one that starts and resumes its jobs, and moving it to
 * another thread is synchronised by the application. One exception here: any
 * thread may set and get the status at any time, since a callback, which runs
 * in whichever thread reaps, may look at it while the owner submits the next
 * request. The callback pair has no such exception: set it while none of the
 * ctx's requests is in flight.
 */
#ifndef OPENSSL_ASYNC_H
#define OPENSSL_ASYNC_H

/* OpenSSL's header brings it in, and programs use malloc() on that ground. */
#include <stdlib.h>

#include <libasync/export.h>

/**
 * OSSL_ASYNC_FD - the type of a wait fd [M]
 *
 * A macro, since programs ask for it with #ifdef.
 */
#define OSSL_ASYNC_FD int

/* An fd that is none [C]. No function treats it specially. */
#define OSSL_BAD_ASYNC_FD -1

/*
 * What ASYNC_WAIT_CTX_get_status() says of the latest submission [M]. Only with
 * OK is a callback to be expected.
 */
#define ASYNC_STATUS_UNSUPPORTED	0 /* no callbacks here: the default */
#define ASYNC_STATUS_ERR		1 /* fatal: clean the session up */
#define ASYNC_STATUS_OK			2 /* submitted: expect the callback */
#define ASYNC_STATUS_EAGAIN		3 /* full for now: resume the job later */

#ifdef __cplusplus
extern "C" {
#endif

/* The struct's tag is OpenSSL's: it is part of mangled names in C++. */
typedef struct async_wait_ctx_st ASYNC_WAIT_CTX;

/**
 * typedef ASYNC_callback_fn - told that an operation is done
 * @arg: the callback_arg of ASYNC_WAIT_CTX_set_callback()
 *
 * Has to be small and must not block [M]. Runs where completions are reaped:
 * any thread, and possibly before ASYNC_start_job() has returned ASYNC_PAUSE.
 *
 * Return: not looked at [C].
 */
typedef int (*ASYNC_callback_fn)(void *arg);

/**
 * ASYNC_WAIT_CTX_new() - make a wait ctx
 *
 * It has no entries, no callback, and status ASYNC_STATUS_UNSUPPORTED [M].
 *
 * Return: the ctx, for ASYNC_WAIT_CTX_free(); NULL: out of memory [M].
 */
ASYNC_EXPORT ASYNC_WAIT_CTX *ASYNC_WAIT_CTX_new(void);

/**
 * ASYNC_WAIT_CTX_free() - end a wait ctx
 * @ctx: the ctx; NULL is a no-op [M]
 *
 * Calls cleanup(ctx, key, fd, custom_data) for each entry that has a cleanup
 * function and was not cleared [M], newest first [C]. No fd is closed but by
 * these.
 *
 * A cleanup function may use @ctx [+]: its own entry has left it already, the
 * older ones are still there, and an entry that it adds is cleaned up next. It
 * must not free @ctx.
 */
ASYNC_EXPORT void ASYNC_WAIT_CTX_free(ASYNC_WAIT_CTX *ctx);

/**
 * ASYNC_WAIT_CTX_set_wait_fd() - add an entry
 * @ctx: the ctx
 * @key: any value that is the offloading code's own, such as the address of an
 *	object of its [M]; NULL is a key like any other [C]
 * @fd: readable when the job should be resumed [M]; not looked at, -1 is
 *	accepted [C]
 * @custom_data: handed back by ASYNC_WAIT_CTX_get_fd() and to @cleanup [M]
 * @cleanup: called by ASYNC_WAIT_CTX_free() if the entry lives until then;
 *	NULL: nothing is called [M]
 *
 * Never replaces an entry: one key may have several, and one fd too [C].
 * Applications do best with one fd that stays for the life of @ctx [M].
 *
 * Return: 1; 0: out of memory, @ctx is as before [C], or @ctx is NULL [+].
 */
ASYNC_EXPORT int
ASYNC_WAIT_CTX_set_wait_fd(ASYNC_WAIT_CTX *ctx, const void *key,
			   OSSL_ASYNC_FD fd, void *custom_data,
			   void (*cleanup)(ASYNC_WAIT_CTX *ctx, const void *key,
					   OSSL_ASYNC_FD fd,
					   void *custom_data));

/**
 * ASYNC_WAIT_CTX_get_fd() - find the entry of a key
 * @ctx: the ctx
 * @key: the key
 * @fd: out: the fd of the newest live entry with @key
 * @custom_data: out: its custom data
 *
 * Return: 1; 0: no live entry has that key [C], @ctx, @fd or @custom_data is
 * NULL [+]; the outputs then stay as they were [C].
 */
ASYNC_EXPORT int ASYNC_WAIT_CTX_get_fd(ASYNC_WAIT_CTX *ctx, const void *key,
				       OSSL_ASYNC_FD *fd, void **custom_data);

/**
 * ASYNC_WAIT_CTX_get_all_fds() - list the fds to wait for
 * @ctx: the ctx
 * @fd: out: the fds of all live entries, newest first [C]; has room for them;
 *	NULL: only count [M]
 * @numfds: out: how many they are, 0 and more, written in either case [M]
 *
 * To be called twice: to count, and to fetch [M].
 *
 * Return: 1; 0: @ctx or @numfds is NULL [+].
 */
ASYNC_EXPORT int ASYNC_WAIT_CTX_get_all_fds(ASYNC_WAIT_CTX *ctx,
					    OSSL_ASYNC_FD *fd, size_t *numfds);

/**
 * ASYNC_WAIT_CTX_get_changed_fds() - list what this period has changed
 * @ctx: the ctx
 * @addfd: out: the fds added in this period, newest first [C]; has room for
 *	them; NULL: only count [M]
 * @numaddfds: out: how many they are [M]
 * @delfd: out: the fds that are older than this period and were cleared in it,
 *	newest entry first [C]; has room for them; NULL: only count [M]
 * @numdelfds: out: how many they are [M]
 *
 * An entry added and cleared in the same period is in neither list [C]. Reading
 * ends no period: the next call says the same [C].
 *
 * Return: 1; 0: @ctx, @numaddfds or @numdelfds is NULL [+].
 */
ASYNC_EXPORT int
ASYNC_WAIT_CTX_get_changed_fds(ASYNC_WAIT_CTX *ctx, OSSL_ASYNC_FD *addfd,
			       size_t *numaddfds, OSSL_ASYNC_FD *delfd,
			       size_t *numdelfds);

/**
 * ASYNC_WAIT_CTX_clear_fd() - end the entry of a key
 * @ctx: the ctx
 * @key: the key; of several live entries the newest is meant [C]
 *
 * Never calls the cleanup function, neither now nor at free [M]: who clears an
 * entry disposes of its fd. An entry of this same period vanishes without
 * trace; an older one is no longer live, and is reported as removed until the
 * period ends [C].
 *
 * Return: 1; 0: no live entry has that key [C], or @ctx is NULL [+].
 */
ASYNC_EXPORT int ASYNC_WAIT_CTX_clear_fd(ASYNC_WAIT_CTX *ctx, const void *key);

/**
 * ASYNC_WAIT_CTX_set_callback() - ask to be called
 * @ctx: the ctx
 * @callback: called when an operation of @ctx completes [M]; NULL: unset [C]
 * @callback_arg: what it is called with; any value
 *
 * The ctx only keeps the pair: the offloading code calls it, for requests that
 * were submitted with ASYNC_STATUS_OK. By convention an application with a
 * callback needs no fd.
 *
 * Return: 1; 0: @ctx is NULL [C].
 */
ASYNC_EXPORT int ASYNC_WAIT_CTX_set_callback(ASYNC_WAIT_CTX *ctx,
					     ASYNC_callback_fn callback,
					     void *callback_arg);

/**
 * ASYNC_WAIT_CTX_get_callback() - the callback that was set
 * @ctx: the ctx
 * @callback: out: the callback
 * @callback_arg: out: its argument
 *
 * Return: 1; 0: none is set [C], @ctx, @callback or @callback_arg is NULL [+];
 * the outputs then stay as they were [C].
 */
ASYNC_EXPORT int ASYNC_WAIT_CTX_get_callback(ASYNC_WAIT_CTX *ctx,
					     ASYNC_callback_fn *callback,
					     void **callback_arg);

/**
 * ASYNC_WAIT_CTX_set_status() - say how the latest submission went
 * @ctx: the ctx
 * @status: one of ASYNC_STATUS_*; any other int is kept just so [C]
 *
 * For the offloading code [M]. Calls nothing, and nothing but this function
 * changes the status [C].
 *
 * Context: any thread, any time. It orders no other memory access: what a
 * status goes with is handed over by other means.
 *
 * Return: 1; 0: @ctx is NULL [+].
 */
ASYNC_EXPORT int ASYNC_WAIT_CTX_set_status(ASYNC_WAIT_CTX *ctx, int status);

/**
 * ASYNC_WAIT_CTX_get_status() - how the latest submission went
 * @ctx: the ctx
 *
 * Context: any thread, any time, as ASYNC_WAIT_CTX_set_status().
 *
 * Return: the status [M]; ASYNC_STATUS_UNSUPPORTED also where @ctx is NULL [+].
 */
ASYNC_EXPORT int ASYNC_WAIT_CTX_get_status(ASYNC_WAIT_CTX *ctx);

#ifdef __cplusplus
}
#endif

#endif /* OPENSSL_ASYNC_H */
