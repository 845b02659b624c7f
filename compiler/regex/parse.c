// SPDX-License-Identifier: Apache-2.0
// RE2's grammar (Perl syntax, default options) as recursive descent: pattern text to parse tree.
// Recursion is bounded by CSC_REGEX_MAX_DEPTH groups. Classes and escapes are in parse_class.c.
#include "compiler/regex/parse.h"
#include "compiler/regex/unicode.h"

#include <string.h>

enum { MAX_REPEAT = 1000, ANGLE_GROUP_PREFIX = 3, PYTHON_GROUP_PREFIX = 4 };

csc_parse_node *csc_parse_node_new(csc_scanner *s, csc_parse_kind kind, size_t offset)
{
    csc_parse_node *node = csc_arena_alloc(s->arena, 1, sizeof *node);
    if (!node)
        return NULL;
    node->kind = kind;
    node->offset = (uint32_t)offset;
    node->size = (uint32_t)(s->at - offset);
    node->flags = s->flags;
    node->repeat_product = 1;
    return node;
}

bool csc_parse_add_child(csc_scanner *s, csc_parse_node *parent, csc_parse_node *child)
{
    if (!child)
        return false;
    csc_parse_node **children = csc_arena_grow(s->arena, parent->children, parent->child_count,
                                               &parent->child_capacity, sizeof *children);
    if (!children)
        return false;
    parent->children = children;
    children[parent->child_count++] = child;
    if (child->repeat_product > parent->repeat_product)
        parent->repeat_product = child->repeat_product;
    return true;
}

static csc_parse_node *new_literal(csc_scanner *s, uint32_t code_point, bool fold, size_t offset)
{
    csc_parse_node *node = csc_parse_node_new(s, CSC_PARSE_LITERAL, offset);
    uint32_t *text = csc_arena_alloc(s->arena, 1, sizeof *text);
    if (!node || !text)
        return NULL;
    *text = code_point;
    node->text = text;
    node->text_size = 1;
    node->fold = fold;
    return node;
}

csc_parse_node *csc_parse_set_node(csc_scanner *s, size_t offset)
{
    const csc_ranges *set = &s->set;
    if (s->encoding == CSC_REGEX_LATIN1)
        csc_ranges_cut(&s->set, 0xFF);
    uint64_t size = csc_ranges_size(set->items, set->count);
    if (set->failed)
        return NULL;
    if (size == 1)
        return new_literal(s, set->items[0].first, (s->flags & CSC_FLAG_FOLD) != 0, offset);
    if (size == 2 && set->items[0].first >= 'A' && set->items[0].first <= 'Z' &&
        csc_ranges_contains(set->items, set->count, set->items[0].first + 0x20))
        return new_literal(s, set->items[0].first + 0x20, true, offset);
    csc_parse_node *node = csc_parse_node_new(s, CSC_PARSE_CLASS, offset);
    csc_regex_range *ranges =
        csc_arena_alloc(s->arena, set->count ? set->count : 1, sizeof *ranges);
    if (!node || !ranges)
        return NULL;
    if (set->count)
        memcpy(ranges, set->items, set->count * sizeof *ranges);
    node->ranges = ranges;
    node->range_count = set->count;
    return node;
}

/* One code point of the text; under (?i) the class of its folding orbit. */
static csc_parse_node *literal_node(csc_scanner *s, uint32_t code_point, size_t offset)
{
    if (!(s->flags & CSC_FLAG_FOLD))
        return new_literal(s, code_point, false, offset);
    csc_ranges_clear(&s->set);
    csc_ranges_add(&s->set, code_point, code_point);
    csc_parse_fold(s, &s->set);
    return csc_parse_set_node(s, offset);
}

static csc_parse_node *dot_node(csc_scanner *s)
{
    size_t offset = s->at++;
    if (s->flags & CSC_FLAG_DOT_NL)
        return csc_parse_node_new(s, CSC_PARSE_ANY_CHAR, offset);
    csc_ranges_clear(&s->set);
    csc_ranges_add(&s->set, 0, '\n' - 1);
    csc_ranges_add(&s->set, '\n' + 1, CSC_UNICODE_MAX);
    return csc_parse_set_node(s, offset);
}

