// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "id.h"
#include "key.h"
#include "queue.h"

/**
 * csim_keys_init() - make a queue's table of keys
 * @queue: a queue that is being set up; max_keys is known
 *
 * Context: process, sleeps.
 * Return: 0 or -ENOMEM.
 */
int csim_keys_init(struct csim_queue *queue)
{
	u32 slot;

	queue->keys = kvcalloc(queue->max_keys, sizeof(*queue->keys),
			       GFP_KERNEL_ACCOUNT);
	queue->used_keys = kvcalloc(BITS_TO_LONGS(queue->max_keys),
				    sizeof(long), GFP_KERNEL_ACCOUNT);
	if (!queue->keys || !queue->used_keys)
		return -ENOMEM;
	for (slot = 0; slot < queue->max_keys; slot++)
		queue->keys[slot].id = slot;
	return 0;
}

/**
 * csim_keys_free() - end a queue's table of keys, and all keys in it
 * @queue: a queue to which nobody holds a reference; the table may be missing
 *
 * Context: process, sleeps.
 */
void csim_keys_free(struct csim_queue *queue)
{
	u32 slot;

	for (slot = 0; queue->keys && slot < queue->max_keys; slot++)
		if (queue->keys[slot].key)
			csim_key_put(queue->keys[slot].key);
	kvfree(queue->keys);
	kvfree(queue->used_keys);
	queue->keys = NULL;
	queue->used_keys = NULL;
}

/* Whether @len is one of min, min + step, ... max */
static bool key_len_good(u32 len, u32 min, u32 max, u32 step)
{
	return len >= min && len <= max && (len == min || !((len - min) % step));
}

/* Lengths that the table knows to be wrong; the cipher checks the rest */
static int key_set_lengths(struct csim_key *key,
			   const struct cryptosim_key_add *add)
{
	const struct csim_alg *alg = key->alg;
	u32 iv_len = add->iv_len ?: alg->iv_default ?: alg->iv_max;
	u32 tag_len = add->tag_len ?: alg->tag_max;

	if (add->auth_len > alg->auth_max || add->auth_len > add->key_len ||
	    !key_len_good(add->key_len - add->auth_len, alg->key_min,
			  alg->key_max, alg->key_step) ||
	    iv_len < alg->iv_min || iv_len > alg->iv_max ||
	    tag_len < alg->tag_min || tag_len > alg->tag_max)
		return -EINVAL;
	key->iv_len = iv_len;
	key->tag_len = tag_len;
	key->len_max = CRYPTOSIM_MAX_LEN;
	/*
	 * CCM counts the text in those of 15 bytes that the nonce leaves
	 * (RFC 3610, 2.1). The kernel's lets one byte too many pass.
	 */
	if (alg->ccm)
		key->len_max = min_t(u64, key->len_max,
				     U64_MAX >> 8 * (iv_len - 7));
	return 0;
}

/* Makes a key that is in no table yet */
static struct csim_key *key_make(const struct cryptosim_key_add *add)
{
	u8 *material = NULL;
	struct csim_key *key;
	int ret;

	if (add->key_len > CRYPTOSIM_MAX_KEY_LEN)
		return ERR_PTR(-EINVAL);
	key = kzalloc(sizeof(*key), GFP_KERNEL_ACCOUNT);
	if (!key)
		return ERR_PTR(-ENOMEM);
	kref_init(&key->ref);
	crypto_init_wait(&key->wait);
	key->alg = csim_alg_find(add->alg);
	if (IS_ERR(key->alg)) {
		ret = PTR_ERR(key->alg);
		goto free_key;
	}
	ret = key_set_lengths(key, add);
	if (ret)
		goto free_key;
	material = memdup_user(u64_to_user_ptr(add->key), add->key_len);
	if (IS_ERR(material)) {
		ret = PTR_ERR(material);
		goto free_key;
	}
	ret = key->alg->class->init(key, add, material);
	kfree_sensitive(material);
	if (ret)
		goto free_key;
	return key;

free_key:
	kfree(key);
	return ERR_PTR(ret);
}

static void key_free(struct kref *ref)
{
	struct csim_key *key = container_of(ref, struct csim_key, ref);

	key->alg->class->free(key);
	kfree_sensitive(key);
}

/**
 * csim_key_add() - CRYPTOSIM_IOC_KEY_ADD
 * @queue: a queue that is ready
 * @add: the ioctl's argument; the id is filled in
 *
 * Context: process, sleeps, the queue's mutex.
 * Return: 0 or an error as the UAPI header lists them.
 */
int csim_key_add(struct csim_queue *queue, struct cryptosim_key_add *add)
{
	u32 slot = find_first_zero_bit(queue->used_keys, queue->max_keys);
	struct csim_key *key;

	if (slot >= queue->max_keys)
		return -ENOSPC;
	key = key_make(add);
	if (IS_ERR(key))
		return PTR_ERR(key);
	__set_bit(slot, queue->used_keys);
	spin_lock(&queue->lock);
	queue->keys[slot].key = key;
	queue->keys[slot].id = csim_id_next(queue->keys[slot].id);
	add->id = queue->keys[slot].id;
	spin_unlock(&queue->lock);
	return 0;
}

/* The slot of an id, if a key is in it; the queue's mutex or lock is held */
static struct csim_key_slot *key_slot(struct csim_queue *queue, u32 id)
{
	u32 slot = csim_id_slot(id);
	struct csim_key_slot *found;

	if (slot >= queue->max_keys)
		return NULL;
	found = &queue->keys[array_index_nospec(slot, queue->max_keys)];
	return found->key && found->id == id ? found : NULL;
}

/**
 * csim_key_del() - CRYPTOSIM_IOC_KEY_DEL
 * @queue: a queue that is ready
 * @id: the key's id
 *
 * Context: process, sleeps, the queue's mutex.
 * Return: 0 or -ENOKEY.
 */
int csim_key_del(struct csim_queue *queue, u32 id)
{
	struct csim_key_slot *slot = key_slot(queue, id);
	struct csim_key *key;

	if (!slot)
		return -ENOKEY;
	spin_lock(&queue->lock);
	key = slot->key;
	slot->key = NULL;
	spin_unlock(&queue->lock);
	__clear_bit(csim_id_slot(id), queue->used_keys);
	csim_key_put(key);
	return 0;
}

/**
 * csim_key_get() - the key of an id
 * @queue: its queue
 * @id: its id
 *
 * Context: the queue's lock.
 * Return: the key with a reference, or NULL.
 */
struct csim_key *csim_key_get(struct csim_queue *queue, u32 id)
{
	struct csim_key_slot *slot = key_slot(queue, id);

	if (!slot)
		return NULL;
	kref_get(&slot->key->ref);
	return slot->key;
}

/**
 * csim_key_put() - drop a reference on a key
 * @key: the key; wiped after the last
 *
 * Context: process, sleeps.
 */
void csim_key_put(struct csim_key *key)
{
	kref_put(&key->ref, key_free);
}
