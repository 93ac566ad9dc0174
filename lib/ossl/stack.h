/* SPDX-License-Identifier: MIT */
/*
 * The memory of stacks.
 *
 * By default a stack is a mapping of its own with a page below it that can't be
 * touched: a job that needs more than it has dies at once, by SIGSEGV, and
 * writes over nothing. ASYNC_set_mem_functions() puts the application's memory
 * in its place; where that ends nobody can guard.
 */
#ifndef LIB_OSSL_STACK_H
#define LIB_OSSL_STACK_H

#include <stddef.h>

/**
 * struct stack - one stack
 * @low: its lowest address
 * @size: its bytes
 * @mapped: bytes of the mapping that ends with it, guard and all; 0: it is the
 *	application's memory
 *
 * Its job's; written when that is made.
 */
struct stack {
	void *low;
	size_t size;
	size_t mapped;
};

/**
 * async_stack_alloc() - make a stack
 * @stack: out
 *
 * Any thread.
 *
 * Return: 0 or -ENOMEM.
 */
int async_stack_alloc(struct stack *stack);

/**
 * async_stack_free() - end a stack
 * @stack: what async_stack_alloc() made; nobody runs there
 *
 * Any thread.
 */
void async_stack_free(const struct stack *stack);

#endif /* LIB_OSSL_STACK_H */
