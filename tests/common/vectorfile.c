// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include "vectorfile.h"

static const char * const alg_names[CRYPTOSIM_ALG_COUNT] = {
	[CRYPTOSIM_ALG_AES_CBC] = "aes-cbc",
	[CRYPTOSIM_ALG_AES_CTR] = "aes-ctr",
	[CRYPTOSIM_ALG_AES_XTS] = "aes-xts",
	[CRYPTOSIM_ALG_AES_GCM] = "aes-gcm",
	[CRYPTOSIM_ALG_AES_CCM] = "aes-ccm",
	[CRYPTOSIM_ALG_CHACHA20_POLY1305] = "chacha20-poly1305",
	[CRYPTOSIM_ALG_SHA256] = "sha256",
	[CRYPTOSIM_ALG_SHA384] = "sha384",
	[CRYPTOSIM_ALG_SHA512] = "sha512",
	[CRYPTOSIM_ALG_HMAC_SHA256] = "hmac-sha256",
	[CRYPTOSIM_ALG_HMAC_SHA384] = "hmac-sha384",
	[CRYPTOSIM_ALG_HMAC_SHA512] = "hmac-sha512",
	[CRYPTOSIM_ALG_CMAC_AES] = "cmac-aes",
	[CRYPTOSIM_ALG_AUTHENC_SHA1_CBC] = "authenc-hmac-sha1-cbc-aes",
	[CRYPTOSIM_ALG_AUTHENC_SHA256_CBC] = "authenc-hmac-sha256-cbc-aes",
};

/* Lines whose values are bytes in hex */
static const struct {
	const char *name;
	size_t offset;
} fields[] = {
	{ "key", offsetof(struct vector, key) },
	{ "authkey", offsetof(struct vector, authkey) },
	{ "iv", offsetof(struct vector, iv) },
	{ "aad", offsetof(struct vector, aad) },
	{ "src", offsetof(struct vector, src) },
	{ "dst", offsetof(struct vector, dst) },
	{ "tag", offsetof(struct vector, tag) },
};

#define N_FIELDS	(sizeof(fields) / sizeof(fields[0]))

static struct bytes *field(struct vector *v, size_t i)
{
	return (struct bytes *)((char *)v + fields[i].offset);
}

const char *vector_alg_name(enum cryptosim_alg alg)
{
	return alg_names[alg];
}

int vector_file_open(struct vector_file *f, const char *path)
{
	*f = (struct vector_file) { .file = fopen(path, "re") };
	return f->file ? 0 : -errno;
}

void vector_file_close(struct vector_file *f)
{
	fclose(f->file);
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -EINVAL;
}

static int parse_hex(struct bytes *bytes, const char *text)
{
	size_t len = strlen(text), i;
	int high, low;

	if (len % 2 || bytes->given)
		return -EINVAL;
	/* One more: an empty value has an address too */
	bytes->data = malloc(len / 2 + 1);
	if (!bytes->data)
		return -ENOMEM;
	bytes->given = true;
	bytes->len = len / 2;
	for (i = 0; i < bytes->len; i++) {
		high = hex_digit(text[2 * i]);
		low = hex_digit(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return -EINVAL;
		bytes->data[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static int parse_alg(struct vector *v, const char *text)
{
	unsigned int i;

	for (i = 0; i < CRYPTOSIM_ALG_COUNT; i++) {
		if (!strcmp(text, alg_names[i])) {
			v->alg = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_value(struct vector *v, const char *name, const char *text)
{
	size_t i;

	if (!strcmp(name, "alg"))
		return parse_alg(v, text);
	if (!strcmp(name, "name")) {
		snprintf(v->name, sizeof(v->name), "%s", text);
		return 0;
	}
	if (!strcmp(name, "result")) {
		v->result = -EBADMSG;
		return strcmp(text, "EBADMSG") ? -EINVAL : 0;
	}
	for (i = 0; i < N_FIELDS; i++)
		if (!strcmp(name, fields[i].name))
			return parse_hex(field(v, i), text);
	return -EINVAL;
}

/* "name = value", where an empty value may lack the blank before it */
static int parse_line(struct vector *v, char *line)
{
	char *equals = strstr(line, " =");
	char *value;

	if (!equals)
		return -EINVAL;
	value = equals + 2;
	*equals = '\0';
	return parse_value(v, line, value + (*value == ' '));
}

/* Values that the vector lacks are empty, but never NULL */
static int fill_up(struct vector *v)
{
	size_t i;

	for (i = 0; i < N_FIELDS; i++) {
		if (field(v, i)->data)
			continue;
		field(v, i)->data = calloc(1, 1);
		if (!field(v, i)->data)
			return -ENOMEM;
	}
	return v->alg == CRYPTOSIM_ALG_COUNT || !v->name[0] ? -EINVAL : 1;
}

int vector_next(struct vector_file *f, struct vector *v)
{
	bool begun = false;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int ret = 0;

	*v = (struct vector) { .alg = CRYPTOSIM_ALG_COUNT };
	while (!ret) {
		len = getline(&line, &size, f->file);
		if (len < 0)
			break;
		f->line++;
		while (len && (line[len - 1] == '\n' || line[len - 1] == ' '))
			line[--len] = '\0';
		if (!len && begun)
			break;
		if (!len || line[0] == '#')
			continue;
		begun = true;
		ret = parse_line(v, line);
	}
	free(line);
	if (ret)
		return ret;
	return begun ? fill_up(v) : 0;
}

void vector_free(struct vector *v)
{
	size_t i;

	for (i = 0; i < N_FIELDS; i++)
		free(field(v, i)->data);
}
