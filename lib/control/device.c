// SPDX-License-Identifier: MIT
/* Devices and their counters, by generic netlink. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/cryptosim.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include "control.h"

/* What libnl's own errors are to us; those that are not here: -EIO */
static const int nl_errnos[NLE_MAX + 1] = {
	[NLE_INTR] = EINTR,
	[NLE_BAD_SOCK] = EBADF,
	[NLE_AGAIN] = EAGAIN,
	[NLE_NOMEM] = ENOMEM,
	[NLE_EXIST] = EEXIST,
	[NLE_INVAL] = EINVAL,
	[NLE_RANGE] = ERANGE,
	[NLE_MSGSIZE] = EMSGSIZE,
	[NLE_OPNOTSUPP] = EOPNOTSUPP,
	[NLE_AF_NOSUPPORT] = EAFNOSUPPORT,
	[NLE_OBJ_NOTFOUND] = ENOENT,
	[NLE_MISSING_ATTR] = EPROTO,
	[NLE_SEQ_MISMATCH] = EPROTO,
	[NLE_MSG_OVERFLOW] = EOVERFLOW,
	[NLE_MSG_TRUNC] = EMSGSIZE,
	[NLE_MSG_TOOSHORT] = EPROTO,
	[NLE_BUSY] = EBUSY,
	[NLE_PROTO_MISMATCH] = EPROTONOSUPPORT,
	[NLE_NOACCESS] = EACCES,
	[NLE_PERM] = EPERM,
	[NLE_PARSE_ERR] = EPROTO,
	[NLE_NODEV] = ENODEV,
	[NLE_DUMP_INTR] = EINTR,
};

/* A libnl return value as ours: 0 or a negative errno */
static int nl_result(int ret)
{
	if (ret >= 0)
		return 0;
	if (-ret > NLE_MAX || !nl_errnos[-ret])
		return -EIO;
	return -nl_errnos[-ret];
}

/* What came in: the devices, and how it ended once @done */
struct answer {
	struct control_device *list;
	unsigned int n;
	int error;
	bool done;
};

static int finish(struct answer *answer, int error)
{
	answer->error = error;
	answer->done = true;
	return NL_STOP;
}

/* A number of the answer; false: it is not there, or of another size */
static bool take_u32(struct nlattr **attrs, int type, uint32_t *value)
{
	if (!attrs[type] || nla_len(attrs[type]) != sizeof(*value))
		return false;
	*value = nla_get_u32(attrs[type]);
	return true;
}

static bool take_u64(struct nlattr **attrs, int type, uint64_t *value)
{
	if (!attrs[type] || nla_len(attrs[type]) != sizeof(*value))
		return false;
	*value = nla_get_u64(attrs[type]);
	return true;
}

static bool take_device(struct nlattr **attrs, struct control_device *device)
{
	return take_u32(attrs, CRYPTOSIM_A_DEV_INDEX, &device->index) &&
	       take_u32(attrs, CRYPTOSIM_A_DEV_ENGINES, &device->engines) &&
	       take_u32(attrs, CRYPTOSIM_A_DEV_QUEUES, &device->queues) &&
	       take_u64(attrs, CRYPTOSIM_A_DEV_LATENCY_NS,
			&device->latency_ns) &&
	       take_u32(attrs, CRYPTOSIM_A_DEV_MODERATION_COUNT,
			&device->moderation_count) &&
	       take_u64(attrs, CRYPTOSIM_A_DEV_MODERATION_NS,
			&device->moderation_ns);
}

static bool take_stats(struct nlattr **attrs, struct control_stats *stats)
{
	return take_u64(attrs, CRYPTOSIM_A_STATS_REQUESTS, &stats->requests) &&
	       take_u64(attrs, CRYPTOSIM_A_STATS_BYTES, &stats->bytes) &&
	       take_u64(attrs, CRYPTOSIM_A_STATS_COMPLETIONS,
			&stats->completions) &&
	       take_u64(attrs, CRYPTOSIM_A_STATS_INTERRUPTS,
			&stats->interrupts) &&
	       take_u64(attrs, CRYPTOSIM_A_STATS_DOORBELLS,
			&stats->doorbells) &&
	       take_u64(attrs, CRYPTOSIM_A_STATS_ERRORS, &stats->errors);
}

