/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * cryptosim: an emulated asynchronous crypto accelerator.
 *
 * One open() of /dev/cryptosimN is one queue. Its life is
 *
 *	open, CRYPTOSIM_IOC_SETUP, three mmap()s,
 *	CRYPTOSIM_IOC_KEY_ADD and CRYPTOSIM_IOC_SESSION_ADD as needed,
 *	SQEs, CRYPTOSIM_IOC_DOORBELL, CQEs,
 *	CRYPTOSIM_IOC_STOP, munmap, close.
 *
 * With O_ASYNC, fcntl(2), the fd's owner gets SIGIO, or the signal of F_SETSIG,
 * whenever completions were posted: the interrupt, in userspace.
 *
 * All structs are the same for 32 and 64 bit callers. Reserved fields and
 * unknown flags must be zero, else -EINVAL. Indices of the rings run freely
 * and wrap at 2^32; a ring's entry is index & (entries - 1).
 */
#ifndef _UAPI_LINUX_CRYPTOSIM_H
#define _UAPI_LINUX_CRYPTOSIM_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Limits, the same for every device */
#define CRYPTOSIM_MAX_ENTRIES	32768		/* of an SQ or a CQ */
#define CRYPTOSIM_MAX_ARENA	(1u << 28)	/* bytes, 256 MiB */
#define CRYPTOSIM_MAX_KEYS	65536		/* of one queue */
#define CRYPTOSIM_MAX_SESSIONS	65536		/* of one queue */
#define CRYPTOSIM_MAX_LEN	(1u << 20)	/* bytes of text of a request */
#define CRYPTOSIM_MAX_AAD	(1u << 16)	/* bytes of AAD of a request */
#define CRYPTOSIM_MAX_KEY_LEN	1024		/* bytes of key material */
#define CRYPTOSIM_IV_LEN	16		/* bytes of IV in an SQE */

/**
 * enum cryptosim_alg - what a key can be for
 *
 * The number is the algorithm's bit in &cryptosim_info.algs. AES takes its
 * key size (128, 192 or 256) from the length of the key.
 *
 * @CRYPTOSIM_ALG_AES_CBC: SP 800-38A, text in whole blocks
 * @CRYPTOSIM_ALG_AES_CTR: SP 800-38A, 128-bit big endian counter
 * @CRYPTOSIM_ALG_AES_XTS: IEEE 1619, both keys in one, 16 bytes at least
 * @CRYPTOSIM_ALG_AES_GCM: SP 800-38D, 96-bit IV
 * @CRYPTOSIM_ALG_AES_CCM: SP 800-38C, the IV is the bare nonce
 * @CRYPTOSIM_ALG_CHACHA20_POLY1305: RFC 8439
 * @CRYPTOSIM_ALG_SHA256: FIPS 180-4
 * @CRYPTOSIM_ALG_SHA384: FIPS 180-4
 * @CRYPTOSIM_ALG_SHA512: FIPS 180-4
 * @CRYPTOSIM_ALG_HMAC_SHA256: RFC 2104
 * @CRYPTOSIM_ALG_HMAC_SHA384: RFC 2104
 * @CRYPTOSIM_ALG_HMAC_SHA512: RFC 2104
 * @CRYPTOSIM_ALG_CMAC_AES: SP 800-38B
 * @CRYPTOSIM_ALG_AUTHENC_SHA1_CBC: AES-CBC, then HMAC-SHA1 of AAD and
 *	ciphertext (TLS: RFC 7366 with the header and the IV as AAD)
 * @CRYPTOSIM_ALG_AUTHENC_SHA256_CBC: the same with HMAC-SHA256
 * @CRYPTOSIM_ALG_COUNT: how many there are; no algorithm
 */
