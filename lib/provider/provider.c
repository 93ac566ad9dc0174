// SPDX-License-Identifier: MIT
/* The entry points, provider-base(7). */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <libasync/export.h>
#include "counters.h"
#include "libcrypto.h"
#include "provider.h"
#include "queue.h"
#include "software.h"

#define TROUBLE_SIZE	160

static const OSSL_ITEM reasons[] = {
	{ REASON_CONFIG, "bad value in the configuration" },
	{ REASON_LIBCRYPTO, "can't work with this libcrypto" },
	{ REASON_DEVICE, "the device failed" },
	{ REASON_ARGUMENT, "bad call" },
	{ 0, NULL }
};

/**
 * struct upcalls - what libcrypto lets a provider do while it initialises
 * @get_params: asks for a value of the configuration
 * @core: with this handle
 */
struct upcalls {
	OSSL_FUNC_core_get_params_fn *get_params;
	const OSSL_CORE_HANDLE *core;
};

void provider_error(const struct provider *provider, enum reason reason,
		    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	provider->new_error(provider->core);
	provider->set_error_debug(provider->core, "cryptosim", 0, "");
	provider->vset_error(provider->core, reason, format, args);
	va_end(args);
}

static const OSSL_PARAM *provider_gettable_params(void *provctx)
{
	static const OSSL_PARAM table[] = {
		OSSL_PARAM_DEFN(OSSL_PROV_PARAM_NAME, OSSL_PARAM_UTF8_PTR,
				NULL, 0),
		OSSL_PARAM_DEFN(OSSL_PROV_PARAM_VERSION, OSSL_PARAM_UTF8_PTR,
				NULL, 0),
		OSSL_PARAM_DEFN(OSSL_PROV_PARAM_STATUS, OSSL_PARAM_INTEGER,
				NULL, 0),
		OSSL_PARAM_END
	};

	(void)provctx;
	return table;
}

static int provider_get_params(void *provctx, OSSL_PARAM params[])
{
	OSSL_PARAM *param;

	(void)provctx;
	param = libcrypto.OSSL_PARAM_locate(params, OSSL_PROV_PARAM_NAME);
	if (param && !libcrypto.OSSL_PARAM_set_utf8_ptr(param, "cryptosim"))
		return 0;
	param = libcrypto.OSSL_PARAM_locate(params, OSSL_PROV_PARAM_VERSION);
	if (param && !libcrypto.OSSL_PARAM_set_utf8_ptr(param, VERSION))
		return 0;
	param = libcrypto.OSSL_PARAM_locate(params, OSSL_PROV_PARAM_STATUS);
	return !param || libcrypto.OSSL_PARAM_set_int(param, 1);
}

static const OSSL_ALGORITHM *provider_query(void *provctx, int operation,
					    int *no_cache)
{
	const struct provider *provider = provctx;

	*no_cache = 0;
	return operation == OSSL_OP_CIPHER ? provider->algorithms : NULL;
}

static const OSSL_ITEM *provider_reasons(void *provctx)
{
	(void)provctx;
	return reasons;
}

static void provider_teardown(void *provctx)
{
	struct provider *provider = provctx;

	queue_teardown(provider);
	software_close();
	free(provider);
}

static const OSSL_DISPATCH dispatch[] = {
	{ OSSL_FUNC_PROVIDER_TEARDOWN, (void (*)(void))provider_teardown },
	{ OSSL_FUNC_PROVIDER_GETTABLE_PARAMS,
	  (void (*)(void))provider_gettable_params },
	{ OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))provider_get_params },
	{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))provider_query },
	{ OSSL_FUNC_PROVIDER_GET_REASON_STRINGS,
	  (void (*)(void))provider_reasons },
	{ 0, NULL }
};

/* What libcrypto has not, the device can't stand in for: it is not offered. */
static void list_algorithms(struct provider *provider)
{
	OSSL_ALGORITHM *row = provider->algorithms;
	unsigned int i;

	for (i = 0; i < CIPHERS; i++) {
		if (!software_cipher(i))
			continue;
		*row++ = (OSSL_ALGORITHM) {
			.algorithm_names = ciphers[i].names,
			.property_definition = "provider=cryptosim",
			.implementation = ciphers[i].dispatch,
		};
	}
}

static const char *get_value(void *arg, const char *name)
{
	const struct upcalls *up = arg;
	char *value = NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_DEFN(name, OSSL_PARAM_UTF8_PTR, &value,
				sizeof(value)),
		OSSL_PARAM_END
	};

	return up->get_params(up->core, params) ? value : NULL;
}

static void take_upcalls(struct provider *provider, struct upcalls *up,
			 const OSSL_DISPATCH *in)
{
	provider->core = up->core;
	for (; in->function_id; in++) {
		switch (in->function_id) {
		case OSSL_FUNC_CORE_GET_PARAMS:
			up->get_params = OSSL_FUNC_core_get_params(in);
			break;
		case OSSL_FUNC_CORE_NEW_ERROR:
			provider->new_error = OSSL_FUNC_core_new_error(in);
			break;
		case OSSL_FUNC_CORE_SET_ERROR_DEBUG:
			provider->set_error_debug =
				OSSL_FUNC_core_set_error_debug(in);
			break;
		case OSSL_FUNC_CORE_VSET_ERROR:
			provider->vset_error = OSSL_FUNC_core_vset_error(in);
			break;
		}
	}
}

/*
 * Why there is no provider. Where libcrypto reads its configuration it throws
 * the entry away and goes on without, so it is told where a person sees it too.
 */
static void refuse(const struct provider *provider, enum reason reason,
		   const char *trouble)
{
	provider_error(provider, reason, "%s", trouble);
	fprintf(stderr, "cryptosim: not loaded: %s\n", trouble);
}

/* Returns 0, or -1 with an entry in the error queue. */
static int provider_prepare(struct provider *provider, struct upcalls *up)
{
	char text[TROUBLE_SIZE];
	const char *trouble;

	trouble = libcrypto_find((const void *)up->get_params);
	if (trouble) {
		refuse(provider, REASON_LIBCRYPTO, trouble);
		return -1;
	}
	if (config_read(&provider->config, get_value, up, text, sizeof(text))) {
		refuse(provider, REASON_CONFIG, text);
		return -1;
	}
	if (queue_setup(provider))
		return -1;
	if (software_open()) {
		queue_teardown(provider);
		return -1;
	}
	return 0;
}

ASYNC_EXPORT OSSL_provider_init_fn OSSL_provider_init;

/**
 * OSSL_provider_init() - libcrypto's way in, provider-base(7)
 * @handle: its handle for this provider
 * @in: upcalls
 * @out: out: our functions
 * @provctx: out: a struct provider
 *
 * Return: 1; 0: an entry of the error queue says why, or there was no memory.
 */
int OSSL_provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
		       const OSSL_DISPATCH **out, void **provctx)
{
	struct upcalls up = { .core = handle };
	struct provider *provider;

	provider = calloc(1, sizeof(*provider));
	if (!provider)
		return 0;
	take_upcalls(provider, &up, in);
	if (provider_prepare(provider, &up)) {
		free(provider);
		return 0;
	}
	list_algorithms(provider);
	if (provider->config.summary)
		counters_summary();
	*provctx = provider;
	*out = dispatch;
	return 1;
}
