// SPDX-License-Identifier: MIT
/*
 * The suites in the module's own folder: a test build of it runs them when it
 * is loaded, or has KUnit run them where the kernel has that.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include "control/control.h"

#define MODULE		"/selftest.ko"
#define LOG_SIZE	(4 << 20)

/* klogctl(2): read all that is in the buffer */
#define SYSLOG_ACTION_READ_ALL	3

static const char *const suites[] = {
	"cryptosim-alg", "cryptosim-id", "cryptosim-latency",
	"cryptosim-queue", "cryptosim-region", "cryptosim-request",
	"cryptosim-ring",
};

static char *kernel_log(void)
{
	char *log = malloc(LOG_SIZE);
	int len;

	cr_assert_not_null(log);
	len = klogctl(SYSLOG_ACTION_READ_ALL, log, LOG_SIZE - 1);
	cr_assert_geq(len, 0, "klogctl: %s", strerror(errno));
	log[len] = '\0';
	return log;
}

/* Shows the lines of the log that tell of a test that failed */
static unsigned int failures(char *log)
{
	unsigned int count = 0;
	char *line, *rest = log;

	while ((line = strsep(&rest, "\n"))) {
		if (!strstr(line, "not ok ") && !strstr(line, "not so: ") &&
		    !strstr(line, "EXPECTATION FAILED"))
			continue;
		cr_log_error("%s", line);
		count++;
	}
	return count;
}

Test(selftest, at_load)
{
	unsigned int i;
	char *log;
	int ret;

	ret = control_load(MODULE, NULL);
	log = kernel_log();
	for (i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		cr_expect(strstr(log, suites[i]), "%s did not run", suites[i]);
	cr_expect_eq(failures(log), 0);
	free(log);
	cr_assert_eq(ret, 0, "%s: %s", MODULE, strerror(-ret));
	cr_assert_eq(control_unload(), 0);
}