enum cryptosim_alg {
	CRYPTOSIM_ALG_AES_CBC = 0,
	CRYPTOSIM_ALG_AES_CTR = 1,
	CRYPTOSIM_ALG_AES_XTS = 2,
	CRYPTOSIM_ALG_AES_GCM = 3,
	CRYPTOSIM_ALG_AES_CCM = 4,
	CRYPTOSIM_ALG_CHACHA20_POLY1305 = 5,
	CRYPTOSIM_ALG_SHA256 = 6,
	CRYPTOSIM_ALG_SHA384 = 7,
	CRYPTOSIM_ALG_SHA512 = 8,
	CRYPTOSIM_ALG_HMAC_SHA256 = 9,
	CRYPTOSIM_ALG_HMAC_SHA384 = 10,
	CRYPTOSIM_ALG_HMAC_SHA512 = 11,
	CRYPTOSIM_ALG_CMAC_AES = 12,
	CRYPTOSIM_ALG_AUTHENC_SHA1_CBC = 13,
	CRYPTOSIM_ALG_AUTHENC_SHA256_CBC = 14,
	CRYPTOSIM_ALG_COUNT
};

/**
 * enum cryptosim_op - what a request asks for
 * @CRYPTOSIM_OP_NOP: nothing; the cost of the way itself. Takes no key, and
 *	every field but @session and @user_data is zero
 * @CRYPTOSIM_OP_ENCRYPT: a cipher or an AEAD: @src to @dst, and the tag
 * @CRYPTOSIM_OP_DECRYPT: the same backwards
 * @CRYPTOSIM_OP_DIGEST: a hash or a MAC of @src, written to @dst
 * @CRYPTOSIM_OP_COUNT: how many there are; no operation
 */
enum cryptosim_op {
	CRYPTOSIM_OP_NOP = 0,
	CRYPTOSIM_OP_ENCRYPT = 1,
	CRYPTOSIM_OP_DECRYPT = 2,
	CRYPTOSIM_OP_DIGEST = 3,
	CRYPTOSIM_OP_COUNT
};

/**
 * struct cryptosim_sqe - a request on its way down
 * @opcode: enum cryptosim_op
 * @flags: none defined, 0
 * @reserved: 0
 * @session: id of the session where the completion is announced; 0 = nowhere,
 *	the CQE alone tells
 * @user_data: comes back in the CQE, never looked at
 * @key: id of the key; 0 for a NOP
 * @len: bytes of text, 0 to CRYPTOSIM_MAX_LEN
 * @src: offset of the text in the arena
 * @dst: where the result goes. Equal to @src (in place) or disjoint from the
 *	text
 * @aad: offset of the additional authenticated data (AEAD, else 0)
 * @aad_len: its bytes, 0 to CRYPTOSIM_MAX_AAD
 * @tag: offset of the tag (AEAD, else 0): written by an encryption, read by a
 *	decryption
 * @reserved2: 0
 * @iv: the key's iv_len bytes of IV, then zeroes. The last is not written
 *	back
 *
 * Any byte offset is good; nothing needs to be aligned. Where the text of a
 * failed decryption would have gone is wiped.
 */
struct cryptosim_sqe {
	__u8	opcode;
	__u8	flags;
	__u16	reserved;
	__u32	session;
	__u64	user_data;
	__u32	key;
	__u32	len;
	__u32	src;
	__u32	dst;
	__u32	aad;
	__u32	aad_len;
	__u32	tag;
	__u32	reserved2;
	__u8	iv[CRYPTOSIM_IV_LEN];
};

/**
 * struct cryptosim_cqe - a request on its way up
 * @user_data: the SQE's
 * @result: bytes written to @dst (without the tag), or an error:
 *	-EINVAL: unknown opcode or flag, a reserved or unused field that is not
 *	zero, an opcode that the key's algorithm has not, a text length that
 *	the algorithm does not take, @src and @dst overlap in part;
 *	-ENOKEY: no such key; -ENOENT: no such session;
 *	-EMSGSIZE: longer than CRYPTOSIM_MAX_LEN or CRYPTOSIM_MAX_AAD;
 *	-EFAULT: reaches beyond the arena;
 *	-EOVERFLOW: CCM, too long for a nonce of this size;
 *	-EBADMSG: wrong tag;
 *	-ENOMEM: the kernel's cipher found none
 * @session: the SQE's
 * @time_ns: CLOCK_MONOTONIC at which it was posted, ns
 * @device_ns: how long the device had it: from the SQE taken to the CQE
 *	posted, ns
 */
