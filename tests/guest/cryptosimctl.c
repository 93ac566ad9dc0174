// SPDX-License-Identifier: MIT
/*
 * The command cryptosimctl: what it does, says and exits with. Every test
 * starts and ends without the module.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <libasync/async.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "control/control.h"

#define OUTPUT_SIZE	16384

/* A test that failed may have left it */
static void start_unloaded(void)
{
	control_unload();
}

TestSuite(cryptosimctl, .init = start_unloaded);

/* Its exit code, and what it said on both outputs */
static int ctl(const char *args, char output[OUTPUT_SIZE])
{
	char command[256];
	size_t len;
	int status;
	FILE *pipe;

	snprintf(command, sizeof(command), "cryptosimctl 2>&1 %s", args);
	pipe = popen(command, "r");
	cr_assert_not_null(pipe);
	len = fread(output, 1, OUTPUT_SIZE - 1, pipe);
	output[len] = '\0';
	status = pclose(pipe);
	cr_assert(WIFEXITED(status), "%s: status %x", command, status);
	return WEXITSTATUS(status);
}

static void expect_ctl(const char *args, int code, const char *said)
{
	char output[OUTPUT_SIZE];
	int ret = ctl(args, output);

	cr_expect_eq(ret, code, "%s: exit code %d", args, ret);
	cr_expect_not_null(strstr(output, said), "%s: \"%s\" is not in: %s",
			   args, said, output);
}

Test(cryptosimctl, load_show_unload)
{
	expect_ctl("unload", 1, "not loaded");
	expect_ctl("show", 1, "not loaded: run cryptosimctl load");
	expect_ctl("load devices=2 engines=1", 0, "");
	expect_ctl("load", 1, "is loaded");
	expect_ctl("show", 0, "\ncryptosim1 ");
	expect_ctl("show 1", 0, "\ncryptosim1 ");
	expect_ctl("show 2", 1, "show 2: no such device");
	expect_ctl("unload", 0, "");
	expect_ctl("unload", 1, "not loaded");
}

Test(cryptosimctl, in_use)
{
	int fd;

	expect_ctl("load", 0, "");
	fd = open("/dev/cryptosim0", O_RDWR | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	expect_ctl("unload", 1, "in use");
	close(fd);
	expect_ctl("unload", 0, "");
}

static void run_nops(struct async_queue *queue, unsigned int n)
{
	struct async_op op = { .opcode = CRYPTOSIM_OP_NOP };
	struct async_request *request;

	while (n--) {
		cr_assert_eq(async_prepare(queue, &op, 1, &request), 1);
		cr_assert_eq(async_submit_wait(queue, 1, ASYNC_FOREVER), 1);
		cr_assert_eq(async_collect(request), 0);
	}
}

static void expect_number(const char *json, const char *key, uint64_t value)
{
	char member[64];
	const char *at;

	snprintf(member, sizeof(member), "\"%s\":%llu", key,
		 (unsigned long long)value);
	at = strstr(json, member);
	cr_expect(at && strchr(",}", at[strlen(member)]), "%s is not in %s",
		  member, json);
}

static void expect_ratio(const char *json, const char *key, uint64_t value,
			 uint64_t per)
{
	char member[64];

	snprintf(member, sizeof(member), "\"%s\":%.2f", key,
		 (double)value / (double)per);
	cr_expect_not_null(strstr(json, member), "%s is not in %s", member,
			   json);
}

Test(cryptosimctl, json)
{
	struct control_device device;
	struct async_queue *queue;
	char json[OUTPUT_SIZE];

	expect_ctl("load devices=2 engines=2 latency_ns=1000", 0, "");
	cr_assert_eq(async_queue_open(&queue, 0, NULL), 0);
	run_nops(queue, 3);
	cr_assert_eq(control_device(0, &device), 0);
	cr_assert_eq(ctl("show 0 --json", json), 0);
	cr_expect_eq(strncmp(json, "{\"devices\":[\n{\"", 15), 0);
	cr_expect_str_eq(strchr(json, '}'), "}\n]}\n");
	expect_number(json, "device", 0);
	expect_number(json, "engines", 2);
	expect_number(json, "queues", 1);
	expect_number(json, "latency_ns", 1000);
	expect_number(json, "moderation_count", device.moderation_count);
	expect_number(json, "moderation_ns", device.moderation_ns);
	expect_number(json, "requests", 3);
	expect_number(json, "errors", 0);
	expect_number(json, "bytes", 0);
	expect_number(json, "completions", 3);
	expect_number(json, "doorbells", device.stats.doorbells);
	expect_number(json, "interrupts", device.stats.interrupts);
	expect_ratio(json, "requests_per_doorbell", 3, device.stats.doorbells);
	expect_ratio(json, "completions_per_interrupt", 3,
		     device.stats.interrupts);
	async_queue_close(queue);
	expect_ctl("show --json 1", 0, "\"requests_per_doorbell\":null");
	expect_ctl("unload", 0, "");
}

Test(cryptosimctl, usage)
{
	expect_ctl("", 2, "no command given");
	expect_ctl("frobnicate", 2, "\"frobnicate\"");
	expect_ctl("load devices", 2, "\"devices\" is not NAME=VALUE");
	expect_ctl("load devices=", 2, "\"devices=\"");
	expect_ctl("load 'devices=1 engines=2'", 2, "NAME=VALUE");
	expect_ctl("load device=1", 2, "  moderation_count ");
	expect_ctl("load devices=1 =1", 2, "load =1: no such parameter");
	expect_ctl("load devices=none", 1, "load devices=none: ");
	expect_ctl("unload now", 2, "\"now\"");
	expect_ctl("show all", 2, "\"all\"");
	expect_ctl("show -1", 2, "\"-1\"");
	expect_ctl("show 4294967296", 2, "\"4294967296\"");
	expect_ctl("show 0 1", 2, "\"1\"");
	expect_ctl("help", 0, "  moderation_count ");
	expect_ctl("load --help", 0, "cryptosimctl unload");
	expect_ctl("show >/dev/full", 1, "not loaded");
	expect_ctl("help >/dev/full", 1, "standard output");
}
