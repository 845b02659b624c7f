// SPDX-License-Identifier: Apache-2.0
// For MemorySanitizer (scripts/msan), which must know every write: Hyperscan is not built with it, so what
// Hyperscan has written is declared here, and nothing else. The linker routes its calls through (--wrap).
// What Hyperscan is given is asked for: an undefined byte of a text, a pattern or a database is found.
#include <hs/hs.h>
#include <sanitizer/msan_interface.h>
#include <string.h>

#define REAL(name) __real_##name
#define WRAP(name) __wrap_##name

/* Hyperscan's own calls of memcmp and the like are not asked about. */
#define CALL(name, ...)                                                                            \
    (__msan_scoped_disable_interceptor_checks(), enable_checks(REAL(name)(__VA_ARGS__)))

static hs_error_t enable_checks(hs_error_t result)
{
    __msan_scoped_enable_interceptor_checks();
    return result;
}

#define DECLARE(name, ...)                                                                         \
    hs_error_t REAL(name)(__VA_ARGS__);                                                            \
    hs_error_t WRAP(name)(__VA_ARGS__);                                                            \
    hs_error_t WRAP(name)(__VA_ARGS__)

DECLARE(hs_compile_multi, const char *const *texts, const unsigned *flags, const unsigned *ids,
        unsigned count, unsigned mode, const hs_platform_info_t *platform, hs_database_t **database,
        hs_compile_error_t **error)
{
    for (unsigned i = 0; i < count; i++)
        __msan_check_mem_is_initialized(texts[i], strlen(texts[i]) + 1);
    __msan_check_mem_is_initialized(flags, count * sizeof(*flags));
    __msan_check_mem_is_initialized(platform, sizeof(*platform));
    hs_error_t result =
        CALL(hs_compile_multi, texts, flags, ids, count, mode, platform, database, error);
    __msan_unpoison(database, sizeof(*database));
    __msan_unpoison(error, sizeof(*error));
    if (*error != NULL) {
        __msan_unpoison(*error, sizeof(**error));
        __msan_unpoison_string((*error)->message);
    }
    return result;
}

DECLARE(hs_alloc_scratch, const hs_database_t *database, hs_scratch_t **scratch)
{
    __msan_check_mem_is_initialized(scratch, sizeof(*scratch));
    hs_error_t result = CALL(hs_alloc_scratch, database, scratch);
    __msan_unpoison(scratch, sizeof(*scratch));
    return result;
}

DECLARE(hs_clone_scratch, const hs_scratch_t *from, hs_scratch_t **scratch)
{
    hs_error_t result = CALL(hs_clone_scratch, from, scratch);
    __msan_unpoison(scratch, sizeof(*scratch));
    return result;
}

DECLARE(hs_serialize_database, const hs_database_t *database, char **bytes, size_t *size)
{
    hs_error_t result = CALL(hs_serialize_database, database, bytes, size);
    __msan_unpoison(bytes, sizeof(*bytes));
    __msan_unpoison(size, sizeof(*size));
    if (result == HS_SUCCESS)
        __msan_unpoison(*bytes, *size);
    return result;
}

DECLARE(hs_deserialize_database, const char *bytes, const size_t size, hs_database_t **database)
{
    __msan_check_mem_is_initialized(bytes, size);
    hs_error_t result = CALL(hs_deserialize_database, bytes, size, database);
    __msan_unpoison(database, sizeof(*database));
    return result;
}

typedef struct heard {
    match_event_handler tell;
    void *context;
} heard;

/* Called by code that says nothing about its arguments: they are taken as they are. */
__attribute__((no_sanitize("memory"))) static int
hear(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
    const heard *h = context;
    return h->tell(id, from, to, flags, h->context);
}

DECLARE(hs_scan, const hs_database_t *database, const char *text, unsigned size, unsigned flags,
        hs_scratch_t *scratch, match_event_handler tell, void *context)
{
    heard h = {tell, context};
    __msan_check_mem_is_initialized(text, size);
    return CALL(hs_scan, database, text, size, flags, scratch, hear, &h);
}
