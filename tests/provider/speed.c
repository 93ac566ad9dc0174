// SPDX-License-Identifier: MIT
/* openssl speed, as it comes with Debian, run as it is run. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include "guest.h"
#include "process.h"

static void setup(void)
{
	guest_load("");
	process_config("threshold = 0\nsummary = yes");
}

static void teardown(void)
{
	guest_unload();
}

TestSuite(speed, .init = setup, .fini = teardown, .timeout = 300);

/**
 * struct speed - a run of openssl speed
 * @cipher: the cipher
 * @jobs: how many at once
 * @endless: it makes one message of all texts, and only the first can go to
 *	the device
 */
struct speed {
	char cipher[24];
	int jobs;
	bool endless;
};

/*
 * AES-CBC-HMAC is not among them: it is for TLS records, and speed never says
 * that one begins (EVP_CTRL_AEAD_TLS1_AAD), neither with -aead, which hands its
 * AAD over as GCM has it, nor without; -mb wants another cipher, and has no
 * jobs. All of it counts as unsuited then. tls.c and records.c have records.
 */
static struct speed speeds[] = {
	{ "aes-128-cbc", 1, false },
	{ "aes-128-cbc", 8, false },
	{ "aes-128-cbc", 64, false },
	{ "aes-192-cbc", 8, false },
	{ "aes-256-cbc", 8, false },
	{ "aes-128-gcm", 1, false },
	{ "aes-128-gcm", 8, false },
	{ "aes-128-gcm", 64, false },
	{ "aes-192-gcm", 8, false },
	{ "aes-256-gcm", 8, false },
	{ "aes-128-ccm", 1, false },
	{ "aes-128-ccm", 8, false },
	{ "aes-128-ccm", 64, false },
	{ "aes-192-ccm", 8, false },
	{ "aes-256-ccm", 8, false },
	{ "aes-128-xts", 1, false },
	{ "aes-128-xts", 8, false },
	{ "aes-128-xts", 64, false },
	{ "aes-256-xts", 8, false },
	{ "chacha20-poly1305", 1, true },
	{ "chacha20-poly1305", 8, true },
	{ "chacha20-poly1305", 64, true },
};

ParameterizedTestParameters(speed, jobs)
{
	return cr_make_param_array(struct speed, speeds,
				   sizeof(speeds) / sizeof(speeds[0]));
}

ParameterizedTest(struct speed *speed, speed, jobs)
{
	static const char *const others[] = {
		" unsuited", " no job", " short", " no device", " full",
		" failed",
	};
	size_t i;

	process_sh("timeout 120 openssl speed -elapsed -seconds 1 \\\n"
		   "    -bytes 1024 -propquery '?provider=cryptosim' \\\n"
		   "    -async_jobs %d -evp %s >/tmp/speed 2>&1\n"
		   "ret=$?\n"
		   "cat /tmp/speed\n"
		   "exit $ret", speed->jobs, speed->cipher);
	cr_expect_geq(process_summed("/tmp/speed", " offloaded"), speed->jobs);
	for (i = speed->endless; i < sizeof(others) / sizeof(others[0]); i++)
		cr_expect_eq(process_summed("/tmp/speed", others[i]), 0, "%llu%s",
			     process_summed("/tmp/speed", others[i]), others[i]);
	guest_queues_gone(0);
}

/* Children of a process that has the provider already: each has its queue. */
Test(speed, multi)
{
	process_sh("timeout 120 openssl speed -elapsed -seconds 1 \\\n"
		   "    -bytes 1024 -multi 3 -propquery '?provider=cryptosim' \\\n"
		   "    -async_jobs 4 -evp aes-128-gcm >/tmp/speed 2>&1\n"
		   "test $(grep -c 'GCM: [1-9][0-9]* offloaded' /tmp/speed) -eq 3");
	guest_queues_gone(0);
}
