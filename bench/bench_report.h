// SPDX-License-Identifier: Apache-2.0
// Ratio tables after a run.
#ifndef CORSAC_BENCH_REPORT_H
#define CORSAC_BENCH_REPORT_H

/** Prints "name  ns  base ns  ratio  goal  ok" when both ran. @param goal  0: none. */
void bench_ratio(const char *name, const char *base, double goal);
/** Headline of a table. */
void bench_title(const char *text);
/** How many goals were missed. */
int bench_missed(void);

#endif
