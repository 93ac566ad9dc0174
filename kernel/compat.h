/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The differences between kernels 6.1 and 7.3, and the only place that knows
 * them. The sources are written for the newest; what older ones lack is
 * supplied here.
 */
#ifndef CRYPTOSIM_COMPAT_H
#define CRYPTOSIM_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "cryptosim needs Linux 6.1 or later"
#endif

#include <linux/device/class.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>

/* 6.2: the devnode callback of a class got a const device */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define csim_devnode_device	struct device
#else
#define csim_devnode_device	const struct device
#endif

/* 6.3: vm_flags became const */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

/* 6.4: class_create() lost the module */
static inline struct class *csim_class_create(const char *name)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
	return class_create(THIS_MODULE, name);
#else
	return class_create(name);
#endif
}

/* 6.13: hrtimer_setup() came, and hrtimer_init() went later */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#endif /* CRYPTOSIM_COMPAT_H */
