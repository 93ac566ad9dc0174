// SPDX-License-Identifier: MIT
/* cryptosimctl: load and unload the module, show its devices. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "control/control.h"
#include "control/counters.h"
#include "control/print.h"

/* Exit codes besides EXIT_SUCCESS and EXIT_FAILURE */
#define EXIT_USAGE	2

/**
 * struct command - what a person can ask for
 * @name: the word
 * @usage: what may stand after it
 * @help: what it does
 * @run: does it, with what stands after the word; returns the exit code
 */
struct command {
	const char *name;
	const char *usage;
	const char *help;
	int (*run)(int argc, char **argv);
};

/* What an error means for a command, and what to do; the last has error 0 */
struct advice {
	int error;
	const char *text;
};

static int usage_error(const char *command, const char *word, const char *why)
{
	fprintf(stderr, "cryptosimctl: %s: \"%s\" %s: see cryptosimctl help\n",
		command, word, why);
	return EXIT_USAGE;
}

/* @args: what the command was given that matters here, NULL: nothing */
static int failure(const char *command, const char *args, int error,
		   const struct advice *advice)
{
	while (advice->error && advice->error != error)
		advice++;
	fprintf(stderr, "cryptosimctl: %s%s%s: %s\n", command, args ? " " : "",
		args ? args : "",
		advice->error ? advice->text : strerror(-error));
	return EXIT_FAILURE;
}

static void print_parameters(FILE *file, const struct control_parameter *list,
			     unsigned int n)
{
	unsigned int i;
	int width = 0;

	for (i = 0; i < n; i++) {
		int len = (int)strlen(list[i].name);

		width = len > width ? len : width;
	}
	for (i = 0; i < n; i++)
		fprintf(file, "  %-*s  %s (%s)\n", width, list[i].name,
			list[i].description, list[i].type);
}

/* load */

static const struct advice find_advice[] = {
	{ -ENOENT, "no such module: make it, or give its file in CRYPTOSIM_KO" },
	{ -ENOEXEC, "is no kernel module: name its file in CRYPTOSIM_KO" },
	{ }
};

static const struct advice load_advice[] = {
	{ -EEXIST, "the module is loaded: run cryptosimctl unload first" },
	{ -EPERM, "no permission to load a module: run it as root" },
	{ -ENOEXEC, "not a module for this kernel: see dmesg, make it anew" },
	{ -EINVAL, "the module refused a value: see dmesg for which and why" },
	{ -ENOENT, "the kernel lacks what the module needs: see dmesg" },
	{ }
};

static bool parameter_is(const struct control_parameter *list, unsigned int n,
			 const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (strlen(list[i].name) == len &&
		    !memcmp(list[i].name, name, len))
			return true;
	}
	return false;
}

/* The kernel takes blanks and quotes in a value for syntax of its own */
static bool well_formed(const char *arg)
{
	const char *value = strchr(arg, '=');

	return value && value[1] && !value[strcspn(value, " \t\n\"")];
}

/* A parameter that a module has not is only logged by the kernel */
static int check_names(int argc, char **argv,
		       const struct control_parameter *list, unsigned int n)
{
	int i;

	for (i = 0; i < argc; i++) {
		size_t len = strcspn(argv[i], "=");

		if (parameter_is(list, n, argv[i], len))
			continue;
		fprintf(stderr,
			"cryptosimctl: load %s: no such parameter; there are:\n",
			argv[i]);
		print_parameters(stderr, list, n);
		return EXIT_USAGE;
	}
	return 0;
}

static int check_parameters(int argc, char **argv)
{
	const char *file = getenv("CRYPTOSIM_KO");
	struct control_parameter *list;
	unsigned int n;
	int ret;
	int i;

	for (i = 0; i < argc; i++) {
		if (!well_formed(argv[i]))
			return usage_error("load", argv[i],
					   "is not NAME=VALUE");
	}
	ret = control_parameters(NULL, &list, &n);
	if (ret)
		return failure("load", file, ret, find_advice);
	ret = check_names(argc, argv, list, n);
	control_parameters_free(list, n);
	return ret;
}

/* The words with a blank between them, to be freed; NULL: no memory */
static char *join(int argc, char **argv)
{
	size_t size = 0;
	char *text;
	FILE *file;
	int i;

	file = open_memstream(&text, &size);
	if (!file)
		return NULL;
	for (i = 0; i < argc; i++)
		fprintf(file, "%s%s", i ? " " : "", argv[i]);
	if (!fclose(file))
		return text;
	free(text);
	return NULL;
}

static int run_load(int argc, char **argv)
{
	char *params;
	int ret;

	ret = check_parameters(argc, argv);
	if (ret)
		return ret;
	params = join(argc, argv);
	if (!params)
		return failure("load", NULL, -ENOMEM, load_advice);
	ret = control_load(NULL, params);
	if (ret)
		ret = failure("load", argc ? params : NULL, ret, load_advice);
	free(params);
	return ret;
}

/* unload */

static const struct advice unload_advice[] = {
	{ -EAGAIN, "in use: end what fuser -v /dev/cryptosim* shows, as root" },
	{ -EBUSY, "another load or unload is under way: try again after it" },
	{ -ENOENT, "the module is not loaded" },
	{ -EPERM, "no permission to unload a module: run it as root" },
	{ }
};

static int run_unload(int argc, char **argv)
{
	int ret;

	if (argc)
		return usage_error("unload", argv[0], "is one word too many");
	ret = control_unload();
	return ret ? failure("unload", NULL, ret, unload_advice) : 0;
}

