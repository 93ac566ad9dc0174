// SPDX-License-Identifier: MIT
#include <string.h>
#include "bench.h"

const unsigned char bench_bytes[64] =
	"sixty-three bytes that everybody may know make keys and IVs ...";

const struct bench_kind bench_kinds[] = {
	{ .name = "nop", .op = CRYPTOSIM_OP_NOP },
	{
		.name = "aes-256-gcm", .op = CRYPTOSIM_OP_ENCRYPT,
		.alg = CRYPTOSIM_ALG_AES_GCM, .key_len = 32, .iv_len = 12,
		.tag_len = BENCH_TAG, .aead = true, .block = 1,
		.af_type = "aead", .af_name = "gcm(aes)", .evp = "AES-256-GCM",
	},
	{
		.name = "aes-128-gcm", .op = CRYPTOSIM_OP_ENCRYPT,
		.alg = CRYPTOSIM_ALG_AES_GCM, .key_len = 16, .iv_len = 12,
		.tag_len = BENCH_TAG, .aead = true, .block = 1,
		.af_type = "aead", .af_name = "gcm(aes)", .evp = "AES-128-GCM",
	},
	{
		.name = "aes-128-cbc", .op = CRYPTOSIM_OP_ENCRYPT,
		.alg = CRYPTOSIM_ALG_AES_CBC, .key_len = 16, .iv_len = 16,
		.block = 16, .af_type = "skcipher", .af_name = "cbc(aes)",
		.evp = "AES-128-CBC",
	},
	{
		.name = "sha-256", .op = CRYPTOSIM_OP_DIGEST,
		.alg = CRYPTOSIM_ALG_SHA256, .tag_len = 32, .block = 1,
		.af_type = "hash", .af_name = "sha256", .evp = "SHA256",
	},
};

const size_t bench_kind_count = sizeof(bench_kinds) / sizeof(bench_kinds[0]);

const struct bench_kind *bench_kind(const char *name)
{
	size_t i;

	for (i = 0; i < bench_kind_count; i++)
		if (!strcmp(bench_kinds[i].name, name))
			return &bench_kinds[i];
	return NULL;
}

bool bench_kind_takes(const struct bench_kind *kind, unsigned int size)
{
	return kind->block ? size % kind->block == 0 : size == 0;
}