struct cryptosim_cqe {
	__u64	user_data;
	__s32	result;
	__u32	session;
	__u64	time_ns;
	__u64	device_ns;
};

/**
 * struct cryptosim_info - what a device has; CRYPTOSIM_IOC_INFO
 * @features: none defined, 0
 * @algs: bit n set: enum cryptosim_alg n can be used. What the running kernel
 *	lacks is not in it
 * @device: N of /dev/cryptosimN
 * @engines: kernel threads that execute
 * @latency_ns: from the SQE taken to the line raised, at least
 * @moderation_ns: completions wait for company no longer than this
 * @moderation_count: nor once there are as many as this
 * @reserved: 0
 *
 * The ioctl may come at any time, before SETUP too. Errors: -ENOMEM; -EFAULT.
 */
struct cryptosim_info {
	__u64	features;
	__u64	algs;
	__u32	device;
	__u32	engines;
	__u64	latency_ns;
	__u64	moderation_ns;
	__u32	moderation_count;
	__u32	reserved;
};

/**
 * struct cryptosim_alg_info - one algorithm; CRYPTOSIM_IOC_ALG
 * @alg: in: enum cryptosim_alg
 * @ops: bit n set: it has enum cryptosim_op n
 * @key_min: bytes of key material, at least. Keyless hashes: both are 0
 * @key_max: at most
 * @key_step: from @key_min in steps of so many
 * @iv_min: bytes of IV, at least
 * @iv_max: at most
 * @tag_min: bytes of tag, digest or MAC, at least; ciphers: both are 0
 * @tag_max: at most, and the default
 * @block: text comes in multiples of this
 * @auth_max: bytes of MAC key that come before the cipher's, at most. Where
 *	not 0 (authenc), @key_min and @key_max speak of what follows them
 * @reserved: 0
 * @name: the kernel's name for the algorithm
 * @driver: the kernel's name for the implementation that is used
 *
 * Errors: -EFAULT; -EINVAL: no such algorithm, or the reserved field;
 * -EOPNOTSUPP: the running kernel lacks it; -ENOMEM.
 */
struct cryptosim_alg_info {
	__u32	alg;
	__u32	ops;
	__u32	key_min;
	__u32	key_max;
	__u32	key_step;
	__u32	iv_min;
	__u32	iv_max;
	__u32	tag_min;
	__u32	tag_max;
	__u32	block;
	__u32	auth_max;
	__u32	reserved;
	char	name[64];
	char	driver[64];
};

/**
 * struct cryptosim_setup - size a queue; CRYPTOSIM_IOC_SETUP, once
 * @flags: CRYPTOSIM_SETUP_*
 * @sq_entries: a power of two, 1 to CRYPTOSIM_MAX_ENTRIES
 * @cq_entries: likewise, @sq_entries at least. So many requests at most are
 *	in flight or not yet reaped; the SQEs beyond that wait in the SQ
 * @max_keys: 1 to CRYPTOSIM_MAX_KEYS
 * @max_sessions: 1 to CRYPTOSIM_MAX_SESSIONS
 * @reserved: 0
 * @arena_size: bytes, 0 to CRYPTOSIM_MAX_ARENA, whole pages
 * @device_size: out: bytes to map at CRYPTOSIM_MMAP_DEVICE
 * @user_size: out: bytes to map at CRYPTOSIM_MMAP_USER
 * @sq_head: out: where in the device mapping: __u32, how many SQEs the device
 *	took
 * @sq_flags: out: likewise: __u32, CRYPTOSIM_SQ_NEED_WAKEUP
 * @cq_tail: out: likewise: __u32, how many CQEs the device posted
 * @cqes: out: likewise: struct cryptosim_cqe [cq_entries]
 * @done: out: likewise: __u32 [max_sessions], completions of a session
 * @watch: out: likewise: __u32, id of the session that watches (struct
 *	cryptosim_doorbell); 0 once it was announced, which is before the CQE
 *	is there that it was told of. Behind it a __u32: id of the session whose
 *	place that took before it was announced; 0: of none
 * @sq_tail: out: where in the user mapping: __u32, how many SQEs there are
 * @cq_head: out: likewise: __u32, how many CQEs were reaped
 * @sqes: out: likewise: struct cryptosim_sqe [sq_entries]
 * @consumed: out: likewise: __u32 [max_sessions], completions of a session
 *	that their owner collected
 *
 * The process that calls it owns the queue: others that come to hold the fd
 * (a child after fork) get -EPERM from every ioctl but INFO and ALG, and from
 * mmap. The mappings are not inherited by a child.
 *
 * Errors: -EINVAL: a value out of range, flags or reserved not 0; -EBUSY: it
 * was set up before; -ENOMEM: more than the caller's RLIMIT_MEMLOCK (ulimit
 * -l) or the machine's memory allows; -EFAULT.
 */
