// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "rng.h"

uint64_t rng_seed(void)
{
	const char *given = getenv("CRYPTOSIM_SEED");
	uint64_t seed;

	if (given && *given)
		return strtoull(given, NULL, 0);
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		abort();
	return seed;
}

uint64_t rng_next(struct rng *rng)
{
	uint64_t z;

	rng->state += 0x9e3779b97f4a7c15;
	z = rng->state;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

uint64_t rng_below(struct rng *rng, uint64_t n)
{
	return rng_next(rng) % n;
}

void rng_fill(struct rng *rng, void *mem, size_t len)
{
	uint8_t *to = mem;
	uint64_t word;
	size_t part;

	while (len) {
		word = rng_next(rng);
		part = len < sizeof(word) ? len : sizeof(word);
		memcpy(to, &word, part);
		to += part;
		len -= part;
	}
}
