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
/** Neither fails nor counts for a while; returns whether it did, for heap_resume(). */
bool heap_pause(void);
void heap_resume(bool armed);
/** Whether allocation number @p index since heap_arm() was asked for by another library than Corsac. */
bool heap_is_foreign(size_t index);
/** Whether an allocation has failed since heap_arm(). */
bool heap_failed(void);
/** Blocks that are allocated now; 0 where they are not counted (under a sanitizer). */
size_t heap_live(void);

#endif