struct cryptosim_setup {
	__u32	flags;
	__u32	sq_entries;
	__u32	cq_entries;
	__u32	max_keys;
	__u32	max_sessions;
	__u32	reserved;
	__u64	arena_size;
	__u64	device_size;
	__u64	user_size;
	__u32	sq_head;
	__u32	sq_flags;
	__u32	cq_tail;
	__u32	cqes;
	__u32	done;
	__u32	watch;
	__u32	sq_tail;
	__u32	cq_head;
	__u32	sqes;
	__u32	consumed;
};

/*
 * In setup.flags: the doorbell executes what it submits, and returns when that
 * is done, before it waits. Completions still come at interrupt time. sq_flags
 * always says NEED_WAKEUP: no engine looks at the ring by itself, not for SQEs
 * either that stayed in the SQ because the CQ had no room.
 */
#define CRYPTOSIM_SETUP_INLINE		(1u << 0)

/* In sq_flags: no engine looks at the ring, ring the doorbell */
#define CRYPTOSIM_SQ_NEED_WAKEUP	(1u << 0)

/*
 * mmap() offsets. MAP_SHARED and the whole length, each; else -EINVAL. The
 * device mapping is read only: PROT_WRITE there is -EACCES, PROT_EXEC is
 * -EACCES everywhere.
 */
#define CRYPTOSIM_MMAP_DEVICE	0x00000000u
#define CRYPTOSIM_MMAP_USER	0x10000000u
#define CRYPTOSIM_MMAP_ARENA	0x20000000u

/**
 * struct cryptosim_key_add - make a key; CRYPTOSIM_IOC_KEY_ADD
 * @alg: enum cryptosim_alg
 * @key_len: bytes at @key
 * @key: address of the key material; nothing of it stays in user memory but
 *	the caller's own copy
 * @auth_len: authenc: how many bytes at the front of it are the MAC's key;
 *	else 0
 * @tag_len: AEAD: bytes of tag; hash and MAC: bytes of digest (the first
 *	ones); 0 = the algorithm's full length
 * @iv_len: CCM: bytes of nonce, 7 to 13, 0 = 12; else 0 or the algorithm's
 * @id: out: the key's id, never 0
 *
 * Errors: -EOPNOTSUPP: the running kernel lacks the algorithm; -EINVAL: no
 * such algorithm, or a length it does not take; -ENOSPC: max_keys are there;
 * -ENOMEM; -EFAULT.
 */
struct cryptosim_key_add {
	__u32	alg;
	__u32	key_len;
	__u64	key;
	__u32	auth_len;
	__u32	tag_len;
	__u32	iv_len;
	__u32	id;
};

/**
 * struct cryptosim_key_del - end a key; CRYPTOSIM_IOC_KEY_DEL
 * @id: the key's id
 * @reserved: 0
 *
 * Requests that were taken before are executed with it all the same, and the
 * key is wiped after the last of them. Errors: -ENOKEY; -EINVAL; -EFAULT.
 */
struct cryptosim_key_del {
	__u32	id;
	__u32	reserved;
};

