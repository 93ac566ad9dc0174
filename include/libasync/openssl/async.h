/* SPDX-License-Identifier: MIT */
/*
 * ASYNC_WAIT_CTX and ASYNC_JOB: the drop-in for OpenSSL's <openssl/async.h>.
 *
 * A job is a function on a stack of its own, which can be paused and resumed. A
 * wait ctx is one asynchronous session (for TLS: one connection). Code that
 * offloads, a provider say, runs in a job, leaves word in the job's wait ctx how
 * to wait (an fd, or the status that promises a callback) and pauses. The
 * application looks there, waits, and resumes the job.
 *
 * A program written for OpenSSL's header compiles unchanged with
 * -I<prefix>/include/libasync, which is all that <openssl/async.h> needs, and
 * links -lasync-ossl. One process has one implementation of these names, a wait
 * ctx of the one means nothing to the other: where libcrypto is there as well,
 * this library has to come first, by LD_PRELOAD if need be, and OpenSSL's own
 * libraries use it then. The header's guard is OpenSSL's, so that the first of
 * the two on the include path is the only one a source file sees, also by way of
 * <openssl/ssl.h>.
 *
 * Source: ASYNC_start_job(3) and ASYNC_WAIT_CTX_new(3) of OpenSSL 3.0 to 4.0.
 * Below, [M] marks what those pages say, [C] what only OpenSSL's code does and
 * applications rely on, [+] where this library answers and OpenSSL crashes,
 * hangs or leaks. For a wait ctx all of [+] is in three rules: a NULL @ctx, or a
 * NULL output where the manual does not allow it, returns 0 and touches nothing;
 * a cleanup function may use its ctx; and freeing a ctx ends its paused jobs.
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
 * Jobs. Each thread has a pool of them, which begins by itself. A job belongs to
 * the thread that started it, from there to its end. At any time one job of a
 * thread runs at most: the current one. A job may start others [+]: they are
 * current in turn, and a pause or the end of such a job leads back to the job
 * that started or resumed it. A pause that returns says nothing: it returns at
 * once outside a job or where it is blocked, and an application may resume a job
 * for any reason. Who pauses does so in a loop, until the thing is done.
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

/* As <libasync/export.h> has it: this header needs no other. */
#ifndef ASYNC_EXPORT
#define ASYNC_EXPORT __attribute__((visibility("default")))
#endif

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

/* What ASYNC_start_job() returns [M]. */
#define ASYNC_ERR	0 /* nothing was started or resumed */
#define ASYNC_NO_JOBS	1 /* the pool has none to give: try again later */
#define ASYNC_PAUSE	2 /* the job paused: resume it */
#define ASYNC_FINISH	3 /* the job has returned */

