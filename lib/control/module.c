// SPDX-License-Identifier: MIT
/* Loading and unloading, by libkmod. */
#include <errno.h>
#include <libkmod.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "control.h"

#define MODULE	"cryptosim"

/* What libkmod would print is in our return values */
static void no_log(void *data, int priority, const char *file, int line,
		   const char *fn, const char *format, va_list args)
{
	(void)data;
	(void)priority;
	(void)file;
	(void)line;
	(void)fn;
	(void)format;
	(void)args;
}

static struct kmod_ctx *context_new(void)
{
	struct kmod_ctx *ctx = kmod_new(NULL, NULL);

	if (ctx)
		kmod_set_log_fn(ctx, no_log, NULL);
	return ctx;
}

/* The build's module, for a program that lies in build/bin; 0 if it's there */
static int find_built(char path[PATH_MAX])
{
	static const char name[] = "/../" MODULE ".ko";
	ssize_t len;
	char *slash;

	len = readlink("/proc/self/exe", path, PATH_MAX - sizeof(name));
	if (len < 0)
		return -errno;
	path[len] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return -ENOENT;
	memcpy(slash, name, sizeof(name));
	return access(path, F_OK) ? -errno : 0;
}

/* control_load() says where it is looked for */
static int find_module(struct kmod_ctx *ctx, const char *path,
		       struct kmod_module **module)
{
	char built[PATH_MAX];
	int ret;

	if (!path)
		path = getenv("CRYPTOSIM_KO");
	if ((!path || !*path) && !find_built(built))
		path = built;
	if (path && *path)
		return kmod_module_new_from_path(ctx, path, module);
	*module = NULL;
	ret = kmod_module_new_from_name_lookup(ctx, MODULE, module);
	if (ret < 0)
		return ret;
	return *module ? 0 : -ENOENT;
}

int control_load(const char *path, const char *params)
{
	struct kmod_module *module;
	struct kmod_ctx *ctx;
	int ret;

	ctx = context_new();
	if (!ctx)
		return -ENOMEM;
	ret = find_module(ctx, path, &module);
	if (ret)
		goto out_ctx;
	ret = kmod_module_probe_insert_module(module, KMOD_PROBE_FAIL_ON_LOADED,
					      params, NULL, NULL, NULL);
	kmod_module_unref(module);
out_ctx:
	kmod_unref(ctx);
	return ret;
}

int control_unload(void)
{
	struct kmod_module *module;
	struct kmod_ctx *ctx;
	int ret;

	ctx = context_new();
	if (!ctx)
		return -ENOMEM;
	ret = kmod_module_new_from_name(ctx, MODULE, &module);
	if (ret)
		goto out_ctx;
	ret = kmod_module_remove_module(module, 0);
	kmod_module_unref(module);
out_ctx:
	kmod_unref(ctx);
	return ret;
}

static struct control_parameter *find_parameter(struct control_parameter *list,
						unsigned int n,
						const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (!strncmp(list[i].name, name, len) && !list[i].name[len])
			return &list[i];
	}
	return NULL;
}

/* Where the text of @name goes, a new entry of the list if need be */
static struct control_parameter *
add_parameter(struct control_parameter **list, unsigned int *n,
	      const char *name, size_t len)
{
	struct control_parameter *entry;
	struct control_parameter *grown;

	entry = find_parameter(*list, *n, name, len);
	if (entry)
		return entry;
	grown = reallocarray(*list, *n + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	*list = grown;
	entry = &grown[*n];
	*entry = (struct control_parameter) {
		.name = strndup(name, len),
		.type = strdup(""),
		.description = strdup(""),
	};
	(*n)++;
	if (!entry->name || !entry->type || !entry->description)
		return NULL;
	return entry;
}

static int set_text(char **text, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

/*
 * One line of modinfo(8): "parm" is "NAME:DESCRIPTION", "parmtype" is
 * "NAME:TYPE"; a parameter has the second always and may have the first.
 */
static int add_info(struct control_parameter **list, unsigned int *n,
		    const char *key, const char *value)
{
	const char *colon = strchr(value, ':');
	struct control_parameter *entry;

	if (!colon || (strcmp(key, "parm") && strcmp(key, "parmtype")))
		return 0;
	entry = add_parameter(list, n, value, colon - value);
	if (!entry)
		return -ENOMEM;
	if (!strcmp(key, "parm"))
		return set_text(&entry->description, colon + 1);
	return set_text(&entry->type, colon + 1);
}

int control_parameters(const char *path, struct control_parameter **list,
		       unsigned int *n)
{
	struct kmod_list *infos = NULL;
	struct kmod_module *module;
	struct kmod_list *info;
	struct kmod_ctx *ctx;
	int ret;

	*list = NULL;
	*n = 0;
	ctx = context_new();
	if (!ctx)
		return -ENOMEM;
	ret = find_module(ctx, path, &module);
	if (ret)
		goto out_ctx;
	ret = kmod_module_get_info(module, &infos);
	if (ret < 0)
		goto out_module;
	ret = 0;
	/* The compiler puts the last parameter first, and people do not */
	kmod_list_foreach_reverse(info, infos) {
		ret = add_info(list, n, kmod_module_info_get_key(info),
			       kmod_module_info_get_value(info));
		if (ret)
			break;
	}
	kmod_module_info_free_list(infos);
	if (ret) {
		control_parameters_free(*list, *n);
		*list = NULL;
		*n = 0;
	}
out_module:
	kmod_module_unref(module);
out_ctx:
	kmod_unref(ctx);
	return ret;
}

void control_parameters_free(struct control_parameter *list, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		free(list[i].name);
		free(list[i].type);
		free(list[i].description);
	}
	free(list);
}
