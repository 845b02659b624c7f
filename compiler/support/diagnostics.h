// SPDX-License-Identifier: Apache-2.0
// Collecting findings. Every stage appends here; nobody prints. Positions are carried as csc_span.
#ifndef CORSAC_COMPILER_SUPPORT_DIAGNOSTICS_H
#define CORSAC_COMPILER_SUPPORT_DIAGNOSTICS_H

#include "compiler/support/arena.h"
#include "corsac/compile.h"

/** A place in a source. line and column are 1-based (column in code points); line 0 = unknown. */
typedef struct csc_span {
    uint32_t source;   /* index into the compile's inputs after sorting by name */
    uint32_t document; /* 1-based; 0 = unknown */
    uint32_t line, column;
} csc_span;

/**
 * Appends one finding. All strings are copied into the list.
 * file: name of the source; resource: "VirtualService ns/name" or empty; path: field path or empty;
 * code and clause must be string literals.
 * Returns CORSAC_E_MEMORY if the finding could not be stored, which the caller must pass up.
 */
corsac_status csc_diagnostics_add(corsac_diagnostics *list, corsac_severity severity,
                                  const char *code, const char *clause, corsac_str file,
                                  csc_span span, corsac_str resource, corsac_str path,
                                  const char *format, ...) __attribute__((format(printf, 9, 10)));

/** Appends copies of all findings of another list. */
corsac_status csc_diagnostics_append(corsac_diagnostics *list, const corsac_diagnostics *from);

/** Takes back all findings from index `first` on. */
void csc_diagnostics_cut(corsac_diagnostics *list, size_t first);

/** Sorts findings from index `first` on by file, line, column, severity, code, path, message. */
corsac_status csc_diagnostics_sort(corsac_diagnostics *list, size_t first);

/** True once a finding could not be stored. */
bool csc_diagnostics_failed(const corsac_diagnostics *list);

#endif
