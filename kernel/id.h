/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ids of keys and sessions: a slot of the queue's table, and a generation that
 * tells its owners apart. Generations start at 1, so that no id is 0.
 */
#ifndef CRYPTOSIM_ID_H
#define CRYPTOSIM_ID_H

#include <linux/build_bug.h>
#include <linux/types.h>

#include <linux/cryptosim.h>

#define CSIM_ID_SLOT_BITS	16
#define CSIM_ID_SLOT_MASK	((1u << CSIM_ID_SLOT_BITS) - 1)

static_assert(CRYPTOSIM_MAX_KEYS <= 1u << CSIM_ID_SLOT_BITS);
static_assert(CRYPTOSIM_MAX_SESSIONS <= 1u << CSIM_ID_SLOT_BITS);

static inline u32 csim_id_slot(u32 id)
{
	return id & CSIM_ID_SLOT_MASK;
}

/**
 * csim_id_next() - the id of a slot's next owner
 * @id: its last owner's; the bare slot number if it had none
 *
 * Return: the same slot with the next generation; after the last comes 1.
 */
static inline u32 csim_id_next(u32 id)
{
	u32 next = id + (1u << CSIM_ID_SLOT_BITS);

	if (next <= CSIM_ID_SLOT_MASK)
		next += 1u << CSIM_ID_SLOT_BITS;
	return next;
}

#endif /* CRYPTOSIM_ID_H */
