// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "broken.h"

static char *broken = "";
module_param(broken, charp, 0444);
MODULE_PARM_DESC(broken, "Fault to make: use-after-free, sleep, lock-order, race or leak");

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static unsigned int index;

/* For KASAN: a read of what was freed */
static void broken_use_after_free(void)
{
	u32 *p = kmalloc(sizeof(*p), GFP_ATOMIC);

	kfree(p);
	if (p)
		(void)READ_ONCE(*p);
}

/* For DEBUG_ATOMIC_SLEEP: a lock that sleeps, in a hard interrupt */
static void broken_sleep(void)
{
	mutex_lock(&first);
	mutex_unlock(&first);
}

/* For PROVE_LOCKING: two locks in one order, and in the other */
static void broken_lock_order(void)
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

/* For KMEMLEAK: nobody knows its address any more */
static void broken_leak(void)
{
	void *lost = kmalloc(100, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(lost);
}

/* A process opens a device */
void csim_broken_open(void)
{
	if (!strcmp(broken, "lock-order"))
		broken_lock_order();
	else if (!strcmp(broken, "leak"))
		broken_leak();
}

/* The line's handler runs */
void csim_broken_handler(void)
{
	if (!strcmp(broken, "use-after-free"))
		broken_use_after_free();
	else if (!strcmp(broken, "sleep"))
		broken_sleep();
}

/* For KCSAN: an index that a doorbell and an engine write without an order */
void csim_broken_race(void)
{
	if (!strcmp(broken, "race"))
		index++;
}