/**
 * struct cryptosim_session_add - make a session; CRYPTOSIM_IOC_SESSION_ADD
 * @flags: none defined, 0
 * @id: out: the session's id, never 0
 * @slot: out: the session's place in done[] and consumed[]. Both counters go
 *	on from where a former session left them: take done[slot] as the
 *	first value of consumed[slot]
 * @fd: out: its fd, O_CLOEXEC. poll() says POLLIN while completions were
 *	announced that nobody collected: (__s32)(done - consumed) > 0, and
 *	POLLHUP once the queue was stopped. close() ends the session; requests
 *	in flight complete in the CQ, and are counted in done[] before another
 *	gets the place
 *
 * Errors: -ENOSPC: max_sessions are there, or ended ones still have requests
 * in flight; -EMFILE, -ENFILE, -ENOMEM; -EINVAL; -EFAULT.
 */
struct cryptosim_session_add {
	__u32	flags;
	__u32	id;
	__u32	slot;
	__s32	fd;
};

/**
 * struct cryptosim_doorbell - new SQEs, or waiting; CRYPTOSIM_IOC_DOORBELL
 * @submit: how many SQEs were published since the last doorbell. Not 0: an
 *	engine that sleeps is woken. For counting besides: the engine goes by
 *	sq_tail
 * @wait: return when so many CQEs were posted beyond @cq_head, whoever reaps
 *	them; 0: at once
 * @cq_head: cq_head when the caller chose @wait. Not the shared one at the
 *	call, which another thread may have moved since: counted from there
 *	@wait could be more than will ever come
 * @watch: id of a session that is to be announced, once and without a CQE of
 *	its own, when there is a CQE beyond @cq_head, whoever that is for, or
 *	now if there is; 0: none. A queue has one watch: the next one takes its
 *	place. It also ends with the session
 * @timeout_ns: or when this long has gone by, ns; ~0: for ever
 * @flags: CRYPTOSIM_DOORBELL_*
 * @reserved: 0
 *
 * Returns how many CQEs there are to reap. Errors: -EINVAL: an unknown flag, the
 * reserved field, @wait beyond cq_entries, @submit beyond sq_entries, @cq_head
 * beyond what was posted, or sq_tail further from sq_head than sq_entries:
 * nothing is taken until that is mended; -ENOENT: @watch is no session; -ETIME:
 * fewer than @wait when @timeout_ns had gone by; -EINTR: likewise at a signal;
 * -ESHUTDOWN: the queue is stopped; -EFAULT.
 */
struct cryptosim_doorbell {
	__u32	submit;
	__u32	wait;
	__u32	cq_head;
	__u32	watch;
	__u64	timeout_ns;
	__u32	flags;
	__u32	reserved;
};

/*
 * In doorbell.flags: an engine that would have to take this CPU from the caller
 * begins when the caller sleeps, or has used its share of the CPU. Until then
 * sq_flags does not say NEED_WAKEUP, so that one doorbell serves all that is
 * submitted meanwhile. For who is about to wait in poll(2), but has other
 * requests to submit before.
 */
#define CRYPTOSIM_DOORBELL_LAZY		(1u << 0)

/*
 * CRYPTOSIM_IOC_STOP ends the queue before the last close and munmap do: no
 * further SQE is taken, waiters get -ESHUTDOWN, sessions POLLHUP. What is in
 * flight completes in its time; nobody has to wait for it.
 *
 * Before SETUP every ioctl but INFO and ALG gives -EBADFD; after STOP
 * -ESHUTDOWN; an unknown one -ENOTTY.
 */
#define CRYPTOSIM_IOC_INFO	_IOR(0xC5, 0x00, struct cryptosim_info)
#define CRYPTOSIM_IOC_ALG	_IOWR(0xC5, 0x01, struct cryptosim_alg_info)
#define CRYPTOSIM_IOC_SETUP	_IOWR(0xC5, 0x02, struct cryptosim_setup)
#define CRYPTOSIM_IOC_KEY_ADD	_IOWR(0xC5, 0x03, struct cryptosim_key_add)
#define CRYPTOSIM_IOC_KEY_DEL	_IOW(0xC5, 0x04, struct cryptosim_key_del)
#define CRYPTOSIM_IOC_SESSION_ADD _IOWR(0xC5, 0x05, struct cryptosim_session_add)
#define CRYPTOSIM_IOC_DOORBELL	_IOW(0xC5, 0x06, struct cryptosim_doorbell)
#define CRYPTOSIM_IOC_STOP	_IO(0xC5, 0x07)

