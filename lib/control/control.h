/* SPDX-License-Identifier: MIT */
/*
 * The control plane from userspace: load and unload the module, ask what its
 * devices are and what they did. For programs of this project; not installed.
 *
 * Functions return 0 or a negative errno value; errno is never set on purpose,
 * nothing is printed.
 */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include <stdint.h>

/**
 * struct control_stats - counters of a device since it was loaded
 * @requests: SQEs taken
 * @bytes: of text, in requests that succeeded
 * @completions: CQEs posted
 * @interrupts: runs of the interrupt handler
 * @doorbells: system calls that submitted
 * @errors: requests whose result is an error
 */
struct control_stats {
	uint64_t requests;
	uint64_t bytes;
	uint64_t completions;
	uint64_t interrupts;
	uint64_t doorbells;
	uint64_t errors;
};

/**
 * struct control_device - a device
 * @index: N of /dev/cryptosimN
 * @engines: kernel threads that execute
 * @queues: set up and not yet gone
 * @moderation_count: completions that are announced together, at most
 * @latency_ns: from the SQE taken to the line raised, at least, ns
 * @moderation_ns: how long a completion waits for company, at most, ns
 * @stats: what it did
 */
struct control_device {
	uint32_t index;
	uint32_t engines;
	uint32_t queues;
	uint32_t moderation_count;
	uint64_t latency_ns;
	uint64_t moderation_ns;
	struct control_stats stats;
};

/**
 * struct control_parameter - a parameter that the module takes at load
 * @name: its name
 * @type: its type, as module_param() has it: "uint", "ullong"
 * @description: what it is for; empty if the module does not say
 */
struct control_parameter {
	char *name;
	char *type;
	char *description;
};

/**
 * control_load() - load the module
 * @path: its file; NULL: the first of these: the file that CRYPTOSIM_KO names
 *	in the environment; ../cryptosim.ko from the directory of the running
 *	program, which is where the build puts it for build/bin; the module
 *	cryptosim of the running kernel (depmod(8))
 * @params: its parameters as insmod(8) has them, "devices=2 engines=1"; NULL:
 *	none. They go after those of modprobe.d(5), and so win
 *
 * What depmod(8) knows it to depend on is loaded before it. /dev/cryptosimN are
 * there on return.
 *
 * Return: 0; -EEXIST: it is loaded; -ENOENT: no such file or module, or a
 * symbol that the kernel lacks; -ENOEXEC: built for another kernel; -EINVAL: a
 * value it refuses; -EPERM: not root; -ENOMEM; else what finit_module(2) says.
 */
int control_load(const char *path, const char *params);

/**
 * control_unload() - unload the module; never waits
 *
 * Return: 0; -EAGAIN: in use; -EBUSY: another load or unload of it is under
 * way; -ENOENT: it is not loaded; -EPERM: not root; -ENOMEM.
 */
int control_unload(void);

/**
 * control_parameters() - the parameters that the module's file says it takes
 * @path: as in control_load()
 * @list: out: to be freed with control_parameters_free()
 * @n: out: how many
 *
 * Return: 0; -ENOENT: no such file or module; -ENOEXEC: no kernel module;
 * -EACCES: no permission to read it; -ENOMEM.
 */
int control_parameters(const char *path, struct control_parameter **list,
		       unsigned int *n);

/**
 * control_parameters_free() - free what control_parameters() gave
 * @list: the list
 * @n: how many
 */
void control_parameters_free(struct control_parameter *list, unsigned int n);

/**
 * control_devices() - all devices, in the order of their indices
 * @list: out: to be freed with free(); NULL if there are none
 * @n: out: how many
 *
 * Anyone may ask. Asking never loads the module.
 *
 * Return: 0; -ENOENT: the module is not loaded; -EINTR: devices came or went
 * meanwhile, ask again; -EPROTO: an answer that lacks something, the module
 * is of another version; -ENOMEM; another negative errno of socket(7).
 */
int control_devices(struct control_device **list, unsigned int *n);

/**
 * control_device() - one device
 * @index: N of /dev/cryptosimN
 * @device: out
 *
 * Return: as control_devices(); -ENODEV: no such device.
 */
int control_device(unsigned int index, struct control_device *device);

/**
 * control_interrupts() - a device's interrupts, as /proc/interrupts counts them
 * @device: N of /dev/cryptosimN
 * @count: out: of all its lines ("cryptosimN-0" and so on) on all CPUs. Each
 *	CPU's share wraps at 2^32
 *
 * The kernel counts an interrupt once when it comes in; where the next one
 * comes while the handler still runs, the handler is run again without being
 * counted here: control_stats.interrupts may be the greater one.
 *
 * Return: 0; -ENODEV: no such lines; -ENOMEM; what fopen(3) says.
 */
int control_interrupts(unsigned int device, uint64_t *count);

#endif /* CONTROL_CONTROL_H */
