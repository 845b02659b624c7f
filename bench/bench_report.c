// SPDX-License-Identifier: Apache-2.0
// Ratios of medians of one run: on a shared machine these mean something, nanoseconds little.
#include "bench_report.h"

#include "shim.h"

#include <stdio.h>

static int missed;

void bench_title(const char *text)
{
    printf("\n%s\n  %-44s %10s  %-36s %10s %7s  %s\n", text, "this", "ns", "against", "ns", "ratio",
           "goal");
}

void bench_ratio(const char *name, const char *base, double goal)
{
    double ns = bench_ns(name), base_ns = bench_ns(base);
    if (ns < 0 || base_ns <= 0)
        return;
    printf("  %-44s %10.1f  %-36s %10.1f %7.4f", name, ns, base, base_ns, ns / base_ns);
    if (goal > 0) {
        missed += ns / base_ns > goal;
        printf("  <= %.2f %s", goal, ns / base_ns > goal ? "MISSED" : "ok");
    }
    printf("\n");
}

int bench_missed(void)
{
    return missed;
}
