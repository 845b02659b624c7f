// SPDX-License-Identifier: Apache-2.0
// M-7, BASE: what a gateway does to a path before routing, from the table of observed answers in
// tests/conformance/k20_findings.md. Only the part before "?" changes; a fragment is cut first
// (M-8).
#include "oracle/internal.h"

static int hex_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte = byte_lower(byte);
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static bool is_unreserved(int byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte != 0 && strchr("-._~", byte) != NULL);
}

/* One pass over the bytes: a backslash is a slash, escapes of unreserved characters are undone, a
   few characters that no path may hold are escaped. */
static corsac_str respelled(oracle_pool *pool, corsac_str path)
{
    static const char digits[] = "0123456789ABCDEF";
    char *text = oracle_pool_take(pool, 3 * path.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < path.size; i++) {
        char byte = path.data[i];
        if (byte == '%' && i + 2 < path.size && hex_value(path.data[i + 1]) >= 0 &&
            hex_value(path.data[i + 2]) >= 0) {
            int decoded = hex_value(path.data[i + 1]) * 16 + hex_value(path.data[i + 2]);
            if (is_unreserved(decoded)) {
                text[size++] = (char)decoded;
                i += 2;
                continue;
            }
        }
        if (byte != '\0' && strchr("|\"<>^`{}", byte) != NULL) {
            text[size++] = '%';
            text[size++] = digits[(byte >> 4) & 15];
            text[size++] = digits[byte & 15];
        } else {
            text[size++] = byte == '\\' ? '/' : byte;
        }
    }
    return (corsac_str){text, size};
}

/* "." and "..", parameters behind ";" not counted */
static int dots_of_segment(corsac_str segment)
{
    const char *semicolon = segment.size == 0 ? NULL : memchr(segment.data, ';', segment.size);
    if (semicolon != NULL)
        segment.size = (size_t)(semicolon - segment.data);
    return text_is(segment, ".") ? 1 : text_is(segment, "..") ? 2 : 0;
}

/* The path is a list of segments, each behind its slash. A dot segment vanishes, two dots take the
   segment before along; at the end of the path a slash stays in their place. */
static corsac_str without_dot_segments(oracle_pool *pool, corsac_str path)
{
    char *text = oracle_pool_take(pool, path.size + 2);
    size_t size = 0, at = 0;
    while (at < path.size) {
        size_t end = at + 1;
        while (end < path.size && path.data[end] != '/')
            end++;
        int dots = dots_of_segment(text_from(text_head(path, end), at + 1));
        if (dots == 2)
            while (size > 0 && text[--size] != '/')
                ;
        if (dots == 0) {
            memcpy(text + size, path.data + at, end - at);
            size += end - at;
        } else if (end == path.size) {
            text[size++] = '/';
        }
        at = end;
    }
    return (corsac_str){text, size};
}

corsac_str oracle_normalized_path(oracle_pool *pool, corsac_str path)
{
    const char *hash = path.size == 0 ? NULL : memchr(path.data, '#', path.size);
    if (hash != NULL)
        path.size = (size_t)(hash - path.data);
    const char *mark = path.size == 0 ? NULL : memchr(path.data, '?', path.size);
    size_t split = mark == NULL ? path.size : (size_t)(mark - path.data);
    corsac_str head = without_dot_segments(pool, respelled(pool, text_head(path, split)));
    char *whole = oracle_pool_take(pool, head.size + path.size - split + 1);
    if (head.size > 0)
        memcpy(whole, head.data, head.size);
    if (path.size > split)
        memcpy(whole + head.size, path.data + split, path.size - split);
    return (corsac_str){whole, head.size + path.size - split};
}
