// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>

#include "device.h"
#include "netlink.h"

static struct genl_family netlink_family;

static const struct nla_policy netlink_device_policy[] = {
	[CRYPTOSIM_A_DEV_INDEX] = { .type = NLA_U32 },
};

static int netlink_put_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, CRYPTOSIM_A_DEV_PAD);
}

static int netlink_put_stats(struct sk_buff *skb, struct csim_device *csdev)
{
	struct nlattr *nest = nla_nest_start(skb, CRYPTOSIM_A_DEV_STATS);
	struct csim_stats stats;

	if (!nest)
		return -EMSGSIZE;
	csim_device_stats(csdev, &stats);
	if (netlink_put_u64(skb, CRYPTOSIM_A_STATS_REQUESTS, stats.requests) ||
	    netlink_put_u64(skb, CRYPTOSIM_A_STATS_BYTES, stats.bytes) ||
	    netlink_put_u64(skb, CRYPTOSIM_A_STATS_COMPLETIONS,
			    stats.completions) ||
	    netlink_put_u64(skb, CRYPTOSIM_A_STATS_INTERRUPTS,
			    stats.interrupts) ||
	    netlink_put_u64(skb, CRYPTOSIM_A_STATS_DOORBELLS,
			    stats.doorbells) ||
	    netlink_put_u64(skb, CRYPTOSIM_A_STATS_ERRORS, stats.errors))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* One message about one device; nothing of it stays in @skb if it does not fit */
static int netlink_put_device(struct sk_buff *skb, struct csim_device *csdev,
			      u32 portid, u32 seq, int flags)
{
	const struct csim_config *config = &csdev->config;
	void *head = genlmsg_put(skb, portid, seq, &netlink_family, flags,
				 CRYPTOSIM_CMD_DEVICE_GET);

	if (!head)
		return -EMSGSIZE;
	if (nla_put_u32(skb, CRYPTOSIM_A_DEV_INDEX, csdev->index) ||
	    nla_put_u32(skb, CRYPTOSIM_A_DEV_ENGINES, config->engines) ||
	    nla_put_u32(skb, CRYPTOSIM_A_DEV_QUEUES,
			atomic_read(&csdev->queues)) ||
	    netlink_put_u64(skb, CRYPTOSIM_A_DEV_LATENCY_NS,
			    config->latency_ns) ||
	    nla_put_u32(skb, CRYPTOSIM_A_DEV_MODERATION_COUNT,
			config->moderation_count) ||
	    netlink_put_u64(skb, CRYPTOSIM_A_DEV_MODERATION_NS,
			    config->moderation_ns) ||
	    netlink_put_stats(skb, csdev)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

static int netlink_device_get(struct sk_buff *skb, struct genl_info *info)
{
	struct csim_device *csdev;
	struct sk_buff *reply;
	int ret = -ENODEV;
	u32 index;

	if (!info->attrs[CRYPTOSIM_A_DEV_INDEX]) {
		NL_SET_ERR_MSG(info->extack, "say which device: CRYPTOSIM_A_DEV_INDEX is missing");
		return -EINVAL;
	}
	index = nla_get_u32(info->attrs[CRYPTOSIM_A_DEV_INDEX]);
	reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	csdev = csim_devices_next(index);
	if (csdev && csdev->index == index)
		ret = netlink_put_device(reply, csdev, info->snd_portid,
					 info->snd_seq, 0);
	csim_devices_unlock();
	if (ret) {
		nlmsg_free(reply);
		return ret;
	}
	return genlmsg_reply(reply, info);
}

/* cb->args[0] is the index to go on with */
static int netlink_device_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct csim_device *csdev;
	int ret = 0;

	while (!ret) {
		csdev = csim_devices_next(cb->args[0]);
		if (!csdev) {
			csim_devices_unlock();
			break;
		}
		ret = netlink_put_device(skb, csdev,
					 NETLINK_CB(cb->skb).portid,
					 cb->nlh->nlmsg_seq, NLM_F_MULTI);
		if (!ret)
			cb->args[0] = csdev->index + 1;
		csim_devices_unlock();
	}
	return skb->len;
}

static const struct genl_ops netlink_ops[] = {
	{
		.cmd = CRYPTOSIM_CMD_DEVICE_GET,
		.doit = netlink_device_get,
		.dumpit = netlink_device_dump,
		.policy = netlink_device_policy,
		.maxattr = ARRAY_SIZE(netlink_device_policy) - 1,
	},
};

static struct genl_family netlink_family __ro_after_init = {
	.name = CRYPTOSIM_GENL_NAME,
	.version = CRYPTOSIM_GENL_VERSION,
	.module = THIS_MODULE,
	.ops = netlink_ops,
	.n_ops = ARRAY_SIZE(netlink_ops),
	/* Every command is checked strictly, for the dump too */
	.resv_start_op = CRYPTOSIM_CMD_UNSPEC + 1,
};

/**
 * csim_netlink_init() - register the family
 *
 * Context: module init.
 * Return: 0 or a negative errno.
 */
int __init csim_netlink_init(void)
{
	return genl_register_family(&netlink_family);
}

/**
 * csim_netlink_exit() - unregister the family
 *
 * Context: module exit.
 */
void csim_netlink_exit(void)
{
	genl_unregister_family(&netlink_family);
}
