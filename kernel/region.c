// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "region.h"
#include "selftest/kunit.h"

/**
 * csim_region_alloc() - get memory to share
 * @region: filled; all zero before
 * @size: bytes, whole pages; 0: none
 *
 * Context: process, sleeps.
 * Return: 0 or -ENOMEM.
 */
int csim_region_alloc(struct csim_region *region, u64 size)
{
	unsigned int count = size >> PAGE_SHIFT;
	unsigned int i;

	if (!count)
		return 0;
	region->pages = kvmalloc_array(count, sizeof(*region->pages),
				       GFP_KERNEL_ACCOUNT);
	if (!region->pages)
		return -ENOMEM;
	region->addr = __vmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_ZERO |
				 __GFP_NOWARN);
	if (!region->addr) {
		kvfree(region->pages);
		region->pages = NULL;
		return -ENOMEM;
	}
	for (i = 0; i < count; i++)
		region->pages[i] = vmalloc_to_page(region->addr +
						   ((size_t)i << PAGE_SHIFT));
	region->count = count;
	return 0;
}

/**
 * csim_region_free() - give it back
 * @region: what csim_region_alloc() filled, or all zero
 *
 * Pages that are still mapped stay until they are unmapped.
 *
 * Context: process, sleeps.
 */
void csim_region_free(struct csim_region *region)
{
	vfree(region->addr);
	kvfree(region->pages);
	*region = (struct csim_region) { };
}

/**
 * csim_region_map() - map it into a process
 * @region: what is mapped, whole
 * @vma: where to
 * @writable: whether the process may write there, now or ever
 *
 * A child of fork() does not inherit the mapping.
 *
 * Context: mmap().
 * Return: 0; -EINVAL: not shared, or not the whole length; -EACCES: to be
 * executed, or written and not @writable; -ENOMEM.
 */
int csim_region_map(const struct csim_region *region,
		    struct vm_area_struct *vma, bool writable)
{
	vm_flags_t never = VM_MAYEXEC;

	if (!(vma->vm_flags & VM_SHARED) || !region->count ||
	    vma_pages(vma) != region->count)
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	if (!writable) {
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
		never |= VM_MAYWRITE;
	}
	vm_flags_clear(vma, never);
	vm_flags_set(vma, VM_DONTCOPY | VM_DONTEXPAND);
	return vm_map_pages_zero(vma, region->pages, region->count);
}

/**
 * csim_region_sg() - add bytes of it to a scatterlist
 * @region: where they are
 * @sg: the first entry to fill; there are enough, one for each page touched
 * @offset: of the first byte; has been checked
 * @len: how many; 0: no entry is filled
 *
 * Context: any.
 * Return: the entry after the last one filled.
 */
struct scatterlist *csim_region_sg(const struct csim_region *region,
				   struct scatterlist *sg, u32 offset, u32 len)
{
	while (len) {
		u32 in_page = offset_in_page(offset);
		u32 n = min_t(u32, len, PAGE_SIZE - in_page);

		sg_unmark_end(sg);
		sg_set_page(sg++, region->pages[offset >> PAGE_SHIFT], n,
			    in_page);
		offset += n;
		len -= n;
	}
	return sg;
}

#include "selftest/region.c"
