// SPDX-License-Identifier: GPL-2.0-only
#include <crypto/hash.h>
#include <linux/err.h>
#include <linux/kmod.h>
#include <linux/log2.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/string.h>

#include "alg.h"
#include "selftest/kunit.h"

/* Rows of a kind share all but a few columns */
#define AES_KEY		.key_min = 16, .key_max = 32, .key_step = 8
#define SKCIPHER	.class = &csim_skcipher_class, .iv_min = 16, .iv_max = 16
#define AEAD		.class = &csim_aead_class, .tag_max = 16
#define HASH(bytes)	.class = &csim_hash_class, .block = 1, \
			.tag_min = 1, .tag_max = (bytes)
#define HMAC(bytes)	HASH(bytes), .key_max = CRYPTOSIM_MAX_KEY_LEN, \
			.key_step = 1
#define AUTHENC(bytes)	.class = &csim_aead_class, AES_KEY, .block = 16, \
			.iv_min = 16, .iv_max = 16, .tag_min = 1, \
			.tag_max = (bytes), \
			.auth_max = CRYPTOSIM_MAX_KEY_LEN - 32

static const struct csim_alg algs[] = {
	[CRYPTOSIM_ALG_AES_CBC] = {
		.name = "cbc(aes)", SKCIPHER, AES_KEY, .block = 16,
	},
	[CRYPTOSIM_ALG_AES_CTR] = {
		.name = "ctr(aes)", SKCIPHER, AES_KEY, .block = 1,
	},
	[CRYPTOSIM_ALG_AES_XTS] = {
		.name = "xts(aes)", SKCIPHER, .block = 1, .len_min = 16,
		.key_min = 32, .key_max = 64, .key_step = 16,
	},
	[CRYPTOSIM_ALG_AES_GCM] = {
		.name = "gcm(aes)", AEAD, AES_KEY, .block = 1,
		.iv_min = 12, .iv_max = 12, .tag_min = 4,
	},
	[CRYPTOSIM_ALG_AES_CCM] = {
		.name = "ccm(aes)", AEAD, AES_KEY, .block = 1, .ccm = true,
		.iv_min = 7, .iv_max = 13, .iv_default = 12, .tag_min = 4,
	},
	[CRYPTOSIM_ALG_CHACHA20_POLY1305] = {
		.name = "rfc7539(chacha20,poly1305)", AEAD, .block = 1,
		.key_min = 32, .key_max = 32, .key_step = 1,
		.iv_min = 12, .iv_max = 12, .tag_min = 16,
	},
	[CRYPTOSIM_ALG_SHA256] = { .name = "sha256", HASH(32) },
	[CRYPTOSIM_ALG_SHA384] = { .name = "sha384", HASH(48) },
	[CRYPTOSIM_ALG_SHA512] = { .name = "sha512", HASH(64) },
	[CRYPTOSIM_ALG_HMAC_SHA256] = { .name = "hmac(sha256)", HMAC(32) },
	[CRYPTOSIM_ALG_HMAC_SHA384] = { .name = "hmac(sha384)", HMAC(48) },
	[CRYPTOSIM_ALG_HMAC_SHA512] = { .name = "hmac(sha512)", HMAC(64) },
	[CRYPTOSIM_ALG_CMAC_AES] = { .name = "cmac(aes)", HASH(16), AES_KEY },
	[CRYPTOSIM_ALG_AUTHENC_SHA1_CBC] = {
		.name = "authenc(hmac(sha1),cbc(aes))", AUTHENC(20),
	},
	[CRYPTOSIM_ALG_AUTHENC_SHA256_CBC] = {
		.name = "authenc(hmac(sha256),cbc(aes))", AUTHENC(32),
	},
};

static_assert(ARRAY_SIZE(algs) == CRYPTOSIM_ALG_COUNT);

/*
 * Names of the drivers of those that were found. An entry is written once,
 * under the mutex; what is not found is looked for again the next time, since
 * a module may have come.
 */
static char drivers[CRYPTOSIM_ALG_COUNT][sizeof_field(struct cryptosim_alg_info,
						       driver)];
static DEFINE_MUTEX(drivers_mutex);

/*
 * Debian has the plain C of these built in, so the kernel never asks for the
 * module that has the instructions. That one comes by udev, which a small
 * initramfs has not; and a template that was made without it stays slow.
 */
static const char * const accelerated[] = { "aes", "sha1", "sha256" };

/**
 * csim_alg_init() - have the accelerated implementations loaded
 *
 * Context: process, sleeps.
 */
void csim_alg_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(accelerated); i++)
		request_module("crypto-%s", accelerated[i]);
}

/* Returns 0, -EOPNOTSUPP, or -ENOMEM, which says nothing about the kernel */
static int alg_probe(u32 alg)
{
	int ret = 0;

	mutex_lock(&drivers_mutex);
	if (!drivers[alg][0])
		ret = algs[alg].class->probe(algs[alg].name, drivers[alg],
					     sizeof(drivers[alg]));
	mutex_unlock(&drivers_mutex);
	return !ret || ret == -ENOMEM ? ret : -EOPNOTSUPP;
}

/**
 * csim_alg_find() - an algorithm by its number
 * @alg: enum cryptosim_alg, as the user said it
 *
 * Context: process, sleeps; loads modules.
 * Return: the algorithm; -EINVAL: there is no such; -EOPNOTSUPP: the running
 * kernel lacks it; -ENOMEM.
 */
const struct csim_alg *csim_alg_find(u32 alg)
{
	int ret;

	if (alg >= CRYPTOSIM_ALG_COUNT)
		return ERR_PTR(-EINVAL);
	alg = array_index_nospec(alg, CRYPTOSIM_ALG_COUNT);
	ret = alg_probe(alg);
	return ret ? ERR_PTR(ret) : &algs[alg];
}

/**
 * csim_alg_mask() - which algorithms the running kernel has
 * @mask: out: bit n set: enum cryptosim_alg n
 *
 * Context: process, sleeps; loads modules.
 * Return: 0 or -ENOMEM.
 */
int csim_alg_mask(__u64 *mask)
{
	u32 alg;
	int ret;

	*mask = 0;
	for (alg = 0; alg < CRYPTOSIM_ALG_COUNT; alg++) {
		ret = alg_probe(alg);
		if (ret == -ENOMEM)
			return ret;
		if (!ret)
			*mask |= BIT_ULL(alg);
	}
	return 0;
}

/**
 * csim_alg_info() - CRYPTOSIM_IOC_ALG
 * @info: the ioctl's argument; filled
 *
 * Context: process, sleeps; loads modules.
 * Return: 0 or an error as the UAPI header lists them.
 */
int csim_alg_info(struct cryptosim_alg_info *info)
{
	u32 number = info->alg;
	const struct csim_alg *alg;

	if (info->reserved)
		return -EINVAL;
	alg = csim_alg_find(number);
	if (IS_ERR(alg))
		return PTR_ERR(alg);
	*info = (struct cryptosim_alg_info) {
		.alg = number,
		.ops = alg->class->ops,
		.key_min = alg->key_min,
		.key_max = alg->key_max,
		.key_step = alg->key_step,
		.iv_min = alg->iv_min,
		.iv_max = alg->iv_max,
		.tag_min = alg->tag_min,
		.tag_max = alg->tag_max,
		.block = alg->block,
		.auth_max = alg->auth_max,
	};
	strscpy(info->name, alg->name, sizeof(info->name));
	strscpy(info->driver, drivers[alg - algs], sizeof(info->driver));
	return 0;
}

#include "selftest/alg.c"
