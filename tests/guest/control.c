// SPDX-License-Identifier: MIT
/*
 * The control plane: loading, and netlink. Every test starts and ends without
 * the module; those of the suite "devices" find two devices.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/cryptosim.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include "control/control.h"

#define NOBODY		65534
#define MAX_DEVICES	64

/* A test that failed may have left it */
static void start_unloaded(void)
{
	control_unload();
}

TestSuite(module, .init = start_unloaded);

/* Loading and unloading */

static bool node_is_there(unsigned int index, struct stat *st)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/cryptosim%u", index);
	return !stat(path, st);
}

Test(module, load_makes_the_nodes)
{
	static const unsigned int counts[] = { 1, 2, 5 };
	struct control_device *list;
	unsigned int i, j, n;
	char params[32];
	struct stat st;

	for (i = 0; i < 3; i++) {
		snprintf(params, sizeof(params), "devices=%u", counts[i]);
		cr_assert_eq(control_load(NULL, params), 0);
		for (j = 0; j < counts[i]; j++) {
			cr_assert(node_is_there(j, &st), "no node %u", j);
			cr_assert(S_ISCHR(st.st_mode));
			cr_assert_eq(st.st_mode & 07777, 0660);
		}
		cr_assert_not(node_is_there(counts[i], &st));
		cr_assert_eq(control_devices(&list, &n), 0);
		cr_assert_eq(n, counts[i]);
		for (j = 0; j < n; j++)
			cr_assert_eq(list[j].index, j);
		free(list);
		cr_assert_eq(control_unload(), 0);
		cr_assert_not(node_is_there(0, &st));
	}
}

Test(module, parameters_take_effect)
{
	static const char params[] =
		"engines=2 latency_ns=5000 moderation_count=7 moderation_ns=9000";
	struct control_device device;
	uint64_t count;

	cr_assert_eq(control_load(NULL, params), 0);
	cr_assert_eq(control_device(0, &device), 0);
	cr_expect_eq(device.index, 0);
	cr_expect_eq(device.engines, 2);
	cr_expect_eq(device.queues, 0);
	cr_expect_eq(device.latency_ns, 5000);
	cr_expect_eq(device.moderation_count, 7);
	cr_expect_eq(device.moderation_ns, 9000);
	cr_expect_eq(control_interrupts(0, &count), 0);
	cr_expect_eq(control_unload(), 0);
	cr_expect_eq(control_interrupts(0, &count), -ENODEV);
}

Test(module, bad_values_are_refused)
{
	static const char * const bad[] = {
		"devices=many", "devices=-1", "devices=65", "engines=0",
		"moderation_count=0", "latency_ns=soon", NULL
	};
	unsigned int i;

	for (i = 0; bad[i]; i++) {
		cr_expect_eq(control_load(NULL, bad[i]), -EINVAL, "%s", bad[i]);
		cr_expect_eq(control_unload(), -ENOENT, "%s", bad[i]);
	}
}

Test(module, load_twice)
{
	struct control_device device;

	cr_assert_eq(control_load(NULL, "engines=2"), 0);
	cr_expect_eq(control_load(NULL, "engines=1"), -EEXIST);
	cr_expect_eq(control_device(0, &device), 0);
	cr_expect_eq(device.engines, 2);
	cr_expect_eq(control_unload(), 0);
}