/* show */

static const struct advice show_advice[] = {
	{ -ENOENT, "the module is not loaded: run cryptosimctl load as root" },
	{ -ENODEV, "no such device: cryptosimctl show lists those there are" },
	{ -EINTR, "devices came or went meanwhile: try again" },
	{ -EPROTO, "the module and cryptosimctl are not of one version" },
	{ }
};

static bool parse_index(const char *text, unsigned int *index)
{
	unsigned long value;
	char *end;

	if (text[strspn(text, "0123456789")] || !*text)
		return false;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || value > UINT_MAX)
		return false;
	*index = (unsigned int)value;
	return true;
}

static int get_devices(const char *index_text, unsigned int index,
		       struct control_device **list, unsigned int *n)
{
	struct control_device *one;
	int ret;

	if (!index_text)
		return control_devices(list, n);
	one = malloc(sizeof(*one));
	if (!one)
		return -ENOMEM;
	ret = control_device(index, one);
	if (ret) {
		free(one);
		return ret;
	}
	*list = one;
	*n = 1;
	return 0;
}

/* show sessions */

static const struct advice sessions_advice[] = {
	{ -ESRCH, "no such process" },
	{ -EACCES, "another user's process: run it as that user, or as root" },
	{ -ENOENT, "it has no cryptosim provider, or that did nothing as yet" },
	{ -EPROTO, "its provider and cryptosimctl are not of one version" },
	{ }
};

static int run_show_sessions(int argc, char **argv)
{
	const char *pid_text = NULL;
	struct counters *counters;
	unsigned int pid = 0;
	bool json = false;
	int ret;
	int i;

	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			json = true;
		else if (!pid_text && parse_index(argv[i], &pid) &&
			 pid <= INT_MAX)
			pid_text = argv[i];
		else
			return usage_error("show sessions", argv[i],
					   "is neither --json nor one process's id");
	}
	if (!pid_text)
		return usage_error("show sessions", "", "is no process's id");
	ret = control_counters((pid_t)pid, &counters);
	if (ret)
		return failure("show sessions", pid_text, ret, sessions_advice);
	if (json)
		control_print_counters_json(stdout, counters);
	else
		control_print_counters(stdout, counters);
	free(counters);
	return 0;
}

static int run_show(int argc, char **argv)
{
	const char *index_text = NULL;
	struct control_device *list;
	unsigned int index = 0;
	bool json = false;
	unsigned int n;
	int ret;
	int i;

	if (argc && !strcmp(argv[0], "sessions"))
		return run_show_sessions(argc - 1, argv + 1);
	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			json = true;
		else if (!index_text && parse_index(argv[i], &index))
			index_text = argv[i];
		else
			return usage_error("show", argv[i],
					   "is neither --json nor one device's number");
	}
	ret = get_devices(index_text, index, &list, &n);
	if (ret)
		return failure("show", index_text, ret, show_advice);
	if (json)
		control_print_json(stdout, list, n);
	else
		control_print(stdout, list, n);
	free(list);
	return 0;
}

/* help */

static int run_help(int argc, char **argv);

static const struct command commands[] = {
	{ "load", "[NAME=VALUE ...]", "load the module with these parameters",
	  run_load },
	{ "unload", "", "unload it; refused while a device is open",
	  run_unload },
	{ "show", "[N] [--json]", "show all devices, or /dev/cryptosimN alone",
	  run_show },
	{ "show sessions", "PID [--json]",
	  "show what the provider did in a process", run_show },
	{ "help", "", "show this", run_help },
	{ }
};

static void help_module(void)
{
	struct control_parameter *list;
	unsigned int n;
	int ret;

	puts("\n"
	     "load takes the first of these modules:\n"
	     "  the file that CRYPTOSIM_KO names in the environment;\n"
	     "  ../cryptosim.ko from where cryptosimctl lies, as in the build;\n"
	     "  cryptosim of the running kernel, once installed (depmod)");
	ret = control_parameters(NULL, &list, &n);
	if (ret) {
		puts("It tells its parameters here once there is one.");
		return;
	}
	puts("\nIts parameters are:");
	print_parameters(stdout, list, n);
	control_parameters_free(list, n);
}

static int run_help(int argc, char **argv)
{
	const struct command *command;

	(void)argc;
	(void)argv;
	puts("cryptosimctl: emulated crypto accelerators, /dev/cryptosimN\n");
	for (command = commands; command->name; command++)
		printf("  cryptosimctl %-13s %-16s  %s\n", command->name,
		       command->usage, command->help);
	help_module();
	puts("\n"
	     "Exit codes: 0 done, 1 failed, 2 not understood.");
	return 0;
}

static const struct command *find_command(const char *name)
{
	const struct command *command;

	for (command = commands; command->name; command++) {
		if (!strcmp(command->name, name))
			return command;
	}
	return NULL;
}

static bool wants_help(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	const struct command *command;
	int ret;

	if (argc < 2) {
		fputs("cryptosimctl: no command given: see cryptosimctl help\n",
		      stderr);
		return EXIT_USAGE;
	}
	command = find_command(wants_help(argc, argv) ? "help" : argv[1]);
	if (!command)
		return usage_error("command", argv[1], "is not known");
	ret = command->run(argc - 2, argv + 2);
	if (fflush(stdout) || ferror(stdout)) {
		perror("cryptosimctl: standard output");
		return EXIT_FAILURE;
	}
	return ret;
}
