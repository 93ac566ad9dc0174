// SPDX-License-Identifier: MIT
/* The allocator of the arena, against a model of one byte for each block. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

#define SIZE		(64u << 10)
#define BLOCKS		(SIZE / ARENA_BLOCK)
#define ROUNDS		200000

/* The arena's, with some that is not on either side of it */
static alignas(4096) uint8_t space[SIZE + 2 * 4096];
static uint8_t *const memory = space + 4096;
static struct async_arena arena;

/* The model: what was handed out, and which blocks are taken. */
static struct piece {
	uint8_t *mem;
	size_t size;
} pieces[BLOCKS];
static unsigned int n_pieces;
static bool taken[BLOCKS];

static void setup(void)
{
	cr_assert_eq(async_arena_init(&arena, memory, SIZE), 0);
	srand(1);
}

static void teardown(void)
{
	async_arena_destroy(&arena);
}

TestSuite(arena, .init = setup, .fini = teardown, .timeout = 120);

static size_t rounded(size_t len)
{
	size_t size = ARENA_BLOCK;

	while (size < len)
		size *= 2;
	return size;
}

/* Whether the model has a free piece that a buddy allocator may hand out. */
static bool model_has(size_t size)
{
	size_t blocks = size / ARENA_BLOCK;
	size_t first, i;

	for (first = 0; first < BLOCKS; first += blocks) {
		for (i = 0; i < blocks && !taken[first + i]; i++)
			;
		if (i == blocks)
			return true;
	}
	return false;
}

static void model_mark(const struct piece *piece, bool value)
{
	size_t first = (piece->mem - memory) / ARENA_BLOCK;
	size_t i;

	for (i = 0; i < piece->size / ARENA_BLOCK; i++) {
		cr_assert_neq(taken[first + i], value, "block %zu overlaps",
			      first + i);
		taken[first + i] = value;
	}
}

static void model_alloc(size_t len)
{
	struct piece *piece = &pieces[n_pieces];

	piece->size = rounded(len);
	piece->mem = async_arena_alloc(&arena, len);
	if (!piece->mem) {
		cr_assert_not(model_has(piece->size), "%zu bytes are free",
			      len);
		return;
	}
	cr_assert(arena_has(&arena, piece->mem, piece->size));
	cr_assert_eq((piece->mem - memory) % piece->size, 0, "not aligned");
	model_mark(piece, true);
	n_pieces++;
}

static void model_free(unsigned int i)
{
	async_arena_free(&arena, pieces[i].mem);
	model_mark(&pieces[i], false);
	pieces[i] = pieces[--n_pieces];
}

static void free_all(void)
{
	while (n_pieces)
		model_free(rand() % n_pieces);
}

Test(arena, random_against_the_model)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		/* Small ones often, any size at times */
		if (rand() % 2)
			model_alloc(1 + rand() % (1 << (rand() % 17)));
		else if (n_pieces)
			model_free(rand() % n_pieces);
	}
	free_all();
	cr_assert_eq(async_arena_alloc(&arena, SIZE), memory);
}

Test(arena, all_of_it_in_the_smallest_blocks)
{
	unsigned int i;

	for (i = 0; i < BLOCKS; i++)
		model_alloc(1 + i % ARENA_BLOCK);
	cr_assert_eq(n_pieces, BLOCKS);
	cr_assert_null(async_arena_alloc(&arena, 1));
	free_all();
	cr_assert_eq(async_arena_alloc(&arena, SIZE), memory);
	cr_assert_null(async_arena_alloc(&arena, 1));
}

Test(arena, two_halves_become_one)
{
	void *low = async_arena_alloc(&arena, SIZE / 2);
	void *high = async_arena_alloc(&arena, SIZE / 2);

	cr_assert(low && high);
	async_arena_free(&arena, low);
	cr_assert_null(async_arena_alloc(&arena, SIZE));
	async_arena_free(&arena, high);
	cr_assert_not_null(async_arena_alloc(&arena, SIZE));
}

/* The middle halves are free, but are not each other's buddies. */
Test(arena, only_buddies_become_one)
{
	uint8_t *quarter[4];
	unsigned int i;

	for (i = 0; i < 4; i++)
		quarter[i] = async_arena_alloc(&arena, SIZE / 4);
	for (i = 0; i < 4; i++)
		if (quarter[i] == memory + SIZE / 4 ||
		    quarter[i] == memory + SIZE / 2)
			async_arena_free(&arena, quarter[i]);
	cr_assert_null(async_arena_alloc(&arena, SIZE / 2));
	cr_assert_not_null(async_arena_alloc(&arena, SIZE / 4));
}

