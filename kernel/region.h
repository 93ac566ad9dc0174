/* SPDX-License-Identifier: GPL-2.0-only */
/* A region: memory that the kernel and a process share by mmap(). */
#ifndef CRYPTOSIM_REGION_H
#define CRYPTOSIM_REGION_H

#include <linux/scatterlist.h>
#include <linux/types.h>

struct vm_area_struct;

/**
 * struct csim_region - zeroed pages, contiguous in the kernel's addresses
 * @addr: where the kernel sees them
 * @pages: each page
 * @count: how many; 0: no memory behind it
 *
 * Userspace can change the contents at any instant.
 */
struct csim_region {
	void *addr;
	struct page **pages;
	unsigned int count;
};

int csim_region_alloc(struct csim_region *region, u64 size);
void csim_region_free(struct csim_region *region);
int csim_region_map(const struct csim_region *region,
		    struct vm_area_struct *vma, bool writable);
struct scatterlist *csim_region_sg(const struct csim_region *region,
				   struct scatterlist *sg, u32 offset, u32 len);

/**
 * csim_region_has() - whether bytes lie inside
 * @size: of the region, bytes
 * @offset: where they start
 * @len: how many
 *
 * Return: true if so; no sum overflows.
 */
static inline bool csim_region_has(u64 size, u32 offset, u32 len)
{
	return (u64)offset + len <= size;
}

#endif /* CRYPTOSIM_REGION_H */