Test(module, unload_waits_for_nobody)
{
	int fd;

	cr_assert_eq(control_load(NULL, NULL), 0);
	fd = open("/dev/cryptosim0", O_RDWR | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	cr_expect_eq(control_unload(), -EAGAIN);
	close(fd);
	cr_expect_eq(control_unload(), 0);
	cr_expect_eq(control_unload(), -ENOENT);
}

Test(module, not_loaded)
{
	struct control_device *list;
	struct control_device device;
	unsigned int n;

	cr_expect_eq(control_devices(&list, &n), -ENOENT);
	cr_expect_eq(control_device(0, &device), -ENOENT);
}

/* By path, by CRYPTOSIM_KO, and what can be wrong with a file */
Test(module, files)
{
	struct utsname name;
	char path[256];

	uname(&name);
	snprintf(path, sizeof(path), "/lib/modules/%s/extra/cryptosim.ko",
		 name.release);
	cr_expect_eq(control_load("/nowhere.ko", NULL), -ENOENT);
	cr_expect_eq(control_load("/etc/passwd", NULL), -ENOEXEC);
	cr_assert_eq(control_load(path, NULL), 0);
	cr_expect_eq(control_unload(), 0);
	setenv("CRYPTOSIM_KO", "/nowhere.ko", 1);
	cr_expect_eq(control_load(NULL, NULL), -ENOENT);
	setenv("CRYPTOSIM_KO", path, 1);
	cr_expect_eq(control_load(NULL, NULL), 0);
	cr_expect_eq(control_unload(), 0);
}

Test(module, tells_its_parameters)
{
	static const char * const names[] = {
		"devices", "engines", "latency_ns", "moderation_count",
		"moderation_ns",
	};
	struct control_parameter *list;
	unsigned int i, j, n;

	cr_assert_eq(control_parameters(NULL, &list, &n), 0);
	cr_expect_eq(n, 5);
	for (i = 0; i < 5; i++) {
		for (j = 0; j < n && strcmp(list[j].name, names[i]); j++)
			;
		cr_assert_lt(j, n, "no parameter %s", names[i]);
		cr_expect_gt(strlen(list[j].type), 0);
		cr_expect_gt(strlen(list[j].description), 0);
	}
	control_parameters_free(list, n);
}

/* Netlink, in messages made by hand: a library would make good ones only */

/* A datagram that comes in */
union datagram {
	struct nlmsghdr nl;
	char bytes[4096];
};

/* A message that goes out */
struct message {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	struct nlattr attr;
	char payload[64];
};

/* The attribute of this type in the message, or NULL */
static const struct nlattr *find_attr(const struct nlmsghdr *nl, int type)
{
	const char *end = (const char *)nl + nl->nlmsg_len;
	const char *at = (const char *)NLMSG_DATA(nl) + GENL_HDRLEN;
	const struct nlattr *attr;

	for (; end - at >= NLA_HDRLEN; at += NLA_ALIGN(attr->nla_len)) {
		attr = (const struct nlattr *)at;
		cr_assert_geq(attr->nla_len, NLA_HDRLEN);
		cr_assert_leq(attr->nla_len, end - at);
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
	}
	return NULL;
}

static uint32_t attr_u32(const struct nlmsghdr *nl, int type, size_t size)
{
	const struct nlattr *attr = find_attr(nl, type);
	uint32_t value = 0;

	cr_assert_not_null(attr, "no attribute %d", type);
	cr_assert_eq(attr->nla_len, NLA_HDRLEN + size);
	memcpy(&value, (const char *)attr + NLA_HDRLEN, size);
	return value;
}

struct question {
	const char *what;
	int cmd;
	int flags;
	int attr;	/* 0: none */
	int len;	/* of its payload, zeroes */
	int error;	/* the kernel's answer */
	int lie;	/* the attribute says that it is so much longer */
	int trailing;	/* bytes after the attribute */
};

static void send_question(int fd, int family, const char *payload,
			  const struct question *question)
{
	struct message msg = {
		.nl.nlmsg_type = family,
		.nl.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | question->flags,
		.genl.cmd = question->cmd,
		.genl.version = CRYPTOSIM_GENL_VERSION,
		.attr.nla_type = question->attr,
		.attr.nla_len = NLA_HDRLEN + question->len + question->lie,
	};

	if (payload)
		memcpy(msg.payload, payload, question->len);
	msg.nl.nlmsg_len = offsetof(struct message, attr);
	if (question->attr)
		msg.nl.nlmsg_len += NLA_HDRLEN + NLA_ALIGN(question->len);
	msg.nl.nlmsg_len += question->trailing;
	cr_assert_eq(send(fd, &msg, msg.nl.nlmsg_len, 0), msg.nl.nlmsg_len);
}

/*
 * One datagram of the answer, read into a small buffer so that a dump can't be
 * in one. Returns true after the last; counts the devices that were in it.
 */
static bool receive_some(int fd, int *error, unsigned int seen[MAX_DEVICES])
{
	union datagram datagram;
	ssize_t len = recv(fd, &datagram, sizeof(datagram), MSG_TRUNC);
	struct nlmsghdr *nl = &datagram.nl;
	uint32_t index;

	cr_assert_gt(len, 0);
	cr_assert_leq((size_t)len, sizeof(datagram));
	for (; NLMSG_OK(nl, len); nl = NLMSG_NEXT(nl, len)) {
		if (nl->nlmsg_type == NLMSG_ERROR ||
		    nl->nlmsg_type == NLMSG_DONE) {
			memcpy(error, NLMSG_DATA(nl), sizeof(*error));
			return true;
		}
		index = attr_u32(nl, CRYPTOSIM_A_DEV_INDEX, sizeof(index));
		cr_assert_lt(index, MAX_DEVICES);
		seen[index]++;
	}
	return false;
}

static int family_of(int fd)
{
	static const struct question get = {
		.cmd = CTRL_CMD_GETFAMILY,
		.attr = CTRL_ATTR_FAMILY_NAME,
		.len = sizeof(CRYPTOSIM_GENL_NAME),
	};
	union datagram datagram;
	struct nlmsghdr *nl = &datagram.nl;
	ssize_t len;
	int family;

	send_question(fd, GENL_ID_CTRL, CRYPTOSIM_GENL_NAME, &get);
	len = recv(fd, &datagram, sizeof(datagram), 0);
	cr_assert(NLMSG_OK(nl, len));
	cr_assert_eq(nl->nlmsg_type, GENL_ID_CTRL);
	family = (int)attr_u32(nl, CTRL_ATTR_FAMILY_ID, sizeof(uint16_t));
	/* What NLM_F_ACK asked for */
	len = recv(fd, &datagram, sizeof(datagram), 0);
	cr_assert(NLMSG_OK(nl, len));
	cr_assert_eq(nl->nlmsg_type, NLMSG_ERROR);
	return family;
}

/* Returns how many datagrams the answer took */
static unsigned int ask(const struct question *question, int *error,
			unsigned int seen[MAX_DEVICES])
{
	unsigned int datagrams = 1;
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	cr_assert_geq(fd, 0);
	send_question(fd, family_of(fd), NULL, question);
	while (!receive_some(fd, error, seen))
		datagrams++;
	close(fd);
	return datagrams;
}

#define GET	CRYPTOSIM_CMD_DEVICE_GET
#define INDEX	CRYPTOSIM_A_DEV_INDEX

static const struct question questions[] = {
	{ "a good one", GET, 0, INDEX, 4, 0, 0, 0 },
	{ "a good dump", GET, NLM_F_DUMP, 0, 0, 0, 0, 0 },
	{ "no index", GET, 0, 0, 0, -EINVAL, 0, 0 },
	{ "index of 0 bytes", GET, 0, INDEX, 0, -EINVAL, 0, 0 },
	{ "index of 2 bytes", GET, 0, INDEX, 2, -EINVAL, 0, 0 },
	{ "index of 8 bytes", GET, 0, INDEX, 8, -EINVAL, 0, 0 },
	{ "index as a nest", GET, 0, INDEX | NLA_F_NESTED, 4, -EINVAL, 0, 0 },
	{ "index beyond the end", GET, 0, INDEX, 4, -EINVAL, 4, 0 },
	{ "trailing bytes", GET, 0, INDEX, 4, -EINVAL, 0, 3 },
	{ "a second attribute", GET, 0, INDEX, 4, -EINVAL, 0, 8 },
	{ "unknown attribute", GET, 0, CRYPTOSIM_A_DEV_COUNT, 4, -EINVAL, 0,
	  0 },
	{ "attribute far off", GET, 0, 999, 4, -EINVAL, 0, 0 },
	{ "padding", GET, 0, CRYPTOSIM_A_DEV_PAD, 0, -EINVAL, 0, 0 },
	{ "an answer's attribute", GET, 0, CRYPTOSIM_A_DEV_ENGINES, 4,
	  -EINVAL, 0, 0 },
	{ "an answer's nest", GET, 0, CRYPTOSIM_A_DEV_STATS | NLA_F_NESTED, 0,
	  -EINVAL, 0, 0 },
	{ "dump, unknown attribute", GET, NLM_F_DUMP, CRYPTOSIM_A_DEV_COUNT, 4,
	  -EINVAL, 0, 0 },
	{ "dump, index of 2 bytes", GET, NLM_F_DUMP, INDEX, 2, -EINVAL, 0, 0 },
	{ "unknown flag", GET, NLM_F_CREATE, INDEX, 4, -EINVAL, 0, 0 },
	{ "command 0", CRYPTOSIM_CMD_UNSPEC, 0, INDEX, 4, -EOPNOTSUPP, 0, 0 },
	{ "unknown command", CRYPTOSIM_CMD_COUNT, 0, INDEX, 4, -EOPNOTSUPP, 0,
	  0 },
	{ "unknown dump", CRYPTOSIM_CMD_COUNT, NLM_F_DUMP, 0, 0, -EOPNOTSUPP,
	  0, 0 },
	{ }
};

static void load_two(void)
{
	start_unloaded();
	cr_assert_eq(control_load(NULL, "devices=2"), 0);
}

static void unload(void)
{
	cr_assert_eq(control_unload(), 0);
}

TestSuite(devices, .init = load_two, .fini = unload);

Test(devices, policy_is_strict)
{
	unsigned int seen[MAX_DEVICES] = { 0 };
	unsigned int i;
	int error;

	for (i = 0; questions[i].what; i++) {
		error = 1;
		ask(&questions[i], &error, seen);
		cr_expect_eq(error, questions[i].error, "%s: %d",
			     questions[i].what, error);
	}
}

Test(devices, unknown_device)
{
	struct control_device device;
	uint64_t count;

	cr_expect_eq(control_device(1, &device), 0);
	cr_expect_eq(device.index, 1);
	cr_expect_eq(control_device(2, &device), -ENODEV);
	cr_expect_eq(control_device(UINT32_MAX, &device), -ENODEV);
	cr_expect_eq(control_interrupts(1, &count), 0);
	cr_expect_eq(control_interrupts(2, &count), -ENODEV);
}

/* So many that no single message holds them */
Test(module, dump_of_many)
{
	static const struct question dump = {
		.cmd = GET,
		.flags = NLM_F_DUMP,
	};
	unsigned int seen[MAX_DEVICES] = { 0 };
	struct control_device *list;
	unsigned int i, n;
	int error;

	cr_assert_eq(control_load(NULL, "devices=64"), 0);
	cr_assert_eq(control_devices(&list, &n), 0);
	cr_assert_eq(n, MAX_DEVICES);
	for (i = 0; i < n; i++)
		cr_expect_eq(list[i].index, i);
	free(list);
	cr_expect_gt(ask(&dump, &error, seen), 2);
	cr_expect_eq(error, 0);
	for (i = 0; i < MAX_DEVICES; i++)
		cr_expect_eq(seen[i], 1, "device %u: %u times", i, seen[i]);
	cr_assert_eq(control_unload(), 0);
}

/* What a user without privileges can do: the first thing that is not so */
static int try_as_nobody(void)
{
	struct control_device *list;
	struct control_device device;
	unsigned int n;

	if (setgid(NOBODY) || setuid(NOBODY))
		return 1;
	if (control_devices(&list, &n) || n != 2)
		return 2;
	if (control_device(1, &device) || device.index != 1)
		return 3;
	if (control_unload() != -EPERM)
		return 4;
	if (open("/dev/cryptosim0", O_RDWR | O_CLOEXEC) >= 0)
		return 5;
	return 0;
}

Test(devices, anyone_may_ask)
{
	int status;
	pid_t pid;

	pid = fork();
	cr_assert_geq(pid, 0);
	if (!pid)
		_exit(try_as_nobody());
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect_eq(status, 0, "step %d failed", WEXITSTATUS(status));
}
