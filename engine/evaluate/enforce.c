// SPDX-License-Identifier: Apache-2.0
// the lists of a policy held against what the request asks for, as a browser would. Off by
// default: Envoy never compares them (C-11).
#include "engine/evaluate/evaluate.h"
#include "engine/evaluate/text.h"

/* Takes the next item of a list joined with ","; false at its end. An empty list has no items. */
static bool next_item(corsac_str *rest, corsac_str *item)
{
    if (rest->data == NULL)
        return false;
    const char *comma = memchr(rest->data, ',', rest->size);
    *item = (corsac_str){rest->data, comma ? (size_t)(comma - rest->data) : rest->size};
    if (comma)
        *rest = (corsac_str){comma + 1, rest->size - item->size - 1};
    else
        *rest = (corsac_str){NULL, 0};
    return true;
}

static corsac_str list_of(const cse_call *call, cse_text text)
{
    return text.size > 0 ? cse_image_text(call->image, text) : (corsac_str){NULL, 0};
}

static bool lists(corsac_str list, corsac_str wanted)
{
    corsac_str item;
    while (next_item(&list, &item))
        if (cse_text_equal(item, wanted))
            return true;
    return false;
}

/* "*" among others counts only without credentials; alone it always does. */
static bool star_counts(const cse_policy *policy, corsac_str list)
{
    return cse_text_equal(list, CSE_STR("*")) ||
           (!(policy->flags & CSE_POLICY_CREDENTIALS) && lists(list, CSE_STR("*")));
}

static bool method_listed(const cse_call *call, const cse_policy *policy, corsac_str method)
{
    corsac_str list = list_of(call, policy->allow_methods);
    return cse_text_equal(method, CSE_STR("GET")) || cse_text_equal(method, CSE_STR("HEAD")) ||
           cse_text_equal(method, CSE_STR("POST")) || lists(list, method) ||
           star_counts(policy, list);
}

/* RFC 9110 token */
static bool is_token(corsac_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        char byte = cse_byte_lower(text.data[i]);
        if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') &&
            (byte == '\0' || strchr("!#$%&'*+-.^_`|~", byte) == NULL))
            return false;
    }
    return text.size > 0;
}

static bool equal_ignoring_case(corsac_str a, corsac_str b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++)
        if (cse_byte_lower(a.data[i]) != cse_byte_lower(b.data[i]))
            return false;
    return true;
}

static bool header_listed(const cse_policy *policy, corsac_str list, corsac_str name)
{
    if (!is_token(name))
        return false;
    corsac_str rest = list, item;
    while (next_item(&rest, &item))
        if (!cse_text_equal(item, CSE_STR("*")) && equal_ignoring_case(item, name))
            return true;
    if (cse_text_equal(list, CSE_STR("*")))
        return true;
    return star_counts(policy, list) && !equal_ignoring_case(name, CSE_STR("authorization"));
}

static corsac_str trimmed(corsac_str text)
{
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = (corsac_str){text.data + 1, text.size - 1};
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        text.size--;
    return text;
}

static bool headers_listed(const cse_call *call, const cse_policy *policy)
{
    corsac_str rest = call->request->request_headers, item;
    corsac_str list = list_of(call, policy->allow_headers);
    if (rest.size == 0)
        return true;
    while (next_item(&rest, &item))
        if (!header_listed(policy, list, trimmed(item)))
            return false;
    return true;
}

corsac_reason cse_enforce(const cse_call *call, const cse_policy *policy, bool preflight)
{
    uint32_t options = call->image->options;
    corsac_str method = preflight ? call->request->request_method : cse_call_method(call);
    if (options & CORSAC_OPTION_ENFORCE_METHODS && !method_listed(call, policy, method))
        return CORSAC_REASON_METHOD_NOT_LISTED;
    if (options & CORSAC_OPTION_ENFORCE_HEADERS && preflight && !headers_listed(call, policy))
        return CORSAC_REASON_HEADER_NOT_LISTED;
    return CORSAC_REASON_NONE;
}