static csc_parse_node *assertion_node(csc_scanner *s, csc_regex_kind assertion, size_t size)
{
    s->at += size;
    csc_parse_node *node = csc_parse_node_new(s, CSC_PARSE_ASSERT, s->at - size);
    if (node)
        node->assertion = assertion;
    return node;
}

/* ---- repetition ------------------------------------------------------------------------- */

typedef struct repetition {
    csc_parse_kind kind;
    uint32_t min, max;
    size_t size; /* bytes of the operator without a trailing ? */
} repetition;

/* Decimal digits without leading zeros. False, too, from ten digits on: RE2 then reads text. */
static bool read_count(const csc_scanner *s, size_t *ahead, uint32_t *value, bool *is_huge)
{
    int c = csc_peek(s, *ahead);
    if (c < '0' || c > '9')
        return false;
    int second = csc_peek(s, *ahead + 1);
    if (c == '0' && second >= '0' && second <= '9')
        return false;
    uint32_t n = 0;
    for (; (c = csc_peek(s, *ahead)) >= '0' && c <= '9'; ++*ahead) {
        if (n >= 100000000)
            *is_huge = true;
        else
            n = n * 10 + (uint32_t)(c - '0');
    }
    *value = n;
    return true;
}

/* {n}, {n,} or {n,m} at the scanner; anything else is text. */
static bool read_braces(const csc_scanner *s, repetition *out, bool *is_huge)
{
    size_t ahead = 1;
    *is_huge = false;
    out->kind = CSC_PARSE_REPEAT;
    if (!read_count(s, &ahead, &out->min, is_huge))
        return false;
    out->max = out->min;
    if (csc_peek(s, ahead) == ',') {
        ahead++;
        if (csc_peek(s, ahead) == '}')
            out->max = CSC_REGEX_UNBOUNDED;
        else if (!read_count(s, &ahead, &out->max, is_huge))
            return false;
    }
    out->size = ahead + 1;
    return csc_peek(s, ahead) == '}';
}

/* Whether a repetition operator starts here. */
static bool read_repetition(csc_scanner *s, repetition *out, bool *is_huge)
{
    out->size = 1;
    out->min = 0;
    out->max = CSC_REGEX_UNBOUNDED;
    *is_huge = false;
    switch (csc_peek(s, 0)) {
    case '*':
        out->kind = CSC_PARSE_STAR;
        return true;
    case '+':
        out->kind = CSC_PARSE_PLUS;
        return true;
    case '?':
        out->kind = CSC_PARSE_QUEST;
        return true;
    case '{':
        return read_braces(s, out, is_huge);
    default:
        return false;
    }
}

static bool check_counts(csc_scanner *s, const repetition *op, size_t size)
{
    bool is_reversed = op->max != CSC_REGEX_UNBOUNDED && op->max < op->min;
    if (is_reversed)
        return csc_parse_fail(s, CSC_REGEX_E_REPEAT_SIZE, s->at, size,
                              "the repetition's maximum is below its minimum");
    if (op->min > MAX_REPEAT || (op->max != CSC_REGEX_UNBOUNDED && op->max > MAX_REPEAT))
        return csc_parse_fail(s, CSC_REGEX_E_REPEAT_SIZE, s->at, size,
                              "a repetition may count to 1000 at most");
    return true;
}

static bool is_simple_repetition(csc_parse_kind kind)
{
    return kind == CSC_PARSE_STAR || kind == CSC_PARSE_PLUS || kind == CSC_PARSE_QUEST;
}

/* (?:a*)* and the like are one operator in RE2 when the flags agree. */
static bool squash_repetition(csc_parse_node *inner, csc_parse_kind kind, unsigned flags)
{
    if (!is_simple_repetition(kind) || !is_simple_repetition(inner->kind) || inner->flags != flags)
        return false;
    if (inner->kind != kind)
        inner->kind = CSC_PARSE_STAR;
    return true;
}

