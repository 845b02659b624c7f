// SPDX-License-Identifier: Apache-2.0
// The whole schema of VirtualService and Gateway as tables (istio.io/api networking, v1 and older
// alike, D-1), so that an unknown field (D-9) and a wrong type (D-8) are found anywhere (V-40).
//
// Names are lowerCamel; the proto spelling follows from them (D-10).
#ifndef CORSAC_COMPILER_DECODE_SCHEMA_H
#define CORSAC_COMPILER_DECODE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum csc_type {
    CSC_TYPE_ANY = 0, /* not looked at */
    CSC_TYPE_STRING,
    CSC_TYPE_BYTES,
    CSC_TYPE_BOOL, /* BoolValue too (D-16) */
    CSC_TYPE_UINT32,
    CSC_TYPE_INT32,
    CSC_TYPE_DOUBLE,
    CSC_TYPE_DURATION,
    CSC_TYPE_ENUM,
    CSC_TYPE_MESSAGE
} csc_type;

typedef enum csc_shape { CSC_SHAPE_ONE = 0, CSC_SHAPE_LIST, CSC_SHAPE_MAP } csc_shape;

typedef struct csc_message csc_message;

typedef struct csc_field_schema {
    const char *name;
    csc_type type;
    csc_shape shape;
    bool exclusive;             /* member of the message's oneof (no message has two) */
    const csc_message *message; /* MESSAGE */
    const char *const *names;   /* ENUM: NULL-terminated, numbered from 0 */
} csc_field_schema;

struct csc_message {
    const char *name;
    const csc_field_schema *fields;
    size_t field_count;
    bool camel_only; /* Kubernetes' own objects know no snake_case */
};

extern const csc_message csc_schema_virtual_service, csc_schema_gateway, csc_schema_metadata;

/** Another message that has a field of that very name, or NULL. */
const csc_message *csc_schema_owner(const char *name, size_t size);

#endif
