// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "demo.h"
#include "evp.h"

#define MAX_SIZE	(1u << 25)	/* of a longer file, the beginning */

const uint8_t demo_key[32] = "a key that everybody may know...";

size_t demo_chunk_len(const struct demo *demo, size_t chunk)
{
	size_t left = demo->size - chunk * DEMO_CHUNK;

	return left < DEMO_CHUNK ? left : DEMO_CHUNK;
}

void demo_chunk_iv(size_t chunk, uint8_t iv[DEMO_IV])
{
	memset(iv, 0, DEMO_IV);
	memcpy(iv, &chunk, sizeof(chunk));
}

void demo_measure(struct demo *demo)
{
	struct stat st;

	if (stat(demo->path, &st))
		demo_fail("%s: %s", demo->path, strerror(errno));
	if (!S_ISREG(st.st_mode) || !st.st_size)
		demo_fail("%s: give a file that is not empty", demo->path);
	demo->size = (size_t)st.st_size;
	if (demo->size > MAX_SIZE)
		demo->size = MAX_SIZE;
	demo->chunks = (demo->size + DEMO_CHUNK - 1) / DEMO_CHUNK;
}

static size_t round_up(size_t len)
{
	size_t size = 64;

	while (size < len)
		size *= 2;
	return size;
}

/* Three forms of the text, and one such piece is room enough for the rest */
size_t demo_arena(const struct demo *demo)
{
	return 4 * round_up(demo->size);
}

static uint8_t *take(struct demo *demo, size_t len)
{
	uint8_t *buf = async_buf_alloc(demo->queue, len);

	if (!buf)
		demo_fail("no %zu bytes in the arena", len);
	return buf;
}

static uint8_t *allocate(size_t len)
{
	uint8_t *mem = malloc(len);

	if (!mem)
		demo_fail("no memory for %zu bytes", len);
	return mem;
}

void demo_read(struct demo *demo)
{
	struct demo_text *text = &demo->text;
	FILE *file = fopen(demo->path, "re");
	size_t i;

	text->plain = take(demo, demo->size);
	text->sealed = take(demo, demo->size);
	text->opened = take(demo, demo->size);
	text->tags = take(demo, demo->chunks * DEMO_TAG);
	text->aads = take(demo, demo->chunks * DEMO_AAD);
	for (i = 0; i < demo->chunks; i++)
		memcpy(text->aads + i * DEMO_AAD, &i, DEMO_AAD);
	if (!file || fread(text->plain, 1, demo->size, file) != demo->size)
		demo_fail("%s: %s", demo->path, strerror(errno));
	fclose(file);
}

/* One chunk by libcrypto */
static void refer(const struct demo *demo, enum cryptosim_op op, size_t chunk,
		  const uint8_t *src, uint8_t *dst, uint8_t *tags)
{
	uint8_t iv[DEMO_IV];
	struct evp_job job = {
		.alg = CRYPTOSIM_ALG_AES_GCM,
		.op = op,
		.key = demo_key,
		.key_len = sizeof(demo_key),
		.iv = iv,
		.iv_len = sizeof(iv),
		.aad = demo->text.aads + chunk * DEMO_AAD,
		.aad_len = DEMO_AAD,
		.src = src + chunk * DEMO_CHUNK,
		.len = demo_chunk_len(demo, chunk),
		.dst = dst + chunk * DEMO_CHUNK,
		.tag = tags + chunk * DEMO_TAG,
		.tag_len = DEMO_TAG,
	};

	demo_chunk_iv(chunk, iv);
	if (evp_run(&job))
		demo_fail("libcrypto refuses chunk %zu", chunk);
}

void demo_refer(struct demo *demo)
{
	size_t i;

	demo->want_sealed = allocate(demo->size);
	demo->want_tags = allocate(demo->chunks * DEMO_TAG);
	for (i = 0; i < demo->chunks; i++) {
		refer(demo, CRYPTOSIM_OP_ENCRYPT, i, demo->text.plain,
		      demo->want_sealed, demo->want_tags);
		demo_progress(i + 1, demo->chunks);
	}
}

static void compare(const uint8_t *got, const uint8_t *want, size_t len,
		    const char *what)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (got[i] != want[i])
			demo_fail("%s: byte %zu is %#x, libcrypto's is %#x",
				  what, i, got[i], want[i]);
}

void demo_compare_sealed(const struct demo *demo)
{
	compare(demo->text.sealed, demo->want_sealed, demo->size, "ciphertext");
	compare(demo->text.tags, demo->want_tags, demo->chunks * DEMO_TAG,
		"tags");
}

void demo_compare_opened(const struct demo *demo)
{
	uint8_t *want = allocate(demo->size);
	size_t i;

	for (i = 0; i < demo->chunks; i++) {
		refer(demo, CRYPTOSIM_OP_DECRYPT, i, demo->text.sealed, want,
		      demo->text.tags);
		demo_progress(i + 1, demo->chunks);
	}
	compare(demo->text.opened, want, demo->size, "plaintext");
	compare(demo->text.plain, want, demo->size, "the file in the arena");
	free(want);
}