/* Wraps the last item of the sequence. */
static bool apply_repetition(csc_scanner *s, csc_parse_node *sequence, const repetition *op,
                             bool follows_repetition)
{
    bool lazy = csc_peek(s, op->size) == '?';
    size_t size = op->size + lazy;
    if (follows_repetition)
        return csc_parse_fail(s, CSC_REGEX_E_REPEAT_OP, s->at, size,
                              "a repetition operator may not follow another one");
    if (op->kind == CSC_PARSE_REPEAT && !check_counts(s, op, size))
        return false;
    if (sequence->child_count == 0)
        return csc_parse_fail(s, CSC_REGEX_E_REPEAT_ARGUMENT, s->at, size,
                              "nothing to repeat before the operator");
    csc_parse_node **last = &sequence->children[sequence->child_count - 1];
    size_t op_offset = s->at;
    s->at += size;
    unsigned flags = s->flags ^ (lazy ? CSC_FLAG_NON_GREEDY : 0u);
    if (squash_repetition(*last, op->kind, flags))
        return true;
    csc_parse_node *node = csc_parse_node_new(s, op->kind, (*last)->offset);
    if (!node || !csc_parse_add_child(s, node, *last))
        return false;
    node->flags = flags;
    node->min = op->min;
    node->max = op->max;
    *last = node;
    if (op->kind == CSC_PARSE_REPEAT) {
        uint32_t copies = op->max == CSC_REGEX_UNBOUNDED ? op->min : op->max;
        node->repeat_product *= copies ? copies : 1;
        bool counts = op->min >= 2 || (op->max >= 2 && op->max != CSC_REGEX_UNBOUNDED);
        if (counts && node->repeat_product > MAX_REPEAT)
            return csc_parse_fail(s, CSC_REGEX_E_REPEAT_SIZE, op_offset, size,
                                  "nested repetitions multiply to more than 1000");
    }
    if (node->repeat_product > sequence->repeat_product)
        sequence->repeat_product = node->repeat_product;
    return true;
}

/* ---- groups ----------------------------------------------------------------------------- */

static csc_parse_node *parse_alternation(csc_scanner *s);

