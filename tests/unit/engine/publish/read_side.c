// SPDX-License-Identifier: Apache-2.0
#include "unit/engine/publish/read_side.h"

#include "engine/publish/snapshot.h"

const void *read_side_pin(corsac_reader *reader)
{
    return cse_reader_pin(reader);
}

const void *read_side_load(const corsac_engine *engine)
{
    return atomic_load_explicit(&engine->current, memory_order_relaxed);
}
