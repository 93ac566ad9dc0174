/* SPDX-License-Identifier: MIT */
/* Random numbers that a seed repeats. */
#ifndef COMMON_RNG_H
#define COMMON_RNG_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct rng - a generator (splitmix64)
 * @state: the seed, and then wherever it got to
 */
struct rng {
	uint64_t state;
};

/**
 * rng_seed() - the seed of this run
 *
 * Return: the number in the environment's CRYPTOSIM_SEED, else a fresh one.
 */
uint64_t rng_seed(void);

/* 64 random bits */
uint64_t rng_next(struct rng *rng);

/* A number from 0 to @n - 1; @n is not 0 */
uint64_t rng_below(struct rng *rng, uint64_t n);

void rng_fill(struct rng *rng, void *mem, size_t len);

#endif /* COMMON_RNG_H */