static bool is_ascii_name(corsac_str name)
{
    for (size_t i = 0; i < name.size; i++) {
        unsigned char c = (unsigned char)name.data[i];
        bool is_word =
            (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
        if (!is_word)
            return false;
    }
    return name.size > 0;
}

static bool check_name(csc_scanner *s, corsac_str name, size_t offset)
{
    if (!is_ascii_name(name))
        return csc_parse_fail(s, CSC_REGEX_E_GROUP_NAME, offset, name.size,
                              "a group name consists of letters, digits and underscores");
    for (size_t i = 0; i < s->name_count; i++)
        if (csc_str_equal(s->names[i], name))
            return csc_parse_fail_by(s, CSC_REGEX_E_GROUP_NAME, CSC_REGEX_BY_ISTIO, offset,
                                     name.size, "the group name is used twice");
    corsac_str *names =
        csc_arena_grow(s->arena, s->names, s->name_count, &s->name_capacity, sizeof *names);
    if (!names)
        return false;
    s->names = names;
    names[s->name_count++] = name;
    return true;
}

/* (?P<name> or (?<name>, the scanner behind "<". */
static bool parse_group_name(csc_scanner *s, size_t start)
{
    const char *first = s->text.data + s->at;
    const char *end = memchr(first, '>', s->text.size - s->at);
    if (!end)
        return csc_parse_fail(s, CSC_REGEX_E_GROUP_NAME, start, s->text.size - start,
                              "missing > behind the group name");
    corsac_str name = {first, (size_t)(end - first)};
    if (!check_name(s, name, s->at))
        return false;
    s->at += name.size + 1;
    return true;
}

static bool fail_group(csc_scanner *s, size_t start)
{
    size_t end = s->at < s->text.size ? s->at + 1 : s->at;
    return csc_parse_fail(s, CSC_REGEX_E_GROUP, start, end - start,
                          "invalid or unsupported group syntax");
}

static unsigned flag_of(int c)
{
    switch (c) {
    case 'i':
        return CSC_FLAG_FOLD;
    case 'm':
        return CSC_FLAG_MULTI_LINE;
    case 's':
        return CSC_FLAG_DOT_NL;
    case 'U':
        return CSC_FLAG_NON_GREEDY;
    default:
        return 0;
    }
}

/* Behind "(?": flags up to ":" (a group opens) or ")" (they hold to the end of the group around).
 */
static bool parse_flags(csc_scanner *s, size_t start, bool *opens_group)
{
    bool negated = false, seen = false;
    unsigned flags = s->flags;
    for (;; s->at++) {
        int c = csc_peek(s, 0);
        unsigned flag = flag_of(c);
        if (flag) {
            flags = negated ? flags & ~flag : flags | flag;
            seen = true;
        } else if (c == '-' && !negated) {
            negated = true;
            seen = false;
        } else if ((c == ':' || c == ')') && (!negated || seen)) {
            break;
        } else {
            return fail_group(s, start);
        }
    }
    *opens_group = csc_peek(s, 0) == ':';
    s->at++;
    s->flags = flags;
    return true;
}

/* Behind "(": what kind of group. *captures and *opens_group say how to go on. */
static bool parse_group_head(csc_scanner *s, size_t start, bool *captures, bool *opens_group)
{
    *captures = *opens_group = true;
    if (csc_peek(s, 0) != '?')
        return true;
    if (csc_peek(s, 1) == 'P' && csc_peek(s, 2) == '<') {
        s->at = start + PYTHON_GROUP_PREFIX;
        return parse_group_name(s, start);
    }
    bool is_lookbehind = csc_peek(s, 2) == '=' || csc_peek(s, 2) == '!';
    if (csc_peek(s, 1) == '<' && !is_lookbehind) {
        s->regex->uses_angle_groups = true;
        s->at = start + ANGLE_GROUP_PREFIX;
        return parse_group_name(s, start);
    }
    s->at++;
    *captures = false;
    return parse_flags(s, start, opens_group);
}

static bool parse_group(csc_scanner *s, csc_parse_node *sequence)
{
    size_t start = s->at++;
    unsigned outer_flags = s->flags;
    bool captures, opens_group;
    if (!parse_group_head(s, start, &captures, &opens_group))
        return false;
    if (!opens_group)
        return true;
    if (++s->depth > CSC_REGEX_MAX_DEPTH)
        return csc_parse_fail_by(s, CSC_REGEX_E_DEPTH, CSC_REGEX_BY_CORSAC, start, 1,
                                 "more than 200 groups inside one another");
    csc_parse_node *inner = parse_alternation(s);
    if (!inner)
        return false;
    if (csc_peek(s, 0) != ')')
        return csc_parse_fail(s, CSC_REGEX_E_MISSING_PAREN, start, 1,
                              "missing ) to close the group");
    s->at++;
    s->depth--;
    s->flags = outer_flags;
    if (captures) {
        csc_parse_node *group = csc_parse_node_new(s, CSC_PARSE_CAPTURE, start);
        if (!group || !csc_parse_add_child(s, group, inner))
            return false;
        inner = group;
    }
    inner->offset = (uint32_t)start;
    inner->size = (uint32_t)(s->at - start);
    return csc_parse_add_child(s, sequence, inner);
}

/* ---- sequences -------------------------------------------------------------------------- */

/* \Q...\E: text, to the end of the pattern if \E is missing. */
static bool parse_quoted(csc_scanner *s, csc_parse_node *sequence)
{
    s->at += 2;
    while (s->at < s->text.size) {
        if (csc_peek(s, 0) == '\\' && csc_peek(s, 1) == 'E') {
            s->at += 2;
            return true;
        }
        size_t offset = s->at;
        uint32_t code_point;
        if (!csc_parse_code_point(s, &code_point) ||
            !csc_parse_add_child(s, sequence, literal_node(s, code_point, offset)))
            return false;
    }
    return true;
}

static bool parse_backslash(csc_scanner *s, csc_parse_node *sequence)
{
    size_t offset = s->at;
    switch (csc_peek(s, 1)) {
    case 'b':
        return csc_parse_add_child(s, sequence, assertion_node(s, CSC_REGEX_WORD_BOUNDARY, 2));
    case 'B':
        return csc_parse_add_child(s, sequence, assertion_node(s, CSC_REGEX_NO_WORD_BOUNDARY, 2));
    case 'A':
        return csc_parse_add_child(s, sequence, assertion_node(s, CSC_REGEX_BEGIN_TEXT, 2));
    case 'z':
        return csc_parse_add_child(s, sequence, assertion_node(s, CSC_REGEX_END_TEXT, 2));
    case 'C':
        return csc_parse_fail_by(s, CSC_REGEX_E_ANY_BYTE, CSC_REGEX_BY_ISTIO, offset, 2,
                                 "\\C (any byte) is refused by Istio");
    case 'Q':
        return parse_quoted(s, sequence);
    default:
        break;
    }
    bool found;
    uint32_t code_point;
    csc_ranges_clear(&s->set);
    if (!csc_parse_named_escape(s, &found))
        return false;
    if (found) {
        csc_ranges_normalise(&s->set);
        return csc_parse_add_child(s, sequence, csc_parse_set_node(s, offset));
    }
    if (!csc_parse_escape(s, &code_point))
        return false;
    return csc_parse_add_child(s, sequence, literal_node(s, code_point, offset));
}

static bool parse_text(csc_scanner *s, csc_parse_node *sequence)
{
    size_t offset = s->at;
    uint32_t code_point;
    return csc_parse_code_point(s, &code_point) &&
           csc_parse_add_child(s, sequence, literal_node(s, code_point, offset));
}

static bool parse_item(csc_scanner *s, csc_parse_node *sequence)
{
    bool multi_line = (s->flags & CSC_FLAG_MULTI_LINE) != 0;
    csc_parse_node *node;
    switch (csc_peek(s, 0)) {
    case '(':
        return parse_group(s, sequence);
    case '[':
        return csc_parse_class(s, &node) && csc_parse_add_child(s, sequence, node);
    case '.':
        return csc_parse_add_child(s, sequence, dot_node(s));
    case '^':
        node = assertion_node(s, multi_line ? CSC_REGEX_BEGIN_LINE : CSC_REGEX_BEGIN_TEXT, 1);
        return csc_parse_add_child(s, sequence, node);
    case '$':
        node = assertion_node(s, multi_line ? CSC_REGEX_END_LINE : CSC_REGEX_END_TEXT, 1);
        if (node)
            node->was_dollar = !multi_line;
        return csc_parse_add_child(s, sequence, node);
    case '\\':
        return parse_backslash(s, sequence);
    default:
        return parse_text(s, sequence);
    }
}

/* Items up to "|", ")" or the end. A lone item stands for itself. */
static csc_parse_node *parse_sequence(csc_scanner *s)
{
    size_t start = s->at;
    bool follows_repetition = false;
    csc_parse_node *sequence = csc_parse_node_new(s, CSC_PARSE_CONCAT, start);
    if (!sequence)
        return NULL;
    while (s->at < s->text.size && csc_peek(s, 0) != '|' && csc_peek(s, 0) != ')') {
        repetition op;
        bool is_huge;
        bool is_operator = read_repetition(s, &op, &is_huge);
        if (is_operator && is_huge) {
            csc_parse_fail_by(s, CSC_REGEX_E_REPEAT_SIZE, CSC_REGEX_BY_ISTIO, s->at, op.size,
                              "a repetition may count to 1000 at most");
            return NULL;
        }
        if (!(is_operator ? apply_repetition(s, sequence, &op, follows_repetition)
                          : parse_item(s, sequence)))
            return NULL;
        follows_repetition = is_operator;
    }
    sequence->size = (uint32_t)(s->at - start);
    return csc_parse_finish_sequence(s, sequence);
}

static csc_parse_node *parse_alternation(csc_scanner *s)
{
    size_t start = s->at;
    csc_parse_node *first = parse_sequence(s);
    if (!first || csc_peek(s, 0) != '|')
        return first;
    csc_parse_node *alternation = csc_parse_node_new(s, CSC_PARSE_ALTERNATE, start);
    if (!alternation || !csc_parse_add_child(s, alternation, first))
        return NULL;
    while (csc_peek(s, 0) == '|') {
        s->at++;
        if (!csc_parse_add_child(s, alternation, parse_sequence(s)))
            return NULL;
    }
    alternation->size = (uint32_t)(s->at - start);
    return csc_parse_finish_alternation(s, alternation);
}

csc_parse_node *csc_parse_pattern(csc_scanner *s)
{
    csc_parse_node *root = parse_alternation(s);
    if (root && s->at < s->text.size) {
        csc_parse_fail(s, CSC_REGEX_E_UNEXPECTED_PAREN, s->at, 1, "unexpected ) without a (");
        return NULL;
    }
    return root;
}
