// SPDX-License-Identifier: MIT
#include <errno.h>

#include "internal.h"
#include "sys.h"

/* No length of a key's is longer, and none is cut off in a smaller type. */
static bool key_lengths_fit(const struct async_key_params *params)
{
	size_t limit = CRYPTOSIM_MAX_KEY_LEN;

	return params->key_len <= limit && params->auth_len <= limit &&
	       params->tag_len <= limit && params->iv_len <= limit;
}

int async_key_add(struct async_queue *queue,
		  const struct async_key_params *params, struct async_key *key)
{
	struct cryptosim_alg_info info;
	struct cryptosim_key_add add = {
		.alg = params->alg,
		.key_len = params->key_len,
		.key = (uintptr_t)params->key,
		.auth_len = params->auth_len,
		.tag_len = params->tag_len,
		.iv_len = params->iv_len,
	};
	int ret;

	if (!fork_owner(queue->token))
		return -EPERM;
	ret = async_queue_alg(queue, params->alg, &info);
	if (ret)
		return ret;
	if (!key_lengths_fit(params))
		return -EINVAL;
	/* Said to the kernel too, so that both mean the same default */
	if (!add.iv_len)
		add.iv_len = info.iv_min == info.iv_max ? info.iv_max : 12;
	if (!add.tag_len)
		add.tag_len = info.tag_max;
	ret = async_sys_ioctl(queue->fd, CRYPTOSIM_IOC_KEY_ADD, &add);
	if (ret)
		return ret;
	*key = (struct async_key) {
		.id = add.id,
		.iv_len = add.iv_len,
		.tag_len = add.tag_len,
		.ops = info.ops,
		.aead = info.tag_max && (info.ops & 1u << CRYPTOSIM_OP_ENCRYPT),
	};
	return 0;
}

int async_key_del(struct async_queue *queue, struct async_key *key)
{
	struct cryptosim_key_del del = { .id = key->id };
	int ret;

	if (!fork_owner(queue->token))
		return -EPERM;
	ret = async_sys_ioctl(queue->fd, CRYPTOSIM_IOC_KEY_DEL, &del);
	if (!ret)
		key->id = 0;
	return ret;
}
