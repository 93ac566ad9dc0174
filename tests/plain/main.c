// SPDX-License-Identifier: MIT
/*
 * Runs tests, each in a process of its own, and reports as Criterion does. A
 * process in which TSan or valgrind has found something ends with a status of
 * its own.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static struct test_case *tests;

void test_add(struct test_case *test)
{
	test->next = tests;
	tests = test;
}

void test_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "[----] %s:%d: not so: %s\n", file, line, what);
	_exit(1);
}

static void run(const struct test_case *test)
{
	alarm(test->suite->timeout);
	if (test->suite->init)
		test->suite->init();
	test->run();
	if (test->suite->fini)
		test->suite->fini();
	exit(0);
}

/* Returns whether it passed. */
static int passes(const struct test_case *test)
{
	pid_t pid;
	int status;

	fprintf(stderr, "[RUN ] %s\n", test->name);
	pid = fork();
	if (!pid)
		run(test);
	if (waitpid(pid, &status, 0) != pid)
		abort();
	if (!status) {
		fprintf(stderr, "[PASS] %s: ok\n", test->name);
		return 1;
	}
	if (WIFSIGNALED(status))
		fprintf(stderr, "[----] %s\n", strsignal(WTERMSIG(status)));
	fprintf(stderr, "[FAIL] %s: status %#x\n", test->name, status);
	return 0;
}

int main(int argc, char **argv)
{
	static const char option[] = "--tap=";
	FILE *tap = stdout;
	unsigned int n = 0;
	int i, failed = 0, ok;
	struct test_case *test;

	for (i = 1; i < argc; i++)
		if (!strncmp(argv[i], option, strlen(option)))
			tap = fopen(argv[i] + strlen(option), "w");
	if (!tap)
		return 2;
	for (test = tests; test; test = test->next)
		n++;
	fprintf(tap, "1..%u\n", n);
	for (test = tests; test; test = test->next) {
		fflush(tap);
		ok = passes(test);
		failed |= !ok;
		fprintf(tap, "%s - %s\n", ok ? "ok" : "not ok", test->name);
	}
	fclose(tap);
	return failed;
}