#ifdef __cplusplus
extern "C" {
#endif

/* The structs' tags are OpenSSL's: they are part of mangled names in C++. */
typedef struct async_job_st ASYNC_JOB;
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
 *
 * Then the jobs that were started with @ctx and are paused end where they are
 * [+, OpenSSL leaks them]: nothing of theirs runs any more, their stacks go back
 * to the pools of their threads, also from another thread, and their handles are
 * no longer good. A job that is running goes on without a wait ctx.
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

/**
 * ASYNC_is_capable() - whether there can be jobs here
 *
 * Return: 1.
 */
ASYNC_EXPORT int ASYNC_is_capable(void);

/**
 * ASYNC_init_thread() - size the calling thread's pool
 * @max_size: how many jobs it may have, running, paused and idle [C]; 0: any
 *	number [M]
 * @init_size: make jobs until it has so many [M]
 *
 * A thread that never calls this has (0, 0) [M]. Called again, it sets the new
 * size; jobs beyond it stay [+, OpenSSL leaks them].
 *
 * Return: 1, also if not all of the @init_size jobs could be made [C]; 0:
 * @init_size is more than @max_size, be that 0 or not [C], or out of memory.
 */
ASYNC_EXPORT int ASYNC_init_thread(size_t max_size, size_t init_size);

/**
 * ASYNC_cleanup_thread() - free the calling thread's pool
 *
 * Frees its idle jobs, and the pool's size is (0, 0) again. Jobs that have not
 * finished are left alone [+]: they can be resumed, and come back to the pool.
 *
 * The end of a thread does the same by itself [M], but nobody can resume what it
 * leaves paused. Such a job ends with its wait ctx, see ASYNC_WAIT_CTX_free(),
 * or at once if it has none [+]. The main thread's pool goes with the process.
 */
ASYNC_EXPORT void ASYNC_cleanup_thread(void);

/**
 * ASYNC_start_job() - start a job, or resume one
 * @job: in: NULL: start one; else the job to resume. Out: the job if it paused;
 *	NULL if it finished [M]; else as it was
 * @ctx: its wait ctx; NULL: none [+, OpenSSL crashes at its first pause].
 *	Several jobs may have one at the same time [C]
 * @ret: out: what @func returned, if the job finished; else as it was [M]
 * @func: what the job does
 * @args: what @func gets a copy of [M]; NULL: it gets NULL [C]
 * @size: bytes of @args; 0: @func gets NULL [C]
 *
 * Returns when the job pauses or finishes. To resume it, @ctx, @func, @args and
 * @size are not looked at [M], and it has to be the thread that started it [M].
 * The copy of @args is aligned as malloc(3) aligns, and lives until @func
 * returns.
 *
 * In a process with libcrypto the job has a default OSSL_LIB_CTX of its own
 * [C]: it begins with its starter's, and neither sees what the other sets.
 * Everything else that belongs to the thread is shared, such as errno, thread
 * local variables and OpenSSL's error queue: a function that pauses leaves no
 * entry in that.
 *
 * From inside a job this starts or resumes another one [+, OpenSSL crashes],
 * whose pause or end then leads back to here.
 *
 * Return: ASYNC_FINISH; ASYNC_PAUSE; ASYNC_NO_JOBS: the pool has as many as it
 * may have, or there is no memory for one more [C]; ASYNC_ERR: no memory for the
 * copy of @args, or [+, OpenSSL crashes] @job or @ret is NULL, @func is NULL
 * and a job to be started, the job to resume is another thread's or is not
 * paused.
 */
ASYNC_EXPORT int ASYNC_start_job(ASYNC_JOB **job, ASYNC_WAIT_CTX *ctx, int *ret,
				 int (*func)(void *), void *args, size_t size);

/**
 * ASYNC_pause_job() - pause the current job
 *
 * ASYNC_start_job() returns ASYNC_PAUSE; this returns when the job is resumed.
 * Outside a job [M], or while ASYNC_block_pause() is in force, it returns at
 * once. With an actual pause the period of the job's wait ctx ends [C].
 *
 * Return: 1, in each of these cases [M].
 */
ASYNC_EXPORT int ASYNC_pause_job(void);

/**
 * ASYNC_get_current_job() - the job that is running
 *
 * Return: the job, the innermost where one started another [+]; NULL outside a
 * job [M].
 */
ASYNC_EXPORT ASYNC_JOB *ASYNC_get_current_job(void);

/**
 * ASYNC_get_wait_ctx() - the wait ctx of a job
 * @job: the job
 *
 * Return: what the job was started with [M]; NULL: nothing, or it was freed
 * meanwhile, or @job is NULL [+].
 */
ASYNC_EXPORT ASYNC_WAIT_CTX *ASYNC_get_wait_ctx(ASYNC_JOB *job);

/**
 * ASYNC_block_pause() - keep the current job from pausing
 *
 * Until as many calls of ASYNC_unblock_pause() [M], for instance while a lock is
 * held that the application may take. Outside a job nothing happens [M]. The
 * count is the thread's: a job that finishes without unblocking blocks the next
 * one [C]. A job started inside a job has a count of its own [+]: its pause
 * keeps the control inside the outer one.
 */
ASYNC_EXPORT void ASYNC_block_pause(void);

/**
 * ASYNC_unblock_pause() - take one ASYNC_block_pause() back
 *
 * Nothing happens outside a job [M], or where nothing is blocked [C].
 */
ASYNC_EXPORT void ASYNC_unblock_pause(void);

/**
 * typedef ASYNC_stack_alloc_fn - memory for a stack
 * @num: in: bytes that are needed; out: bytes that there are, if more
 *
 * Return: its lowest address; NULL: there is none. May be called in any thread
 * that starts jobs, in several at once.
 */
typedef void *(*ASYNC_stack_alloc_fn)(size_t *num);

/**
 * typedef ASYNC_stack_free_fn - the end of a stack
 * @addr: what ASYNC_stack_alloc_fn returned
 */
typedef void (*ASYNC_stack_free_fn)(void *addr);

/**
 * ASYNC_set_mem_functions() - bring the memory of stacks
 * @alloc_fn: allocates a stack; NULL: as it is now
 * @free_fn: frees a stack; NULL: as it is now
 *
 * Since OpenSSL 3.2. To be called before the first job of the process is made,
 * in whichever thread [M].
 *
 * Without this call a stack is a mapping of its own with a guard page below it,
 * so that a job that overruns it dies of SIGSEGV. With functions of the
 * application's, one or both, there is no such page, for the memory is not this
 * library's to protect: a job that overruns it writes over something.
 *
 * Return: 1; 0: too late, nothing was changed [M].
 */
ASYNC_EXPORT int ASYNC_set_mem_functions(ASYNC_stack_alloc_fn alloc_fn,
					 ASYNC_stack_free_fn free_fn);

/**
 * ASYNC_get_mem_functions() - the functions that are set
 * @alloc_fn: out: allocates a stack; may be NULL
 * @free_fn: out: frees a stack; may be NULL
 *
 * Since OpenSSL 3.2. Where none were set it gives a pair that works on the heap,
 * as OpenSSL's does; with that set again, stacks are mappings as before.
 */
ASYNC_EXPORT void ASYNC_get_mem_functions(ASYNC_stack_alloc_fn *alloc_fn,
					  ASYNC_stack_free_fn *free_fn);

#ifdef __cplusplus
}
#endif

#endif /* OPENSSL_ASYNC_H */
