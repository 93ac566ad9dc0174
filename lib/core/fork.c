// SPDX-License-Identifier: MIT
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fork.h"

int async_fork_token_new(const _Atomic uint32_t **token)
{
	size_t page = sysconf(_SC_PAGESIZE);
	_Atomic uint32_t *word;
	int ret;

	word = mmap(NULL, page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (word == MAP_FAILED)
		return -errno;
	if (madvise(word, page, MADV_WIPEONFORK)) {
		ret = -errno;
		munmap(word, page);
		return ret;
	}
	atomic_init(word, 1);
	*token = word;
	return 0;
}

void async_fork_token_free(const _Atomic uint32_t *token)
{
	munmap((void *)token, sysconf(_SC_PAGESIZE));
}
