// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/time64.h>

#include "alg.h"
#include "device.h"
#include "netlink.h"
#include "queue.h"
#include "selftest/kunit.h"

#define MAIN_MAX_NS	(10ULL * NSEC_PER_SEC)

static unsigned int devices = 1;
module_param(devices, uint, 0444);
MODULE_PARM_DESC(devices, "Devices from load, 1 to 64 (default 1)");

static int engines = -1;
module_param(engines, int, 0444);
MODULE_PARM_DESC(engines, "Engines of a device, threads that execute, 1 to 16 (default -1: 2, or 1 on a single CPU)");

static unsigned long long latency_ns;
module_param(latency_ns, ullong, 0444);
MODULE_PARM_DESC(latency_ns, "Time from a request taken to its interrupt at least, ns, up to 10 s (default 0: at once)");

static unsigned int moderation_count = 32;
module_param(moderation_count, uint, 0444);
MODULE_PARM_DESC(moderation_count, "Completions for which an interrupt waits at most, 1 or more (default 32)");

static unsigned long long moderation_ns = 50 * NSEC_PER_USEC;
module_param(moderation_ns, ullong, 0444);
MODULE_PARM_DESC(moderation_ns, "Time for which a completion waits for company at most, ns, up to 10 s (default 50000; 0: not at all)");

struct main_range {
	const char *name;
	u64 value;
	u64 min;
	u64 max;
};

/* Returns 0 or -EINVAL; the kernel log says which value and what is good */
static int main_check(void)
{
	const struct main_range ranges[] = {
		{ "devices", devices, 1, CSIM_MAX_DEVICES },
		{ "engines", engines, 1, CSIM_MAX_ENGINES },
		{ "latency_ns", latency_ns, 0, MAIN_MAX_NS },
		{ "moderation_count", moderation_count, 1, U32_MAX },
		{ "moderation_ns", moderation_ns, 0, MAIN_MAX_NS },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		const struct main_range *r = &ranges[i];

		if (r->value >= r->min && r->value <= r->max)
			continue;
		pr_err("%s=%lld is out of range: give %llu to %llu\n", r->name,
		       r->value, r->min, r->max);
		return -EINVAL;
	}
	return 0;
}

static int __init cryptosim_init(void)
{
	struct csim_config config;
	int ret;

	if (engines == -1)
		engines = min(2u, num_online_cpus());
	ret = main_check();
	if (ret)
		return ret;
	config = (struct csim_config) {
		.engines = engines,
		.latency_ns = latency_ns,
		.moderation_count = moderation_count,
		.moderation_ns = moderation_ns,
	};
	csim_alg_init();
	ret = csim_selftest();
	if (ret)
		return ret;
	ret = csim_queues_init();
	if (ret)
		return ret;
	ret = csim_devices_init(devices, &config);
	if (ret)
		goto exit_queues;
	ret = csim_netlink_init();
	if (ret)
		goto exit_devices;
	return 0;

exit_devices:
	csim_devices_exit();
exit_queues:
	csim_queues_exit();
	return ret;
}

static void __exit cryptosim_exit(void)
{
	csim_netlink_exit();
	csim_devices_exit();
	csim_queues_exit();
}

module_init(cryptosim_init);
module_exit(cryptosim_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Emulated asynchronous crypto accelerator");
MODULE_AUTHOR("The cryptosim authors");
