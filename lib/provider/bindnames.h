/* SPDX-License-Identifier: MIT */
/* Included before all of lib/ossl/bind.c where that is built for the provider. */
#ifndef LIB_PROVIDER_BINDNAMES_H
#define LIB_PROVIDER_BINDNAMES_H

#include "binding.h"

#define ASYNC_WAIT_CTX_get_fd		binding_get_fd
#define ASYNC_WAIT_CTX_set_wait_fd	binding_set_wait_fd
#define ASYNC_WAIT_CTX_get_callback	binding_get_callback
#define ASYNC_WAIT_CTX_set_status	binding_set_status

#endif /* LIB_PROVIDER_BINDNAMES_H */