static int parse_device(struct nl_msg *msg, struct control_device *device)
{
	struct nlattr *stats[CRYPTOSIM_A_STATS_COUNT];
	struct nlattr *attrs[CRYPTOSIM_A_DEV_COUNT];
	int ret;

	ret = genlmsg_parse(nlmsg_hdr(msg), 0, attrs, CRYPTOSIM_A_DEV_COUNT - 1,
			    NULL);
	if (ret < 0 || !attrs[CRYPTOSIM_A_DEV_STATS])
		return -EPROTO;
	ret = nla_parse_nested(stats, CRYPTOSIM_A_STATS_COUNT - 1,
			       attrs[CRYPTOSIM_A_DEV_STATS], NULL);
	if (ret < 0 || !take_device(attrs, device) ||
	    !take_stats(stats, &device->stats))
		return -EPROTO;
	return 0;
}

static int on_device(struct nl_msg *msg, void *arg)
{
	struct answer *answer = arg;
	struct control_device *list;
	int ret;

	list = reallocarray(answer->list, answer->n + 1, sizeof(*list));
	if (!list)
		return finish(answer, -ENOMEM);
	answer->list = list;
	ret = parse_device(msg, &list[answer->n]);
	if (ret)
		return finish(answer, ret);
	answer->n++;
	return NL_OK;
}

/* The kernel's own errno: libnl's error codes are fewer than errnos */
static int on_error(struct sockaddr_nl *addr, struct nlmsgerr *err, void *arg)
{
	(void)addr;
	return finish(arg, err->error);
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	(void)msg;
	return finish(arg, 0);
}

/* A dump that fails half-way says so in the message that ends it */
static int on_dump_end(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	int error = 0;

	if (nlmsg_datalen(hdr) >= (int)sizeof(error))
		memcpy(&error, nlmsg_data(hdr), sizeof(error));
	return finish(arg, error < 0 ? error : 0);
}

static int receive(struct nl_sock *sock, struct answer *answer)
{
	struct nl_cb *cb;
	int ret = 0;

	cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_device, answer);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, answer);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_dump_end, answer);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, answer);
	while (!ret && !answer->done)
		ret = nl_result(nl_recvmsgs(sock, cb));
	nl_cb_put(cb);
	return ret ? ret : answer->error;
}

/* One DEVICE_GET: of @index, or a dump of all where that is NULL */
static int send_get(struct nl_sock *sock, int family, const unsigned int *index)
{
	struct nl_msg *msg;
	int ret = -NLE_NOMEM;

	msg = nlmsg_alloc();
	if (!msg)
		return -ENOMEM;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0,
			 index ? 0 : NLM_F_DUMP, CRYPTOSIM_CMD_DEVICE_GET,
			 CRYPTOSIM_GENL_VERSION))
		goto out;
	if (index) {
		ret = nla_put_u32(msg, CRYPTOSIM_A_DEV_INDEX, *index);
		if (ret < 0)
			goto out;
	}
	ret = nl_send_auto(sock, msg);
out:
	nlmsg_free(msg);
	return nl_result(ret);
}

static int get(const unsigned int *index, struct answer *answer)
{
	struct nl_sock *sock;
	int family;
	int ret;

	/* To ask for a family makes the kernel load its module: not for this */
	if (access("/sys/module/cryptosim", F_OK) && errno == ENOENT)
		return -ENOENT;
	sock = nl_socket_alloc();
	if (!sock)
		return -ENOMEM;
	ret = nl_result(genl_connect(sock));
	if (ret)
		goto out;
	family = genl_ctrl_resolve(sock, CRYPTOSIM_GENL_NAME);
	ret = nl_result(family);
	if (ret)
		goto out;
	ret = send_get(sock, family, index);
	if (ret)
		goto out;
	ret = receive(sock, answer);
out:
	nl_socket_free(sock);
	return ret;
}

int control_devices(struct control_device **list, unsigned int *n)
{
	struct answer answer = { };
	int ret;

	ret = get(NULL, &answer);
	if (ret) {
		free(answer.list);
		return ret;
	}
	*list = answer.list;
	*n = answer.n;
	return 0;
}

int control_device(unsigned int index, struct control_device *device)
{
	struct answer answer = { };
	int ret;

	ret = get(&index, &answer);
	if (!ret && answer.n != 1)
		ret = -EPROTO;
	if (!ret)
		*device = answer.list[0];
	free(answer.list);
	return ret;
}
