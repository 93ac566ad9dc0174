// SPDX-License-Identifier: MIT
/*
 * usage: demo [FILE]
 *
 * FILE is the running kernel's image if none is given. Needs root, to load the
 * module, which is not to be loaded yet. Exit status 0 only if all is identical
 * to what libcrypto makes of FILE.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include "control/control.h"
#include "demo.h"

void demo_fail(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "\ndemo: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(EXIT_FAILURE);
}

int demo_check(int ret, const char *what)
{
	if (ret < 0)
		demo_fail("%s: %s", what, strerror(-ret));
	return ret;
}

/* In tenths, so that each is said once */
void demo_progress(size_t done, size_t total)
{
	if (done * 10 / total == (done - 1) * 10 / total)
		return;
	printf(" %zu%%%s", done * 10 / total * 10, done == total ? "\n" : "");
	fflush(stdout);
}

/* What the line that follows is about */
static void stage(const char *what)
{
	printf("%-54s", what);
	fflush(stdout);
}

static const char *kernel_image(void)
{
	static char path[sizeof("/boot/vmlinuz-") + sizeof(struct utsname)];
	struct utsname name;

	uname(&name);
	snprintf(path, sizeof(path), "/boot/vmlinuz-%s", name.release);
	return path;
}

/* The module, a queue, a key; says what it found */
static void open_device(struct demo *demo)
{
	struct async_queue_params params = { .arena_size = demo_arena(demo) };
	struct async_key_params key_params = {
		.alg = CRYPTOSIM_ALG_AES_GCM,
		.key = demo_key,
		.key_len = sizeof(demo_key),
	};
	struct cryptosim_alg_info alg;
	struct cryptosim_info info;

	demo_check(control_load(NULL, NULL), "loading the module");
	demo_check(async_queue_open(&demo->queue, 0, &params),
		   "/dev/cryptosim0");
	demo_check(async_queue_info(demo->queue, &info), "device");
	demo_check(async_queue_alg(demo->queue, key_params.alg, &alg),
		   "AES-GCM");
	demo_check(async_key_add(demo->queue, &key_params, &demo->key), "key");
	printf("/dev/cryptosim0: %u engines, AES-256-GCM by %s\n", info.engines,
	       alg.driver);
}

static void run(struct demo *demo)
{
	demo_read(demo);
	stage("libcrypto encrypts:");
	demo_refer(demo);
	demo_sessions_open(demo);
	stage("device encrypts, callbacks from own polling call:");
	demo_pass(demo, CRYPTOSIM_OP_ENCRYPT);
	demo_compare_sealed(demo);
	stage("device decrypts, poller thread beside the application:");
	demo_pass(demo, CRYPTOSIM_OP_DECRYPT);
	stage("libcrypto decrypts what the device encrypted:");
	demo_compare_opened(demo);
}

int main(int argc, char **argv)
{
	static struct demo demo;
	bool good;

	if (argc > 2) {
		fprintf(stderr, "usage: demo [FILE]\n");
		return 2;
	}
	demo.path = argc == 2 ? argv[1] : kernel_image();
	demo_measure(&demo);
	printf("%s: %zu bytes, in %zu chunks\n", demo.path, demo.size,
	       demo.chunks);
	open_device(&demo);
	run(&demo);
	good = demo_report(&demo);
	demo_sessions_close(&demo);
	async_queue_close(demo.queue);
	free(demo.want_sealed);
	free(demo.want_tags);
	demo_check(control_unload(), "unloading the module");
	printf("  identical to libcrypto: yes\n");
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
