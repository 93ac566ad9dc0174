/* SPDX-License-Identifier: GPL-2.0-only */
/* The control plane: generic netlink family "cryptosim". */
#ifndef CRYPTOSIM_NETLINK_H
#define CRYPTOSIM_NETLINK_H

#include <net/genetlink.h>

#include <linux/cryptosim.h>

int csim_netlink_init(void);
void csim_netlink_exit(void);

#endif /* CRYPTOSIM_NETLINK_H */
