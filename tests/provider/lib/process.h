/* SPDX-License-Identifier: MIT */
/*
 * Programs that tests of the provider run: Debian's, as people run them. What
 * goes wrong in here fails the test.
 */
#ifndef PROVIDER_PROCESS_H
#define PROVIDER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "provider/counters.h"

/* Seconds after which what is waited for will not come */
#define PROCESS_WATCHDOG	120
/* Bytes of PROCESS_BULK, but for some more that nobody looks at */
#define PROCESS_BULK_LEN	(4u << 20)
/* A file of random bytes, process_files() */
#define PROCESS_BULK		"/tmp/bulk"

/**
 * process_config() - have programs that are run from now on use the provider
 * @section: lines of its section in openssl.cnf
 */
void process_config(const char *section);

/**
 * process_files() - make a certificate (/tmp/cert.pem, /tmp/key.pem, both in
 * /tmp/both.pem) and PROCESS_BULK
 */
void process_files(void);

/**
 * process_sh() - run a line of a shell, which is to succeed
 * @format: printf(3)'s
 */
void process_sh(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * process_spawn() - start a program
 * @in: file for its standard input; it is followed by silence, not by an end
 * @out: file for its standard output; its standard error goes to another of
 *	this name and ".err". Both are made anew
 * @format: printf(3)'s: a line of a shell, one simple command
 *
 * Return: its process id.
 */
pid_t process_spawn(const char *in, const char *out, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * process_end() - end a program and see how it ended
 * @pid: its process id
 * @signal: sent to it; 0: it is to end by itself
 *
 * Return: its wait status, waitpid(2).
 */
int process_end(pid_t pid, int signal);

/**
 * process_crashed() - whether a program died of its own fault
 * @status: its wait status
 *
 * Return: true if a signal such as SIGSEGV or SIGABRT ended it.
 */
bool process_crashed(int status);

/**
 * process_grown() - wait until a file has so many bytes
 * @path: the file
 * @len: the bytes
 */
void process_grown(const char *path, size_t len);

/**
 * process_listens() - wait until somebody takes connections
 * @port: TCP port of this machine
 */
void process_listens(int port);

/**
 * process_count() - how many operations of a process ended in one way
 * @pid: the process
 * @name: the algorithm's; NULL: all of them
 * @outcome: the way
 *
 * Return: the count.
 */
uint64_t process_count(pid_t pid, const char *name, enum outcome outcome);

/**
 * process_summed() - the sum of all counts that processes printed at exit
 * @path: file with what they printed
 * @word: of the outcome, with a blank before it: " offloaded", " no job"
 *
 * Return: the sum.
 */
unsigned long long process_summed(const char *path, const char *word);

#endif /* PROVIDER_PROCESS_H */
