// SPDX-License-Identifier: Apache-2.0
// Name syntax, byte by byte.
#include "compiler/decode/syntax.h"

#include <arpa/inet.h>
#include <string.h>

enum { MAX_LABEL = 63, MAX_DOMAIN = 255, MAX_KEY_PREFIX = 253 };

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_all_digits(corsac_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.size > 0;
}

/* Starts and ends with a letter or digit; between them also the bytes of `inner`. */
static bool is_word(corsac_str text, const char *inner)
{
    if (text.size == 0 || !is_alnum(text.data[0]) || !is_alnum(text.data[text.size - 1]))
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (!is_alnum(text.data[i]) && (text.data[i] == '\0' || !strchr(inner, text.data[i])))
            return false;
    return true;
}

bool csc_is_dns_label(corsac_str text)
{
    return text.size <= MAX_LABEL && is_word(text, "-");
}

static corsac_str take_label(corsac_str *rest, bool *last)
{
    const char *dot = rest->size ? memchr(rest->data, '.', rest->size) : NULL;
    size_t size = dot ? (size_t)(dot - rest->data) : rest->size;
    corsac_str label = csc_str_slice(*rest, 0, size);
    *last = !dot;
    *rest = csc_str_slice(*rest, size + !*last, rest->size - size - !*last);
    return label;
}

/* Dot-joined labels; the last may be empty, and must not be a number. */
static bool are_labels(corsac_str text)
{
    for (bool last = false; !last;) {
        corsac_str label = take_label(&text, &last);
        if (last && label.size == 0)
            return true;
        if (!csc_is_dns_label(label) || (last && is_all_digits(label)))
            return false;
    }
    return true;
}

bool csc_is_domain(corsac_str text)
{
    return text.size > 0 && text.size <= MAX_DOMAIN && are_labels(text);
}

bool csc_is_wildcard_domain(corsac_str text)
{
    bool last;
    corsac_str rest = text, label = take_label(&rest, &last);
    if (text.size == 0 || text.size > MAX_DOMAIN || label.size > MAX_LABEL)
        return false;
    if (label.size > 0 && label.data[0] == '*') {
        size_t skip = label.size > 1 && label.data[1] == '-' ? 2 : 1;
        corsac_str word = csc_str_slice(label, skip, label.size - skip);
        if (label.size > 1 && !is_word(word, "-"))
            return false;
    } else if (!csc_is_dns_label(label)) {
        return false;
    }
    return last || are_labels(rest);
}

bool csc_is_ip(corsac_str text)
{
    char copy[64];
    unsigned char address[16];
    const char *zone = text.size ? memchr(text.data, '%', text.size) : NULL;
    size_t size = zone ? (size_t)(zone - text.data) : text.size;
    if (text.size == 0 || text.size > CSC_MAX_ODD_HOST || size >= sizeof copy ||
        memchr(text.data, '\0', size))
        return false;
    if (zone && size + 1 == text.size)
        return false;
    memcpy(copy, text.data, size);
    copy[size] = '\0';
    return inet_pton(AF_INET6, copy, address) == 1 ||
           (!zone && inet_pton(AF_INET, copy, address) == 1);
}

bool csc_is_label_key(corsac_str text)
{
    const char *slash = text.size ? memchr(text.data, '/', text.size) : NULL;
    size_t size = slash ? (size_t)(slash - text.data) : 0;
    corsac_str prefix = csc_str_slice(text, 0, size), name = text;
    if (slash) {
        bool last = false;
        if (size == 0 || size > MAX_KEY_PREFIX)
            return false;
        while (!last)
            if (!csc_is_dns_label(take_label(&prefix, &last)))
                return false;
        name = csc_str_slice(text, size + 1, text.size - size - 1);
    }
    return name.size <= MAX_LABEL && is_word(name, "-_.");
}

bool csc_is_label_value(corsac_str text)
{
    return text.size == 0 || is_word(text, "-_.");
}

bool csc_is_header_token(corsac_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_alnum(text.data[i]) &&
            (text.data[i] == '\0' || !strchr("!#$%&'*+,-.^_`|~", text.data[i])))
            return false;
    return text.size > 0;
}

static bool is_one_of(corsac_str text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (csc_str_is(text, words[i]))
            return true;
    return false;
}

bool csc_is_pseudo_header(corsac_str text)
{
    static const char *const words[] = {":method", ":scheme", ":authority", ":path", ":status"};
    return is_one_of(text, words, sizeof words / sizeof *words);
}

bool csc_is_claim_key(corsac_str text)
{
    static const char prefix[] = "@request.auth.claims";
    size_t size = sizeof prefix - 1;
    if (text.size < size + 2)
        return false;
    for (size_t i = 0; i < size; i++) {
        char c = text.data[i];
        if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != prefix[i])
            return false;
    }
    return text.data[size] == '.' ||
           (text.data[size] == '[' && text.data[text.size - 1] == ']' && text.size > size + 2);
}

bool csc_is_cors_method(corsac_str text)
{
    static const char *const words[] = {"GET",    "HEAD",    "POST",    "PUT",   "PATCH",
                                        "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"};
    return is_one_of(text, words, sizeof words / sizeof *words);
}