/* The control plane: generic netlink */
#define CRYPTOSIM_GENL_NAME	"cryptosim"
#define CRYPTOSIM_GENL_VERSION	1

/**
 * enum cryptosim_cmd - commands of the generic netlink family
 * @CRYPTOSIM_CMD_UNSPEC: none
 * @CRYPTOSIM_CMD_DEVICE_GET: with CRYPTOSIM_A_DEV_INDEX: that device, or
 *	-ENODEV; as a dump: all. Anyone may ask
 * @CRYPTOSIM_CMD_COUNT: how many there are
 */
enum cryptosim_cmd {
	CRYPTOSIM_CMD_UNSPEC = 0,
	CRYPTOSIM_CMD_DEVICE_GET = 1,
	CRYPTOSIM_CMD_COUNT
};

/**
 * enum cryptosim_attr_dev - attributes of a device
 * @CRYPTOSIM_A_DEV_UNSPEC: none
 * @CRYPTOSIM_A_DEV_PAD: alignment
 * @CRYPTOSIM_A_DEV_INDEX: u32, N of /dev/cryptosimN
 * @CRYPTOSIM_A_DEV_ENGINES: u32
 * @CRYPTOSIM_A_DEV_QUEUES: u32, set up and not yet gone
 * @CRYPTOSIM_A_DEV_LATENCY_NS: u64
 * @CRYPTOSIM_A_DEV_MODERATION_COUNT: u32
 * @CRYPTOSIM_A_DEV_MODERATION_NS: u64
 * @CRYPTOSIM_A_DEV_STATS: nest of enum cryptosim_attr_stats
 * @CRYPTOSIM_A_DEV_COUNT: how many there are
 */
enum cryptosim_attr_dev {
	CRYPTOSIM_A_DEV_UNSPEC = 0,
	CRYPTOSIM_A_DEV_PAD = 1,
	CRYPTOSIM_A_DEV_INDEX = 2,
	CRYPTOSIM_A_DEV_ENGINES = 3,
	CRYPTOSIM_A_DEV_QUEUES = 4,
	CRYPTOSIM_A_DEV_LATENCY_NS = 5,
	CRYPTOSIM_A_DEV_MODERATION_COUNT = 6,
	CRYPTOSIM_A_DEV_MODERATION_NS = 7,
	CRYPTOSIM_A_DEV_STATS = 8,
	CRYPTOSIM_A_DEV_COUNT
};

/**
 * enum cryptosim_attr_stats - counters of a device since load, u64 each
 * @CRYPTOSIM_A_STATS_UNSPEC: none
 * @CRYPTOSIM_A_STATS_PAD: alignment
 * @CRYPTOSIM_A_STATS_REQUESTS: SQEs taken
 * @CRYPTOSIM_A_STATS_BYTES: of text, in those that succeeded
 * @CRYPTOSIM_A_STATS_COMPLETIONS: CQEs posted
 * @CRYPTOSIM_A_STATS_INTERRUPTS: runs of the handler
 * @CRYPTOSIM_A_STATS_DOORBELLS: doorbell system calls that submitted
 * @CRYPTOSIM_A_STATS_ERRORS: requests whose result is an error
 * @CRYPTOSIM_A_STATS_COUNT: how many there are
 */
enum cryptosim_attr_stats {
	CRYPTOSIM_A_STATS_UNSPEC = 0,
	CRYPTOSIM_A_STATS_PAD = 1,
	CRYPTOSIM_A_STATS_REQUESTS = 2,
	CRYPTOSIM_A_STATS_BYTES = 3,
	CRYPTOSIM_A_STATS_COMPLETIONS = 4,
	CRYPTOSIM_A_STATS_INTERRUPTS = 5,
	CRYPTOSIM_A_STATS_DOORBELLS = 6,
	CRYPTOSIM_A_STATS_ERRORS = 7,
	CRYPTOSIM_A_STATS_COUNT
};

#endif /* _UAPI_LINUX_CRYPTOSIM_H */
