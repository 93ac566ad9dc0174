/* SPDX-License-Identifier: GPL-2.0-only */
/* When a line is raised: latency and moderation. */
#ifndef CRYPTOSIM_LATENCY_H
#define CRYPTOSIM_LATENCY_H

#include "device.h"
#include "line.h"
#include "request.h"

void csim_latency_init(struct csim_line *line);
void csim_latency_exit(struct csim_line *line);
void csim_latency_hold(struct csim_line *line, struct csim_request *req);
void csim_latency_busy(struct csim_line *line);
void csim_latency_idle(struct csim_line *line);
void csim_latency_flush(struct csim_line *line);

/**
 * csim_latency_finish() - a request was executed
 * @line: the line
 * @req: the request; the line's from now on
 *
 * Context: the engine's mutex. Inline, for it is most of what a NOP costs here.
 */
static inline void csim_latency_finish(struct csim_line *line,
				       struct csim_request *req)
{
	if (line->config->latency_ns) {
		csim_latency_hold(line, req);
		return;
	}
	csim_fifo_add(&line->finished, &req->node);
	if (++line->unraised >= line->raise_at)
		csim_latency_idle(line);
}

#endif /* CRYPTOSIM_LATENCY_H */
