/* SPDX-License-Identifier: MIT */
/*
 * The interface under test: the implementation's <openssl/async.h>, held
 * against the synopses of ASYNC_WAIT_CTX_new(3) and ASYNC_start_job(3). They
 * are declared once more, so that a header with another type does not compile.
 */
#ifndef CONFORMANCE_API_H
#define CONFORMANCE_API_H

#include <openssl/async.h>
#include <stddef.h>

struct async_job_st;

#ifndef ASYNC_FINISH	/* a header without jobs */
#define ASYNC_JOB	struct async_job_st
#define ASYNC_ERR	0
#define ASYNC_NO_JOBS	1
#define ASYNC_PAUSE	2
#define ASYNC_FINISH	3
#endif

/* Values that compiled programs hold. */
_Static_assert(ASYNC_ERR == 0 && ASYNC_NO_JOBS == 1 && ASYNC_PAUSE == 2 &&
	       ASYNC_FINISH == 3, "what ASYNC_start_job() returns");
_Static_assert(ASYNC_STATUS_UNSUPPORTED == 0 && ASYNC_STATUS_ERR == 1 &&
	       ASYNC_STATUS_OK == 2 && ASYNC_STATUS_EAGAIN == 3,
	       "what ASYNC_WAIT_CTX_get_status() returns");
_Static_assert(OSSL_BAD_ASYNC_FD == -1, "an fd that is none");
_Static_assert(__builtin_types_compatible_p(OSSL_ASYNC_FD, int), "an fd");
_Static_assert(__builtin_types_compatible_p(ASYNC_callback_fn,
					    int (*)(void *)), "a callback");

ASYNC_WAIT_CTX *ASYNC_WAIT_CTX_new(void);
void ASYNC_WAIT_CTX_free(ASYNC_WAIT_CTX *ctx);
int ASYNC_WAIT_CTX_set_wait_fd(ASYNC_WAIT_CTX *ctx, const void *key, int fd,
			       void *custom_data,
			       void (*cleanup)(ASYNC_WAIT_CTX *ctx,
					       const void *key, int fd,
					       void *custom_data));
int ASYNC_WAIT_CTX_get_fd(ASYNC_WAIT_CTX *ctx, const void *key, int *fd,
			  void **custom_data);
int ASYNC_WAIT_CTX_get_all_fds(ASYNC_WAIT_CTX *ctx, int *fd, size_t *numfds);
int ASYNC_WAIT_CTX_get_changed_fds(ASYNC_WAIT_CTX *ctx, int *addfd,
				   size_t *numaddfds, int *delfd,
				   size_t *numdelfds);
int ASYNC_WAIT_CTX_clear_fd(ASYNC_WAIT_CTX *ctx, const void *key);
int ASYNC_WAIT_CTX_set_callback(ASYNC_WAIT_CTX *ctx, ASYNC_callback_fn callback,
				void *callback_arg);
int ASYNC_WAIT_CTX_get_callback(ASYNC_WAIT_CTX *ctx,
				ASYNC_callback_fn *callback,
				void **callback_arg);
int ASYNC_WAIT_CTX_set_status(ASYNC_WAIT_CTX *ctx, int status);
int ASYNC_WAIT_CTX_get_status(ASYNC_WAIT_CTX *ctx);

int ASYNC_init_thread(size_t max_size, size_t init_size);
void ASYNC_cleanup_thread(void);
int ASYNC_start_job(ASYNC_JOB **job, ASYNC_WAIT_CTX *ctx, int *ret,
		    int (*func)(void *), void *args, size_t size);
int ASYNC_pause_job(void);
ASYNC_JOB *ASYNC_get_current_job(void);
ASYNC_WAIT_CTX *ASYNC_get_wait_ctx(ASYNC_JOB *job);
void ASYNC_block_pause(void);
void ASYNC_unblock_pause(void);
int ASYNC_is_capable(void);

/* An implementation may lack jobs: its addresses of these are NULL. */
#pragma weak ASYNC_init_thread
#pragma weak ASYNC_cleanup_thread
#pragma weak ASYNC_start_job
#pragma weak ASYNC_pause_job
#pragma weak ASYNC_get_current_job
#pragma weak ASYNC_get_wait_ctx
#pragma weak ASYNC_block_pause
#pragma weak ASYNC_unblock_pause
#pragma weak ASYNC_is_capable

#endif /* CONFORMANCE_API_H */
