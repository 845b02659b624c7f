// SPDX-License-Identifier: Apache-2.0
// A heap whose n-th allocation fails. In a normal build it stands before libc's for the whole process,
// so that Hyperscan, libyaml and the C++ library see it too, and it counts what is alive; under a
// sanitizer, which has a heap of its own, the linker routes Corsac's own calls through it.
#ifndef CORSAC_TESTS_FAULTS_HEAP_H
#define CORSAC_TESTS_FAULTS_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/** From now on allocation number @p failing (1 is the next) fails, @p onward also all after it. 0: none. */
void heap_arm(size_t failing, bool onward);
/** Stops failing; returns how many allocations were asked for since heap_arm(). */
size_t heap_disarm(void);
/** How many have been asked for since heap_arm(). */
size_t heap_calls(void);
/** Neither fails nor counts for a while; returns whether it did, for heap_resume(). */
bool heap_pause(void);
void heap_resume(bool armed);
/** Marks what is asked for from now on, for heap_visit(); returns what was set before. */
bool heap_mark(bool marked);
/** Calls @p visit before each allocation that is marked and counted, with its number; NULL: no more. */
void heap_visit(void (*visit)(size_t index));
/** From a visit: the allocation at hand fails, @p onward also all after it. */
void heap_strike(bool onward);
/** Counts a call that takes something else than memory; true: it is to fail. */
bool heap_fails(void);
/** Counts @p change things more, or fewer, among what is alive. */
void heap_hold(ptrdiff_t change);
/** Whether an allocation has failed since heap_arm(). */
bool heap_failed(void);
/** Blocks and other things held now; 0 where they are not counted (under a sanitizer). */
size_t heap_live(void);

#endif
