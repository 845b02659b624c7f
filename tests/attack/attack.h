// SPDX-License-Identifier: Apache-2.0
// What the attack tables share: text under construction, measured compiles, and verdicts against a budget.
#ifndef CORSAC_TESTS_ATTACK_H
#define CORSAC_TESTS_ATTACK_H

#include "corsac/compile.h"
#include "corsac/engine.h"

#include <stdbool.h>

typedef struct attack_text {
    char *data;
    size_t size, capacity;
} attack_text;

void attack_add(attack_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void attack_repeat(attack_text *text, const char *piece, size_t count);
void attack_clear(attack_text *text);

/** CPU time of this thread. */
double attack_seconds(void);

/** How much slower than an ordinary build of this machine: sanitizers and debug builds get more time. */
double attack_slowdown(void);

/** A VirtualService and its Gateway; the text of its rules is given. */
void attack_service(attack_text *text, const char *name, const char *hosts, const char *rules);

/** Prints one row and counts it as failed beyond its budgets. Limits are for an ordinary build. */
void attack_row(const char *name, double seconds, double most_seconds, long kib, long most_kib,
                const char *outcome);
/** Prints and counts a claim that is not about time. */
void attack_claim(bool holds, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Prints the counts; the exit code. */
int attack_end(void);

/** Compiles; NULL if nothing came out. Errors in all and, if asked, CPU time. */
corsac_blob *attack_compile(const attack_text *texts, size_t count, uint32_t *quarantined,
                            double *seconds);

/** An engine with one reader on compiled bytes. */
corsac_engine *attack_engine(corsac_blob *blob, corsac_reader **reader);

/** The tables. */
void attack_documents(void);
void attack_requests(void);
void attack_hashes(void);
void attack_neighbours(void);

#endif
