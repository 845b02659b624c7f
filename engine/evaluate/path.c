// SPDX-License-Identifier: Apache-2.0
// What conditions see of :path: the fragment is gone (M-8), the query is apart (M-3), and where the
// image asks for it dot segments and their like are resolved as Envoy's BASE normalisation does
// (M-7).
#include "engine/evaluate/path.h"

/* Bytes that end a path or are control bytes. */
static cse_bytes16 special_bytes(cse_bytes16 bytes)
{
    return cse_bytes16_control(bytes) | (cse_bytes16)(bytes == '?') | (cse_bytes16)(bytes == '#');
}

static bool ends_path(char byte)
{
    return byte == '?' || byte == '#';
}

/* Position of the first special byte, or the size. */
static size_t first_special(corsac_str path)
{
    size_t i = 0;
    for (; i + 16 <= path.size; i += 16) {
        size_t at = cse_bytes16_first(special_bytes(cse_bytes16_load(path.data + i)));
        if (at < 16)
            return i + at;
    }
    if (i == path.size)
        return i;
    if (path.size >= 16) {
        size_t last = path.size - 16;
        return last + cse_bytes16_first(special_bytes(cse_bytes16_load(path.data + last)));
    }
    return cse_bytes16_first(
        special_bytes(cse_path_head(path))); /* a zero behind it, if no other */
}

/* Position of the first "?" or "#", or the size; *legal: no byte before it is a control byte (X-8).
 */
static size_t path_end(corsac_str path, bool *legal)
{
    size_t i = first_special(path);
    bool illegal = false;
    for (; i < path.size && !ends_path(path.data[i]); i++) /* a TAB, or worse */
        illegal |= cse_byte_illegal(path.data[i]);
    *legal = !illegal;
    return i;
}

static corsac_str cut_fragment(corsac_str text)
{
    const char *hash = text.size > 0 ? memchr(text.data, '#', text.size) : NULL;
    return hash ? (corsac_str){text.data, (size_t)(hash - text.data)} : text;
}

/* ---- M-7 ---------------------------------------------------------------------------------- */

static int hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte = cse_byte_lower(byte);
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static bool is_unreserved(int byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

/* The byte of an escape at `at`, or -1. */
static int escaped_byte(corsac_str path, size_t at)
{
    if (at + 2 >= path.size || path.data[at] != '%')
        return -1;
    int high = hex_digit(path.data[at + 1]), low = hex_digit(path.data[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Bytes that leave the normalisation as an escape. */
static bool must_escape(char byte)
{
    return byte == ' ' || byte == '"' || byte == '<' || byte == '>' || byte == '^' || byte == '`' ||
           byte == '{' || byte == '|' || byte == '}' || (unsigned char)byte >= 0x80;
}

/* One segment without its slash, escapes of unreserved characters decoded; returns its size. */
static size_t copy_segment(char *out, corsac_str path, size_t from, size_t to)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t size = 0;
    for (size_t i = from; i < to; i++) {
        unsigned char byte = (unsigned char)path.data[i];
        int escaped = escaped_byte((corsac_str){path.data, to}, i);
        if (escaped >= 0 && is_unreserved(escaped)) {
            out[size++] = (char)escaped;
            i += 2;
        } else if (must_escape(path.data[i])) {
            out[size++] = '%';
            out[size++] = digits[byte >> 4];
            out[size++] = digits[byte & 15];
        } else {
            out[size++] = path.data[i];
        }
    }
    return size;
}

/* 1 for ".", 2 for "..", parameters behind ";" ignored; else 0. */
static int dot_segment(const char *segment, size_t size)
{
    const char *parameters = size > 0 ? memchr(segment, ';', size) : NULL;
    if (parameters)
        size = (size_t)(parameters - segment);
    if (size == 1 && segment[0] == '.')
        return 1;
    return size == 2 && segment[0] == '.' && segment[1] == '.' ? 2 : 0;
}

static bool is_slash(char byte)
{
    return byte == '/' || byte == '\\';
}

/* Cuts the last segment; `size` ends behind a slash before and after. */
static size_t cut_segment(const char *out, size_t size)
{
    if (size <= 1)
        return size;
    for (size--; size > 1 && out[size - 1] != '/'; size--)
        ;
    return size;
}

size_t cse_path_normalize(char *out, corsac_str path)
{
    size_t size = 0, at = 0;
    out[size++] = '/';
    if (path.size > 0 && is_slash(path.data[0]))
        at = 1;
    for (;;) {
        size_t end = at;
        while (end < path.size && !is_slash(path.data[end]))
            end++;
        size_t written = copy_segment(out + size, path, at, end);
        int dots = dot_segment(out + size, written);
        if (dots == 2)
            size = cut_segment(out, size);
        else if (dots == 0)
            size += written;
        if (end == path.size)
            return size;
        if (dots == 0)
            out[size++] = '/';
        at = end + 1;
    }
}

/* An escape may take three bytes where the path has one. */
static bool fits_scratch(corsac_str path, size_t rest)
{
    return path.size <= (CSE_SCRATCH_TEXT_BYTES - 1) / 3 &&
           rest <= CSE_SCRATCH_TEXT_BYTES - 1 - path.size * 3;
}

/* Path and query, the path normalised, into the reader's scratch. */
static bool normalize(cse_call *call)
{
    size_t rest = call->full_path.size - call->path.size;
    if (!fits_scratch(call->path, rest))
        return false;
    size_t size = cse_path_normalize(call->scratch->path, call->path);
    if (rest > 0)
        memcpy(call->scratch->path + size, call->full_path.data + call->path.size, rest);
    call->path = (corsac_str){call->scratch->path, size};
    call->full_path = (corsac_str){call->scratch->path, size + rest};
    return true;
}

/* "%00" in a path: Envoy answers 400, so no condition on the path holds. */
static bool has_escaped_nul(corsac_str path)
{
    for (size_t i = 0; i + 2 < path.size; i++)
        if (path.data[i] == '%' && path.data[i + 1] == '0' && path.data[i + 2] == '0')
            return true;
    return false;
}

static const corsac_str absent = {NULL, 0};

/* R-10: without a path no condition on one holds. */
static void no_path(cse_call *call)
{
    call->path = call->full_path = call->query = absent;
    call->path_head = (cse_bytes16){0};
    call->path_legal = false;
}

corsac_status cse_path_read(cse_call *call)
{
    corsac_str path = call->request->path;
    if (path.data == NULL) {
        no_path(call);
        return CORSAC_OK;
    }
    size_t end = path_end(path, &call->path_legal);
    call->path = (corsac_str){path.data, end};
    call->full_path = end < path.size ? cut_fragment(path) : path;
    if (call->image->options & CORSAC_OPTION_NORMALIZE_PATH_BASE) {
        call->path_legal = call->path_legal && !has_escaped_nul(call->path);
        if (!normalize(call))
            return CORSAC_E_LIMIT;
    }
    call->path_head = cse_path_head(call->path);
    size_t query = call->path.size + 1;
    call->query = query <= call->full_path.size
                      ? (corsac_str){call->full_path.data + query, call->full_path.size - query}
                      : absent;
    return CORSAC_OK;
}
