// SPDX-License-Identifier: MIT
/* ASYNC_WAIT_CTX: see <openssl/async.h> for what each function promises. */
#include "job.h"
#include "libctx.h"
#include "waitctx.h"

/* What the current period has done to an entry. */
enum entry_state {
	ENTRY_ADDED,	/* it came in this period */
	ENTRY_OLD,	/* it was there before */
	ENTRY_REMOVED,	/* it was there before and was cleared: not live */
};

struct wait_entry {
	struct wait_entry *next;
	enum entry_state state;
	OSSL_ASYNC_FD fd;
	const void *key;
	void *custom_data;
	void (*cleanup)(ASYNC_WAIT_CTX *ctx, const void *key, OSSL_ASYNC_FD fd,
			void *custom_data);
};

/* The link to the newest live entry with @key; one that holds NULL if none. */
static struct wait_entry **entry_find(ASYNC_WAIT_CTX *ctx, const void *key)
{
	struct wait_entry **link = &ctx->entries;

	while (*link && ((*link)->state == ENTRY_REMOVED || (*link)->key != key))
		link = &(*link)->next;
	return link;
}

static void entry_drop(struct wait_entry **link)
{
	struct wait_entry *entry = *link;

	*link = entry->next;
	free(entry);
}

ASYNC_WAIT_CTX *ASYNC_WAIT_CTX_new(void)
{
	ASYNC_WAIT_CTX *ctx = calloc(1, sizeof(*ctx));

	/* Also for the jobs that are in the pool already */
	async_libctx_find();
	if (ctx)
		atomic_init(&ctx->status, ASYNC_STATUS_UNSUPPORTED);
	return ctx;
}

void ASYNC_WAIT_CTX_free(ASYNC_WAIT_CTX *ctx)
{
	if (!ctx)
		return;
	while (ctx->entries) {
		struct wait_entry entry = *ctx->entries;

		/* Before the cleanup, which may clear or add entries. */
		entry_drop(&ctx->entries);
		if (entry.cleanup && entry.state != ENTRY_REMOVED)
			entry.cleanup(ctx, entry.key, entry.fd,
				      entry.custom_data);
	}
	/* After the cleanups, which may still know things on their stacks */
	async_jobs_abandon(&ctx->jobs);
	free(ctx);
}

int ASYNC_WAIT_CTX_set_wait_fd(ASYNC_WAIT_CTX *ctx, const void *key,
			       OSSL_ASYNC_FD fd, void *custom_data,
			       void (*cleanup)(ASYNC_WAIT_CTX *ctx,
					       const void *key,
					       OSSL_ASYNC_FD fd,
					       void *custom_data))
{
	struct wait_entry *entry;

	if (!ctx)
		return 0;
	entry = malloc(sizeof(*entry));
	if (!entry)
		return 0;
	*entry = (struct wait_entry) {
		.next = ctx->entries,
		.state = ENTRY_ADDED,
		.fd = fd,
		.key = key,
		.custom_data = custom_data,
		.cleanup = cleanup,
	};
	ctx->entries = entry;
	return 1;
}

int ASYNC_WAIT_CTX_get_fd(ASYNC_WAIT_CTX *ctx, const void *key,
			  OSSL_ASYNC_FD *fd, void **custom_data)
{
	const struct wait_entry *entry;

	if (!ctx || !fd || !custom_data)
		return 0;
	entry = *entry_find(ctx, key);
	if (!entry)
		return 0;
	*fd = entry->fd;
	*custom_data = entry->custom_data;
	return 1;
}

/* Count the entries in @state, and list their fds where @fd is not NULL. */
static size_t fds_in_state(const ASYNC_WAIT_CTX *ctx, enum entry_state state,
			   OSSL_ASYNC_FD *fd)
{
	const struct wait_entry *entry;
	size_t n = 0;

	for (entry = ctx->entries; entry; entry = entry->next) {
		if (entry->state != state)
			continue;
		if (fd)
			fd[n] = entry->fd;
		n++;
	}
	return n;
}

int ASYNC_WAIT_CTX_get_all_fds(ASYNC_WAIT_CTX *ctx, OSSL_ASYNC_FD *fd,
			       size_t *numfds)
{
	size_t added;

	if (!ctx || !numfds)
		return 0;
	/* Every added entry is newer than every old one: the order holds. */
	added = fds_in_state(ctx, ENTRY_ADDED, fd);
	*numfds = added + fds_in_state(ctx, ENTRY_OLD, fd ? fd + added : NULL);
	return 1;
}

int ASYNC_WAIT_CTX_get_changed_fds(ASYNC_WAIT_CTX *ctx, OSSL_ASYNC_FD *addfd,
				   size_t *numaddfds, OSSL_ASYNC_FD *delfd,
				   size_t *numdelfds)
{
	if (!ctx || !numaddfds || !numdelfds)
		return 0;
	*numaddfds = fds_in_state(ctx, ENTRY_ADDED, addfd);
	*numdelfds = fds_in_state(ctx, ENTRY_REMOVED, delfd);
	return 1;
}

int ASYNC_WAIT_CTX_clear_fd(ASYNC_WAIT_CTX *ctx, const void *key)
{
	struct wait_entry **link;

	if (!ctx)
		return 0;
	link = entry_find(ctx, key);
	if (!*link)
		return 0;
	if ((*link)->state == ENTRY_ADDED)
		entry_drop(link);
	else
		(*link)->state = ENTRY_REMOVED;
	return 1;
}

int ASYNC_WAIT_CTX_set_callback(ASYNC_WAIT_CTX *ctx, ASYNC_callback_fn callback,
				void *callback_arg)
{
	if (!ctx)
		return 0;
	ctx->callback = callback;
	ctx->callback_arg = callback_arg;
	return 1;
}

int ASYNC_WAIT_CTX_get_callback(ASYNC_WAIT_CTX *ctx,
				ASYNC_callback_fn *callback,
				void **callback_arg)
{
	if (!ctx || !callback || !callback_arg || !ctx->callback)
		return 0;
	*callback = ctx->callback;
	*callback_arg = ctx->callback_arg;
	return 1;
}

int ASYNC_WAIT_CTX_set_status(ASYNC_WAIT_CTX *ctx, int status)
{
	if (!ctx)
		return 0;
	atomic_store_explicit(&ctx->status, status, memory_order_relaxed);
	return 1;
}

int ASYNC_WAIT_CTX_get_status(ASYNC_WAIT_CTX *ctx)
{
	if (!ctx)
		return ASYNC_STATUS_UNSUPPORTED;
	return atomic_load_explicit(&ctx->status, memory_order_relaxed);
}

void waitctx_end_period(ASYNC_WAIT_CTX *ctx)
{
	struct wait_entry **link = &ctx->entries;

	while (*link) {
		if ((*link)->state == ENTRY_REMOVED) {
			entry_drop(link);
			continue;
		}
		(*link)->state = ENTRY_OLD;
		link = &(*link)->next;
	}
}
