// SPDX-License-Identifier: MIT
/* A wait ctx and its fds: what the tables of rows share. */
#include <stdio.h>
#include <string.h>
#include "fds.h"

#define MAX_FDS		8
#define MAX_TEXT	(16 * MAX_FDS)
#define UNTOUCHED	(-77)

char key_a, key_b, custom, other;

static int cleaned_up[MAX_FDS];
static size_t n_cleaned_up;

ASYNC_WAIT_CTX *new_ctx(void)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();

	if (!ctx)
		row_end(FAILED, "ASYNC_WAIT_CTX_new() is NULL");
	return ctx;
}

void add_fd(ASYNC_WAIT_CTX *ctx, const void *key, int fd)
{
	IS(ASYNC_WAIT_CTX_set_wait_fd(ctx, key, fd, &custom, record_cleanup),
	   1);
}

void clear_fd(ASYNC_WAIT_CTX *ctx, const void *key)
{
	IS(ASYNC_WAIT_CTX_clear_fd(ctx, key), 1);
}

/* The text of @n fds */
static const char *fds_text(char *text, const int *fd, size_t n)
{
	size_t i, len = 0;

	*text = '\0';
	for (i = 0; i < n && i < MAX_FDS; i++)
		len += sprintf(text + len, "%s%d", i ? " " : "", fd[i]);
	return text;
}

static size_t count_of(const char *want)
{
	size_t n = *want != '\0';

	for (; *want; want++)
		n += *want == ' ';
	return n;
}

/* The array is @want, and nothing was written beyond. */
static void fds_are(const char *what, const int *fd, size_t n, const char *want)
{
	char text[MAX_TEXT];

	if (n != count_of(want))
		row_end(FAILED, "%s: %zu fds (%s), not (%s)", what, n,
			fds_text(text, fd, n), want);
	if (strcmp(fds_text(text, fd, n), want))
		row_end(FAILED, "%s: (%s), not (%s)", what, text, want);
	for (; n < MAX_FDS; n++)
		if (fd[n] != UNTOUCHED)
			row_end(FAILED, "%s: written beyond its end", what);
}

static void count_is(const char *what, size_t n, const char *want)
{
	if (n != count_of(want))
		row_end(FAILED, "%s without an array: %zu fds, not (%s)", what,
			n, want);
}

static int *untouched(int *fd)
{
	size_t i;

	for (i = 0; i < MAX_FDS; i++)
		fd[i] = UNTOUCHED;
	return fd;
}

void all_fds_are(ASYNC_WAIT_CTX *ctx, const char *want)
{
	int fd[MAX_FDS];
	size_t n = 99;

	IS(ASYNC_WAIT_CTX_get_all_fds(ctx, NULL, &n), 1);
	count_is("get_all_fds", n, want);
	n = 99;
	IS(ASYNC_WAIT_CTX_get_all_fds(ctx, untouched(fd), &n), 1);
	fds_are("get_all_fds", fd, n, want);
}

void changed_fds_are(ASYNC_WAIT_CTX *ctx, const char *added,
		     const char *removed)
{
	int add[MAX_FDS], del[MAX_FDS];
	size_t i, n_add, n_del;

	for (i = 0; i < 4; i++) {
		n_add = 99;
		n_del = 99;
		untouched(add);
		untouched(del);
		IS(ASYNC_WAIT_CTX_get_changed_fds(ctx, i & 1 ? add : NULL,
						  &n_add, i & 2 ? del : NULL,
						  &n_del), 1);
		if (i & 1)
			fds_are("added", add, n_add, added);
		else
			count_is("added", n_add, added);
		if (i & 2)
			fds_are("removed", del, n_del, removed);
		else
			count_is("removed", n_del, removed);
	}
}

void fd_is(ASYNC_WAIT_CTX *ctx, const void *key, int want)
{
	void *data = &other;
	int fd = UNTOUCHED;

	IS(ASYNC_WAIT_CTX_get_fd(ctx, key, &fd, &data), 1);
	IS(fd, want);
	IS(data, &custom);
}

void no_fd(ASYNC_WAIT_CTX *ctx, const void *key)
{
	void *data = &other;
	int fd = UNTOUCHED;

	IS(ASYNC_WAIT_CTX_get_fd(ctx, key, &fd, &data), 0);
	IS(fd, UNTOUCHED);
	IS(data, &other);
}

void record_cleanup(ASYNC_WAIT_CTX *ctx, const void *key, int fd,
		    void *custom_data)
{
	(void)ctx;
	(void)key;
	(void)custom_data;
	if (n_cleaned_up == MAX_FDS)
		row_end(FAILED, "more than %d cleanups", MAX_FDS);
	cleaned_up[n_cleaned_up++] = fd;
}

void cleaned_up_are(const char *want)
{
	size_t i;

	for (i = n_cleaned_up; i < MAX_FDS; i++)
		cleaned_up[i] = UNTOUCHED;
	fds_are("cleanups", cleaned_up, n_cleaned_up, want);
}
