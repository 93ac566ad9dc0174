// SPDX-License-Identifier: MIT
/* Encrypts one buffer: cc hello.c -lasync */
#include <libasync/async.h>
#include <stdio.h>

static int on_done(void *arg)
{
	return printf("%s: the device is done\n", (const char *)arg);
}

int main(void)
{
	unsigned char text[] = "Hello, device!", iv[12] = { 0 }, tag[16];
	struct async_key_params params = {
		.alg = CRYPTOSIM_ALG_AES_GCM,
		.key = "thirty-two bytes make one key...", .key_len = 32,
	};
	struct async_key key;
	struct async_op op = {
		.opcode = CRYPTOSIM_OP_ENCRYPT, .key = &key, .iv = iv,
		.src = text, .dst = text, .len = sizeof(text), .tag = tag,
	};
	struct async_request *request;
	struct async_queue *queue;
	int ret;

	if (async_queue_open(&queue, 0, NULL))	/* /dev/cryptosim0 */
		return 1;
	if (async_key_add(queue, &params, &key) ||
	    async_session_open(queue, &op.session))
		return 1;
	async_session_set_callback(op.session, on_done, "hello");
	if (async_prepare(queue, &op, 1, &request) != 1 ||
	    async_submit_wait(queue, 1, ASYNC_FOREVER) != 1)
		return 1;
	ret = async_collect(request);
	printf("%d bytes encrypted, tag %02x%02x...\n", ret, tag[0], tag[1]);
	async_session_close(op.session);
	async_queue_close(queue);
	return ret == (int)sizeof(text) ? 0 : 1;
}
