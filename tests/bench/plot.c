// SPDX-License-Identifier: MIT
/*
 * A panel for each kind: requests per second, logarithmic, over the depth for
 * what has no text, else over the size, at the greatest depth that a way has. A
 * line for each way.
 */
#include <math.h>
#include "bench.h"

#define WIDTH	460
#define HEIGHT	300
#define LEFT	60
#define TOP	40
#define LEGEND	170

/**
 * struct panel - one kind's drawing
 * @bench: the measurement
 * @kind: whose
 * @x: left edge of the axes, px
 * @y: their top
 * @low: decade at the bottom: log10 of requests per second
 * @high: at the top
 */
struct panel {
	const struct bench *bench;
	const struct bench_kind *kind;
	int x;
	int y;
	double low;
	double high;
};

/* A colour for each way, far from those of its neighbours */
static const char *color_of(size_t way)
{
	static char color[32];

	snprintf(color, sizeof(color), "hsl(%zu,65%%,%d%%)", way * 137 % 360,
		 way % 2 ? 45 : 35);
	return color;
}

/* The greatest depth at which a way was measured with a kind */
static unsigned int deepest(const struct panel *panel,
			    const struct bench_way *way)
{
	unsigned int depth = 0;
	size_t i;

	for (i = 0; i < panel->bench->count; i++) {
		const struct bench_point *p = &panel->bench->results[i].point;

		if (p->kind == panel->kind && p->way == way && p->depth > depth)
			depth = p->depth;
	}
	return depth;
}

/* Depths in octaves from 1 to 128; sizes from 16, where 0 lies too, to 16384 */
static double place_x(const struct panel *panel, const struct bench_point *p)
{
	double octaves = panel->kind->block ? log2(p->size ? p->size : 16) - 4 :
					      log2(p->depth);
	double all = panel->kind->block ? 10 : 7;

	return panel->x + octaves / all * (WIDTH - LEFT);
}

static double place_y(const struct panel *panel, double value)
{
	double part = (log10(value) - panel->low) / (panel->high - panel->low);

	return panel->y + (1 - part) * HEIGHT;
}

static void find_decades(struct panel *panel)
{
	double value;
	size_t i;

	panel->low = 9;
	panel->high = 0;
	for (i = 0; i < panel->bench->count; i++) {
		if (panel->bench->results[i].point.kind != panel->kind)
			continue;
		value = log10(bench_median(&panel->bench->results[i], FIG_OPS));
		panel->low = fmin(panel->low, floor(value));
		panel->high = fmax(panel->high, ceil(value));
	}
	if (panel->high <= panel->low)
		panel->high = panel->low + 1;
}

static void draw_axes(const struct panel *panel, FILE *file)
{
	double decade, y;

	fprintf(file, "<text x=\"%d\" y=\"%d\">%s: requests/s over %s</text>\n",
		panel->x, panel->y - 12, panel->kind->name,
		panel->kind->block ? "bytes (0 drawn at 16)" : "depth");
	for (decade = panel->low; decade <= panel->high; decade++) {
		y = place_y(panel, pow(10, decade));
		fprintf(file, "<path d=\"M%d %.1fh%d\" stroke=\"#ccc\"/>",
			panel->x, y, WIDTH - LEFT);
		fprintf(file, "<text x=\"%d\" y=\"%.1f\">1e%.0f</text>\n",
			panel->x - 26, y + 4, decade);
	}
}

/* A point, and its place on the axis below */
static void draw_point(const struct panel *panel,
		       const struct bench_result *result, const char *color,
		       FILE *file)
{
	const struct bench_point *p = &result->point;
	double x = place_x(panel, p);

	fprintf(file, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", x,
		place_y(panel, bench_median(result, FIG_OPS)), color);
	fprintf(file, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%u</text>\n",
		x, panel->y + HEIGHT + 16,
		panel->kind->block ? p->size : p->depth);
}

/* Returns whether there is anything of that way */
static bool draw_way(const struct panel *panel, const struct bench_way *way,
		     const char *color, FILE *file)
{
	unsigned int depth = deepest(panel, way);
	const struct bench_result *result;
	const char *sep = "<polyline fill=\"none\" points=\"";
	size_t i;

	for (i = 0; i < panel->bench->count && depth; i++) {
		result = &panel->bench->results[i];
		if (result->point.kind != panel->kind ||
		    result->point.way != way ||
		    (panel->kind->block && result->point.depth != depth))
			continue;
		fprintf(file, "%s%.1f,%.1f", sep, place_x(panel, &result->point),
			place_y(panel, bench_median(result, FIG_OPS)));
		sep = " ";
	}
	if (!depth)
		return false;
	fprintf(file, "\" stroke=\"%s\" stroke-width=\"1.5\"%s/>\n", color,
		way->rival ? " stroke-dasharray=\"5 3\"" : "");
	for (i = 0; i < panel->bench->count; i++) {
		result = &panel->bench->results[i];
		if (result->point.kind == panel->kind &&
		    result->point.way == way &&
		    (!panel->kind->block || result->point.depth == depth))
			draw_point(panel, result, color, file);
	}
	return true;
}

static void draw_panel(struct panel *panel, FILE *file)
{
	int y = panel->y;
	size_t i;

	find_decades(panel);
	draw_axes(panel, file);
	for (i = 0; bench_ways[i]; i++) {
		if (!draw_way(panel, bench_ways[i], color_of(i), file))
			continue;
		y += 16;
		fprintf(file, "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s, depth %u</text>\n",
			panel->x + WIDTH - LEFT + 16, y, color_of(i),
			bench_ways[i]->name, deepest(panel, bench_ways[i]));
	}
}

static bool has_kind(const struct bench *bench, const struct bench_kind *kind)
{
	size_t i;

	for (i = 0; i < bench->count; i++)
		if (bench->results[i].point.kind == kind)
			return true;
	return false;
}

void bench_svg(const struct bench *bench, FILE *file)
{
	struct panel panel = { .bench = bench, .x = LEFT, .y = TOP };
	int height = 0;
	size_t i;

	for (i = 0; i < bench_kind_count; i++)
		if (has_kind(bench, &bench_kinds[i]))
			height += HEIGHT + 2 * TOP;
	fprintf(file, "<svg xmlns=\"http://www.w3.org/2000/svg\" ");
	fprintf(file, "width=\"%d\" height=\"%d\" ", WIDTH + LEGEND, height);
	fprintf(file, "font-family=\"sans-serif\" font-size=\"11\">\n");
	fprintf(file, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n");
	for (i = 0; i < bench_kind_count; i++) {
		if (!has_kind(bench, &bench_kinds[i]))
			continue;
		panel.kind = &bench_kinds[i];
		draw_panel(&panel, file);
		panel.y += HEIGHT + 2 * TOP;
	}
	fprintf(file, "</svg>\n");
}
