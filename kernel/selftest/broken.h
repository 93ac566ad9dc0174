/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults made on purpose, to see that the checkers of a debug kernel catch
 * them. Only a build with CSIM_BROKEN=1 has any; its parameter broken= chooses
 * one. Never load it elsewhere.
 */
#ifndef CRYPTOSIM_SELFTEST_BROKEN_H
#define CRYPTOSIM_SELFTEST_BROKEN_H

#ifdef CSIM_BROKEN

void csim_broken_open(void);
void csim_broken_handler(void);
void csim_broken_race(void);

#else

static inline void csim_broken_open(void)
{
}

static inline void csim_broken_handler(void)
{
}

static inline void csim_broken_race(void)
{
}

#endif

#endif /* CRYPTOSIM_SELFTEST_BROKEN_H */