/* The one free half is the first, but small ones fit into the broken one. */
Test(arena, small_pieces_leave_large_ones_whole)
{
	void *low = async_arena_alloc(&arena, SIZE / 2);
	void *high = async_arena_alloc(&arena, ARENA_BLOCK);
	unsigned int i;

	cr_assert_eq(low, memory);
	cr_assert_geq((uint8_t *)high, memory + SIZE / 2);
	async_arena_free(&arena, low);
	for (i = 0; i < BLOCKS / 2 - 1; i++)
		cr_assert_not_null(async_arena_alloc(&arena, ARENA_BLOCK));
	cr_assert_eq(async_arena_alloc(&arena, SIZE / 2), low);
}

Test(arena, sizes_that_are_none)
{
	cr_assert_null(async_arena_alloc(&arena, 0));
	cr_assert_null(async_arena_alloc(&arena, SIZE + 1));
	cr_assert_null(async_arena_alloc(&arena, SIZE_MAX));
}

/* None of these changes what is free. */
Test(arena, frees_of_what_was_not_handed_out)
{
	uint8_t *half = async_arena_alloc(&arena, SIZE / 2);
	uint8_t other;

	async_arena_free(&arena, NULL);
	async_arena_free(&arena, &other);
	async_arena_free(&arena, memory + SIZE);
	async_arena_free(&arena, half + ARENA_BLOCK);
	async_arena_free(&arena, half + 1);
	cr_assert_not_null(async_arena_alloc(&arena, SIZE / 2));
	cr_assert_null(async_arena_alloc(&arena, 1));
	async_arena_free(&arena, half);
	async_arena_free(&arena, half);
	cr_assert_eq(async_arena_alloc(&arena, SIZE / 2), half);
	cr_assert_null(async_arena_alloc(&arena, 1));
}

Test(arena, has_all_of_it_or_not)
{
	cr_assert(arena_has(&arena, memory, SIZE));
	cr_assert(arena_has(&arena, memory + SIZE - 1, 1));
	cr_assert_not(arena_has(&arena, memory - 1, 1));
	cr_assert_not(arena_has(&arena, memory, SIZE + 1));
	cr_assert_not(arena_has(&arena, memory + 1, SIZE));
	cr_assert_not(arena_has(&arena, memory + SIZE, 1));
	cr_assert_not(arena_has(&arena, memory + 1, SIZE_MAX));
	cr_assert_eq(arena_offset(&arena, memory + 77), 77);
}

Test(arena, the_smallest_there_is)
{
	struct async_arena small;

	cr_assert_eq(async_arena_init(&small, memory, ARENA_BLOCK), 0);
	cr_assert_eq(async_arena_alloc(&small, 1), memory);
	cr_assert_null(async_arena_alloc(&small, 1));
	async_arena_free(&small, memory);
	cr_assert_eq(async_arena_alloc(&small, ARENA_BLOCK), memory);
	async_arena_destroy(&small);
}

static pthread_barrier_t start;

/* Marks its pieces, and finds its own marks in them; else returns one. */
static void *worker(void *arg)
{
	uint8_t mark = (uintptr_t)arg;
	unsigned int seed = mark;
	uint8_t *mem[8] = { NULL };
	size_t len[8];
	unsigned int i, k;

	pthread_barrier_wait(&start);
	for (i = 0; i < ROUNDS; i++) {
		k = i % 8;
		if (mem[k]) {
			if (mem[k][0] != mark || mem[k][len[k] - 1] != mark)
				return mem[k];
			async_arena_free(&arena, mem[k]);
		}
		len[k] = 1 + rand_r(&seed) % 200;
		mem[k] = async_arena_alloc(&arena, len[k]);
		if (mem[k])
			memset(mem[k], mark, len[k]);
	}
	for (k = 0; k < 8; k++)
		async_arena_free(&arena, mem[k]);
	return NULL;
}

Test(arena, three_threads)
{
	pthread_t threads[3];
	void *broken;
	uintptr_t i;

	pthread_barrier_init(&start, NULL, 3);
	for (i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, worker, (void *)(i + 1));
	for (i = 0; i < 3; i++) {
		pthread_join(threads[i], &broken);
		cr_assert_null(broken, "thread %zu lost its mark", i);
	}
	cr_assert_eq(async_arena_alloc(&arena, SIZE), memory);
}
