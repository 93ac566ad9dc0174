/* SPDX-License-Identifier: GPL-2.0-only */
/* What a process does with /dev/cryptosimN: open, ioctl, mmap, poll, close. */
#ifndef CRYPTOSIM_FILE_H
#define CRYPTOSIM_FILE_H

#include <linux/fs.h>

extern const struct file_operations csim_file_fops;

#endif /* CRYPTOSIM_FILE_H */
