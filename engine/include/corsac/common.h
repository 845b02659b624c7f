// SPDX-License-Identifier: Apache-2.0
// What both halves of Corsac share: byte strings, status codes, version.
// C99 and C++ clean; no macros that hide control flow; no global state anywhere in the library.
#ifndef CORSAC_COMMON_H
#define CORSAC_COMMON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define CORSAC_API __attribute__((visibility("default")))
#else
#define CORSAC_API
#endif

#define CORSAC_VERSION_MAJOR 0
#define CORSAC_VERSION_MINOR 1
#define CORSAC_VERSION_PATCH 0

/** "No index": the value of an index field that does not apply. */
#define CORSAC_NONE UINT32_MAX

/**
 * Borrowed bytes. `size` is in bytes; no terminating NUL is promised.
 * `data == NULL` means absent; `data != NULL` with `size == 0` means present and empty. The
 * difference matters where a clause distinguishes the two (docs/semantics.md M-10, M-13).
 */
typedef struct corsac_str {
    const char *data;
    size_t size;
} corsac_str;

/** Result of a call. Numbers are stable and never reused; 0 is success. */
typedef enum corsac_status {
    CORSAC_OK = 0,
    CORSAC_E_ARGUMENT = -1,       /**< the caller broke a documented precondition */
    CORSAC_E_MEMORY = -2,         /**< an allocation failed; nothing was changed */
    CORSAC_E_IO = -3,             /**< a file could not be read or mapped; see errno */
    CORSAC_E_LIMIT = -4,          /**< a configured limit was reached */
    CORSAC_E_SOURCE = -10,        /**< the policy text is wrong; the diagnostics say where */
    CORSAC_E_EMPTY = -11,         /**< no VirtualService or Gateway was left to compile */
    CORSAC_E_IMAGE_FOREIGN = -20, /**< not a Corsac image at all */
    CORSAC_E_IMAGE_VERSION = -21, /**< an image of another format version */
    CORSAC_E_IMAGE_CORRUPT = -22, /**< a Corsac image that fails verification */
    CORSAC_E_SIGNATURE = -23,     /**< no trusted key signed these bytes (corsac/sign.h) */
    CORSAC_E_NOT_FOUND = -30,     /**< the image knows no such gateway and port (H-29) */
    CORSAC_E_NO_IMAGE = -31,      /**< nothing has been published to the engine yet */
    CORSAC_E_STALE = -32,         /**< a handle of an image that is no longer the current one */
    CORSAC_E_INTERNAL = -99       /**< a bug in Corsac */
} corsac_status;

/** A sentence for people that goes with a failed status. Always NUL-terminated. */
typedef struct corsac_error {
    char message[256];
} corsac_error;

/** Name of a status, for example "CORSAC_E_IO". Static storage; never NULL. Any thread. */
CORSAC_API const char *corsac_status_name(corsac_status status);

/** Version of the linked library: MAJOR * 1000000 + MINOR * 1000 + PATCH. Any thread. */
CORSAC_API uint32_t corsac_version_number(void);

/** Version of the linked library as text, "MAJOR.MINOR.PATCH". Static storage. Any thread. */
CORSAC_API const char *corsac_version_string(void);

#ifdef __cplusplus
}
#endif

#endif
