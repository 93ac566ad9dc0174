/* SPDX-License-Identifier: MIT */
/* Known answers: the files of tests/vectors, whose README is the format. */
#ifndef COMMON_VECTORFILE_H
#define COMMON_VECTORFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <linux/cryptosim.h>

/**
 * struct bytes - a value of a vector
 * @data: the bytes; never NULL
 * @len: how many
 * @given: whether the vector has the line at all
 */
struct bytes {
	uint8_t *data;
	size_t len;
	bool given;
};

/**
 * struct vector - a known answer
 * @name: where it was published
 * @alg: the algorithm
 * @key: key of the cipher, the MAC or the AEAD
 * @authkey: authenc: the MAC's key
 * @iv: the IV
 * @aad: additional authenticated data
 * @src: plaintext or message
 * @dst: ciphertext, digest or MAC
 * @tag: AEAD: the tag
 * @result: 0, or what its decryption says; there is no @src then
 */
struct vector {
	char name[200];
	enum cryptosim_alg alg;
	struct bytes key;
	struct bytes authkey;
	struct bytes iv;
	struct bytes aad;
	struct bytes src;
	struct bytes dst;
	struct bytes tag;
	int result;
};

/**
 * struct vector_file - a file that is being read
 * @file: the stream
 * @line: number of the last line that was read, from 1
 */
struct vector_file {
	FILE *file;
	unsigned int line;
};

/* The name of an algorithm in the files, "aes-cbc" */
const char *vector_alg_name(enum cryptosim_alg alg);

/* Return: 0; a negative errno of fopen(3) */
int vector_file_open(struct vector_file *f, const char *path);

void vector_file_close(struct vector_file *f);

/**
 * vector_next() - read the next vector
 * @f: the file
 * @v: out: the vector, to be ended with vector_free() whatever is returned
 *
 * Return: 1; 0: there are no more; -EINVAL: a line that the format has not, or
 * a value given twice, see @f->line; -ENOMEM.
 */
int vector_next(struct vector_file *f, struct vector *v);

void vector_free(struct vector *v);

#endif /* COMMON_VECTORFILE_H */
