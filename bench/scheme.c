// SPDX-License-Identifier: Apache-2.0
// One request of each scheme, as its documentation asks for it.
#define _LGPL_SOURCE // the read sides of liburcu inline, as its fastest users have them
#include "scheme.h"

#include <ck_epoch.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <urcu/urcu-memb.h>
#include <urcu/urcu-qsbr.h>

#define CACHE_LINE _Alignas(64)

static CACHE_LINE _Atomic(const void *) current;
static CACHE_LINE const void *urcu_current;
static CACHE_LINE atomic_size_t holders;
static CACHE_LINE pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static _Thread_local CACHE_LINE _Atomic(const void *) hazard;
static ck_epoch_t epoch;
static _Thread_local ck_epoch_record_t *epoch_record;

void schemes_publish(const void *value)
{
    ck_epoch_init(&epoch);
    rcu_assign_pointer(urcu_current, value);
    atomic_store(&current, value);
}

/* ---- liburcu ------------------------------------------------------------------------------ */

/* A thread of a gateway is quiet between two requests and has to say so. */
static const void *request_qsbr(void)
{
    urcu_qsbr_read_lock();
    const void *held = rcu_dereference(urcu_current);
    urcu_qsbr_read_unlock();
    urcu_qsbr_quiescent_state();
    return held;
}

static const void *request_memb(void)
{
    urcu_memb_read_lock();
    const void *held = rcu_dereference(urcu_current);
    urcu_memb_read_unlock();
    return held;
}

/* ---- Concurrency Kit ---------------------------------------------------------------------- */

static void enter_epoch(void)
{
    epoch_record = aligned_alloc(64, (sizeof(*epoch_record) + 63) / 64 * 64);
    if (!epoch_record)
        abort();
    ck_epoch_register(&epoch, epoch_record, NULL);
}

/* Records stay with the epoch, which may hand them out again. */
static void leave_epoch(void)
{
    ck_epoch_unregister(epoch_record);
}

static const void *request_epoch(void)
{
    ck_epoch_section_t section;
    ck_epoch_begin(epoch_record, &section);
    const void *held = atomic_load_explicit(&current, memory_order_acquire);
    ck_epoch_end(epoch_record, &section);
    return held;
}

/* ---- without a library -------------------------------------------------------------------- */

static const void *request_hazard(void)
{
    const void *held = atomic_load_explicit(&current, memory_order_relaxed), *again;
    while (atomic_store(&hazard, held), (again = atomic_load(&current)) != held)
        held = again;
    atomic_store_explicit(&hazard, NULL, memory_order_release);
    return held;
}

/* The least a shared count can cost; a correct one needs more, to take count and pointer together. */
static const void *request_count(void)
{
    atomic_fetch_add(&holders, 1);
    const void *held = atomic_load_explicit(&current, memory_order_acquire);
    atomic_fetch_sub(&holders, 1);
    return held;
}

static const void *request_lock(void)
{
    pthread_rwlock_rdlock(&lock);
    const void *held = atomic_load_explicit(&current, memory_order_relaxed);
    pthread_rwlock_unlock(&lock);
    return held;
}

const scheme schemes[] = {
    {"urcu-qsbr", urcu_qsbr_register_thread, urcu_qsbr_unregister_thread, request_qsbr},
    {"urcu-memb", urcu_memb_register_thread, urcu_memb_unregister_thread, request_memb},
    {"ck-epoch", enter_epoch, leave_epoch, request_epoch},
    {"hazard-per-request", NULL, NULL, request_hazard},
    {"shared-count", NULL, NULL, request_count},
    {"rwlock", NULL, NULL, request_lock}};
const size_t scheme_count = sizeof(schemes) / sizeof(schemes[0]);
