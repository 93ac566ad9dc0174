// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

#include "broken.h"

/* Enough for the two sides to meet while KCSAN watches one of them */
#define BROKEN_RACE_TURNS	200

static char *broken = "";
module_param(broken, charp, 0444);
MODULE_PARM_DESC(broken, "Fault to make, a row of the table in selftest/broken.c");

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static DEFINE_SPINLOCK(lock);
static DEFINE_RAW_SPINLOCK(raw_lock);
static unsigned int index;

/* For KASAN: a read of what was freed */
static noinline void broken_use_after_free(void)
{
	u32 *p = kmalloc(sizeof(*p), GFP_ATOMIC);

	kfree(p);
	if (p)
		(void)READ_ONCE(*p);
}

/* For KASAN_VMALLOC: a byte beyond memory such as the arena's */
static noinline void broken_overrun(void)
{
	size_t size = 100;
	char *p = vmalloc(size);

	OPTIMIZER_HIDE_VAR(size);
	if (p)
		WRITE_ONCE(p[size], 1);
	vfree(p);
}

/* For DEBUG_ATOMIC_SLEEP: a lock that sleeps, in a hard interrupt */
static noinline void broken_sleep(void)
{
	mutex_lock(&first);
	mutex_unlock(&first);
}

/* For PROVE_LOCKING: two locks in one order, and in the other */
static noinline void broken_lock_order(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

/* For PROVE_RAW_LOCK_NESTING: a lock that sleeps on PREEMPT_RT */
static noinline void broken_raw_lock(void)
{
	raw_spin_lock(&raw_lock);
	spin_lock(&lock);
	spin_unlock(&lock);
	raw_spin_unlock(&raw_lock);
}

/* For KMEMLEAK: nobody knows its address any more */
static noinline void broken_leak(void)
{
	void *lost = kmalloc(100, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(lost);
	/* Or it would be the caller who asks, as a backtrace has it */
	barrier();
}

/* For UBSAN: all bits of a word, and one more */
static noinline void broken_shift(void)
{
	unsigned int bits = 32;

	OPTIMIZER_HIDE_VAR(bits);
	index = 1u << bits;
}

/* For UBSAN_BOUNDS: the entry after the last */
static noinline void broken_bounds(void)
{
	static unsigned int entries[4];
	unsigned int i = ARRAY_SIZE(entries);

	OPTIMIZER_HIDE_VAR(i);
	index = entries[i];
}

static void broken_timeout(struct timer_list *timer)
{
}

/* For DEBUG_OBJECTS: a timer that is armed is freed */
static noinline void broken_object(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, broken_timeout, 0);
	mod_timer(timer, jiffies + 3600 * HZ);
	kfree(timer);
	/* Or it would be the caller who frees it, as a backtrace has it */
	barrier();
}

/* For fail-nth: memory that is taken for granted */
static noinline void broken_unchecked(void)
{
	u32 *p = kmalloc(sizeof(*p), GFP_KERNEL);

	WRITE_ONCE(*p, 1);
	kfree(p);
}

/* For whoever looks at it in the end: a kernel that was warned of nothing */
static noinline void broken_taint(void)
{
	add_taint(TAINT_WARN, LOCKDEP_STILL_OK);
}

/* For KCSAN: an index that a doorbell and an engine write without an order */
static noinline void broken_race(void)
{
	unsigned int i;

	for (i = 0; i < BROKEN_RACE_TURNS; i++) {
		index++;
		/* Turn by turn, not all at once */
		barrier();
	}
}

/* Where a fault is made */
enum broken_place { BROKEN_OPEN, BROKEN_HANDLER, BROKEN_RACE };

static const struct {
	const char *name;
	enum broken_place place;
	void (*make)(void);
} faults[] = {
	{ "use-after-free", BROKEN_HANDLER, broken_use_after_free },
	{ "overrun", BROKEN_OPEN, broken_overrun },
	{ "sleep", BROKEN_HANDLER, broken_sleep },
	{ "lock-order", BROKEN_OPEN, broken_lock_order },
	{ "raw-lock", BROKEN_HANDLER, broken_raw_lock },
	{ "leak", BROKEN_OPEN, broken_leak },
	{ "shift", BROKEN_OPEN, broken_shift },
	{ "bounds", BROKEN_OPEN, broken_bounds },
	{ "object", BROKEN_OPEN, broken_object },
	{ "unchecked", BROKEN_OPEN, broken_unchecked },
	{ "taint", BROKEN_OPEN, broken_taint },
	{ "race", BROKEN_RACE, broken_race },
};

static void broken_at(enum broken_place place)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++)
		if (faults[i].place == place && !strcmp(broken, faults[i].name))
			faults[i].make();
}

/* A process opens a device */
void csim_broken_open(void)
{
	broken_at(BROKEN_OPEN);
}

/* The line's handler runs */
void csim_broken_handler(void)
{
	broken_at(BROKEN_HANDLER);
}

/* A doorbell is rung, or an engine looks at a ring */
void csim_broken_race(void)
{
	broken_at(BROKEN_RACE);
}
