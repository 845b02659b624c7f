// SPDX-License-Identifier: Apache-2.0
// The size that RE2 will report for a regex (M-22), by doing what its compiler does: strip a
// required prefix, coalesce runs such as a*a, expand counted repetition, lay out instructions,
// flatten. docs/regex.md says how exact this is. Whatever exceeds the limit by far is not laid out
// to the end.
#include "compiler/regex/re2_compile.h"

#include <stdlib.h>
#include <string.h>

typedef csc_parse_node node;
typedef csc_re2_fragment fragment;

enum { MAX_INSTRUCTIONS = 400000, MAX_NODES = 200000, ANCHOR_DEPTH = 4 };

/* ---- instructions ----------------------------------------------------------------------- */

uint32_t csc_re2_add(csc_re2_compiler *c, csc_re2_op op, uint32_t out, uint32_t out1)
{
    csc_re2_program *p = &c->program;
    if (p->count >= MAX_INSTRUCTIONS)
        c->too_large = true;
    if (c->too_large || c->failed)
        return 0;
    if (p->count == p->capacity) {
        uint32_t capacity = p->capacity ? p->capacity * 2 : 64;
        csc_re2_inst *insts = realloc(p->insts, capacity * sizeof *insts);
        if (!insts) {
            c->failed = true;
            return 0;
        }
        p->insts = insts;
        p->capacity = capacity;
    }
    p->insts[p->count] = (csc_re2_inst){.op = (uint8_t)op, .out = out, .out1 = out1};
    return p->count++;
}

uint32_t csc_re2_add_bytes(csc_re2_compiler *c, uint32_t low, uint32_t high, bool fold,
                           uint32_t out)
{
    uint32_t id = csc_re2_add(c, CSC_RE2_BYTES, out, 0);
    if (!id)
        return 0;
    c->program.insts[id].low = (uint8_t)low;
    c->program.insts[id].high = (uint8_t)high;
    c->program.insts[id].fold = fold;
    if (++c->bytes_count > c->bytes_limit)
        c->too_large = true;
    return id;
}

static uint32_t *field_of(csc_re2_compiler *c, uint32_t end)
{
    csc_re2_inst *inst = &c->program.insts[end / 2];
    return end % 2 ? &inst->out1 : &inst->out;
}

csc_re2_ends csc_re2_join_ends(csc_re2_compiler *c, csc_re2_ends a, csc_re2_ends b)
{
    if (!a.head)
        return b;
    if (!b.head)
        return a;
    *field_of(c, a.tail) = b.head;
    return (csc_re2_ends){a.head, b.tail};
}

static void patch(csc_re2_compiler *c, csc_re2_ends ends, uint32_t target)
{
    for (uint32_t end = ends.head; end;) {
        uint32_t *field = field_of(c, end);
        end = *field;
        *field = target;
    }
}

/* ---- fragments -------------------------------------------------------------------------- */

static fragment one(uint32_t id, bool nullable)
{
    return (fragment){id, csc_re2_end(id * 2), nullable};
}

static fragment no_match(void)
{
    return (fragment){0, {0, 0}, false};
}

static fragment nop(csc_re2_compiler *c)
{
    return one(csc_re2_add(c, CSC_RE2_NOP, 0, 0), true);
}

static fragment cat(csc_re2_compiler *c, fragment a, fragment b)
{
    if (!a.begin || !b.begin)
        return no_match();
    csc_re2_inst *begin = &c->program.insts[a.begin];
    if (begin->op == CSC_RE2_NOP && a.ends.head == a.begin * 2 && begin->out == 0) {
        patch(c, a.ends, b.begin);
        return b;
    }
    patch(c, a.ends, b.begin);
    return (fragment){a.begin, b.ends, a.nullable && b.nullable};
}

static fragment alternate(csc_re2_compiler *c, fragment a, fragment b)
{
    if (!a.begin)
        return b;
    if (!b.begin)
        return a;
    uint32_t id = csc_re2_add(c, CSC_RE2_ALT, a.begin, b.begin);
    if (!id)
        return no_match();
    return (fragment){id, csc_re2_join_ends(c, a.ends, b.ends), a.nullable || b.nullable};
}

static fragment optional(csc_re2_compiler *c, fragment a, bool non_greedy)
{
    if (!a.begin)
        return nop(c);
    uint32_t id = csc_re2_add(c, CSC_RE2_ALT, non_greedy ? 0 : a.begin, non_greedy ? a.begin : 0);
    if (!id)
        return no_match();
    csc_re2_ends ends = csc_re2_end(id * 2 + !non_greedy);
    return (fragment){id, csc_re2_join_ends(c, ends, a.ends), true};
}

static fragment plus(csc_re2_compiler *c, fragment a, bool non_greedy)
{
    uint32_t id = csc_re2_add(c, CSC_RE2_ALT, 0, 0);
    if (!id)
        return no_match();
    patch(c, a.ends, id);
    c->program.insts[id].out = non_greedy ? 0 : a.begin;
    c->program.insts[id].out1 = non_greedy ? a.begin : 0;
    return (fragment){a.begin, csc_re2_end(id * 2 + !non_greedy), a.nullable};
}

static fragment star(csc_re2_compiler *c, fragment a, bool non_greedy)
{
    if (a.nullable)
        return optional(c, plus(c, a, non_greedy), non_greedy);
    fragment loop = plus(c, a, non_greedy);
    return (fragment){loop.ends.head / 2, loop.ends, true};
}

static fragment capture(csc_re2_compiler *c, fragment a)
{
    if (!a.begin)
        return no_match();
    uint32_t open = csc_re2_add(c, CSC_RE2_CAPTURE, a.begin, 0);
    uint32_t close = csc_re2_add(c, CSC_RE2_CAPTURE, 0, 0);
    if (!close)
        return no_match();
    patch(c, a.ends, close);
    return (fragment){open, csc_re2_end(close * 2), a.nullable};
}

static fragment text(csc_re2_compiler *c, const node *n)
{
    fragment all = {0};
    for (size_t i = 0; i < n->text_size && !c->too_large; i++) {
        uint32_t code_point = n->text[i];
        csc_regex_range range = {code_point, code_point};
        fragment f;
        if (c->latin1 || code_point < 0x80)
            f = one(csc_re2_add_bytes(c, code_point, code_point, n->fold, 0), false);
        else
            f = csc_re2_class(c, &range, 1); /* a chain of single bytes, like RE2's */
        all = i ? cat(c, all, f) : f;
    }
    return all;
}

/* ---- tree ------------------------------------------------------------------------------- */

static bool is_non_greedy(const node *n)
{
    return (n->flags & CSC_FLAG_NON_GREEDY) != 0;
}

static bool is_one_character(const node *n)
{
    return n->kind == CSC_PARSE_LITERAL || n->kind == CSC_PARSE_CLASS ||
           n->kind == CSC_PARSE_ANY_CHAR;
}

static bool equal_characters(const node *a, const node *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == CSC_PARSE_LITERAL)
        return a->fold == b->fold && a->text[0] == b->text[0];
    return a->kind == CSC_PARSE_ANY_CHAR ||
           (a->range_count == b->range_count &&
            memcmp(a->ranges, b->ranges, a->range_count * sizeof *a->ranges) == 0);
}

/* x*, x+, x?, x{n,m} as counts. */
static bool counts_of(const node *n, uint32_t *min, uint32_t *max)
{
    *min = n->kind == CSC_PARSE_PLUS ? 1 : n->kind == CSC_PARSE_REPEAT ? n->min : 0;
    *max = n->kind == CSC_PARSE_QUEST    ? 1
           : n->kind == CSC_PARSE_REPEAT ? n->max
                                         : CSC_REGEX_UNBOUNDED;
    return n->kind >= CSC_PARSE_STAR && n->kind <= CSC_PARSE_REPEAT;
}

static uint32_t add_counts(uint32_t a, uint32_t b)
{
    return a == CSC_REGEX_UNBOUNDED || b == CSC_REGEX_UNBOUNDED ? CSC_REGEX_UNBOUNDED : a + b;
}

static node *copy_node(csc_re2_compiler *c, const node *from)
{
    node *n = csc_arena_alloc(c->arena, 1, sizeof *n);
    if (n)
        *n = *from;
    else
        c->failed = true;
    return n;
}

/* Merges two neighbours into a counted repetition of the first one's operand; NULL if they do not
 * fit. *rest is what remains of a text behind it, or NULL. */
static node *coalesce_pair(csc_re2_compiler *c, const node *a, const node *b, node **rest)
{
    uint32_t min, max, more_min = 1, more_max = 1;
    *rest = NULL;
    if (!counts_of(a, &min, &max) || !is_one_character(a->children[0]))
        return NULL;
    const node *operand = a->children[0];
    if (counts_of(b, &more_min, &more_max)) {
        if (!is_one_character(b->children[0]) || !equal_characters(operand, b->children[0]) ||
            is_non_greedy(a) != is_non_greedy(b))
            return NULL;
    } else if (is_one_character(b) && equal_characters(operand, b)) {
        more_min = more_max = 1;
    } else if (operand->kind == CSC_PARSE_LITERAL && b->kind == CSC_PARSE_STRING &&
               b->fold == operand->fold && b->text[0] == operand->text[0]) {
        uint32_t count = 1;
        while (count < b->text_size && b->text[count] == operand->text[0])
            count++;
        more_min = more_max = count;
        if (count < b->text_size && (*rest = copy_node(c, b))) {
            (*rest)->text += count;
            (*rest)->text_size -= count;
            (*rest)->kind = (*rest)->text_size == 1 ? CSC_PARSE_LITERAL : CSC_PARSE_STRING;
        }
    } else {
        return NULL;
    }
    node *merged = copy_node(c, a);
    if (merged) {
        merged->kind = CSC_PARSE_REPEAT;
        merged->min = min + more_min;
        merged->max = add_counts(max, more_max);
    }
    return merged;
}

static const node *coalesce(csc_re2_compiler *c, const node *n)
{
    if (n->child_count == 0 || c->failed)
        return n;
    node *copy = copy_node(c, n);
    node **children = csc_arena_alloc(c->arena, n->child_count, sizeof *children);
    if (!copy || !children) {
        c->failed = true;
        return n;
    }
    bool merged_any = false;
    for (size_t i = 0; i < n->child_count; i++)
        children[i] = (node *)coalesce(c, n->children[i]);
    copy->children = children;
    if (n->kind != CSC_PARSE_CONCAT || c->failed)
        return copy;
    static const node empty = {.kind = CSC_PARSE_EMPTY};
    for (size_t i = 0; i + 1 < n->child_count && !c->failed; i++) {
        node *rest, *merged = coalesce_pair(c, children[i], children[i + 1], &rest);
        if (!merged)
            continue;
        children[i] = rest ? merged : (node *)&empty;
        children[i + 1] = rest ? rest : merged;
        merged_any = true;
    }
    if (merged_any) { /* RE2 then drops all empty children */
        copy->child_count = 0;
        for (size_t i = 0; i < n->child_count; i++)
            if (children[i]->kind != CSC_PARSE_EMPTY)
                children[copy->child_count++] = children[i];
    }
    return copy;
}

static bool is_simple_repeat(csc_parse_kind kind)
{
    return kind == CSC_PARSE_STAR || kind == CSC_PARSE_PLUS || kind == CSC_PARSE_QUEST;
}

static node *new_parent(csc_re2_compiler *c, const node *from, csc_parse_kind kind, size_t children)
{
    node *n = copy_node(c, from);
    node **list = csc_arena_alloc(c->arena, children, sizeof *list);
    if (++c->node_count > MAX_NODES)
        c->too_large = true;
    if (!n || !list) {
        c->failed = true;
        return NULL;
    }
    n->kind = kind;
    n->children = list;
    n->child_count = children;
    return n;
}

/* x*, x+ or x? with n's flags; (a+)* and the like are one operator if the flags agree. */
static const node *repeat_once(csc_re2_compiler *c, const node *n, csc_parse_kind kind,
                               const node *x)
{
    bool squashes = is_simple_repeat(x->kind) && x->flags == n->flags;
    if (squashes && x->kind == kind)
        return x;
    node *repeat = new_parent(c, n, squashes ? CSC_PARSE_STAR : kind, 1);
    if (repeat)
        repeat->children[0] = squashes ? x->children[0] : (node *)x;
    return repeat ? repeat : x;
}

static const node *concat_of(csc_re2_compiler *c, const node *n, const node *x, size_t copies,
                             const node *last)
{
    if (copies + (last != NULL) == 1)
        return copies ? x : last;
    node *concat = new_parent(c, n, CSC_PARSE_CONCAT, copies + (last != NULL));
    for (size_t i = 0; concat && i < copies; i++)
        concat->children[i] = (node *)x;
    if (concat && last)
        concat->children[copies] = (node *)last;
    return concat ? concat : x;
}

/* x{n,m} as RE2 writes it out: x x (x(x)?)? */
static const node *expand_repeat(csc_re2_compiler *c, const node *n, const node *x)
{
    static const node empty = {.kind = CSC_PARSE_EMPTY};
    uint32_t min = n->min, max = n->max;
    if (x->kind == CSC_PARSE_ASSERT) { /* asserted once is asserted often */
        min = min > 1 ? 1 : min;
        max = max != CSC_REGEX_UNBOUNDED && max > 1 ? 1 : max;
    }
    if (max == CSC_REGEX_UNBOUNDED)
        return min <= 1 ? repeat_once(c, n, min ? CSC_PARSE_PLUS : CSC_PARSE_STAR, x)
                        : concat_of(c, n, x, min - 1, repeat_once(c, n, CSC_PARSE_PLUS, x));
    if (max == 0)
        return &empty;
    const node *tail = max > min ? repeat_once(c, n, CSC_PARSE_QUEST, x) : NULL;
    for (uint32_t i = min + 1; i < max && !c->failed && !c->too_large; i++)
        tail = repeat_once(c, n, CSC_PARSE_QUEST, concat_of(c, n, x, 1, tail));
    if (min == 0)
        return tail;
    const node *head = concat_of(c, n, x, min, NULL);
    return tail ? concat_of(c, n, head, 1, tail) : head;
}

/* Writes out counted repetition and drops operators that change nothing. */
static const node *expand(csc_re2_compiler *c, const node *n)
{
    if (n->child_count == 0 || c->failed || c->too_large)
        return n;
    if (n->kind == CSC_PARSE_REPEAT || is_simple_repeat(n->kind)) {
        const node *x = expand(c, n->children[0]);
        if (x->kind == CSC_PARSE_EMPTY || (x->kind == n->kind && x->flags == n->flags))
            return x;
        if (n->kind == CSC_PARSE_REPEAT)
            return expand_repeat(c, n, x);
        node *repeat = new_parent(c, n, n->kind, 1);
        if (repeat)
            repeat->children[0] = (node *)x;
        return repeat ? repeat : n;
    }
    node *copy = new_parent(c, n, n->kind, n->child_count);
    for (size_t i = 0; copy && i < n->child_count; i++)
        copy->children[i] = (node *)expand(c, n->children[i]);
    return copy ? copy : n;
}

/* Removes an anchor at one end, as far down as RE2 looks. */
static const node *cut_anchor(csc_re2_compiler *c, const node *n, csc_regex_kind anchor,
                              bool at_front, int depth, bool *found)
{
    static const node empty_text = {.kind = CSC_PARSE_EMPTY};
    if (depth >= ANCHOR_DEPTH || c->failed)
        return n;
    if (n->kind == CSC_PARSE_ASSERT && n->assertion == anchor) {
        *found = true;
        return &empty_text;
    }
    if ((n->kind != CSC_PARSE_CONCAT && n->kind != CSC_PARSE_CAPTURE) || n->child_count == 0)
        return n;
    size_t at = at_front ? 0 : n->child_count - 1;
    const node *child = cut_anchor(c, n->children[at], anchor, at_front, depth + 1, found);
    if (!*found)
        return n;
    node *copy = copy_node(c, n);
    node **children = csc_arena_alloc(c->arena, n->child_count, sizeof *children);
    if (!copy || !children) {
        c->failed = true;
        return n;
    }
    memcpy(children, n->children, n->child_count * sizeof *children);
    children[at] = (node *)child;
    copy->children = children;
    return copy;
}

/* ^literal rest: RE2 compares the literal itself and compiles the rest. */
static const node *cut_prefix(csc_re2_compiler *c, const node *n)
{
    size_t i = 0;
    if (n->kind != CSC_PARSE_CONCAT)
        return n;
    while (i < n->child_count && n->children[i]->kind == CSC_PARSE_ASSERT &&
           n->children[i]->assertion == CSC_REGEX_BEGIN_TEXT)
        i++;
    if (i == 0 || i >= n->child_count ||
        (n->children[i]->kind != CSC_PARSE_LITERAL && n->children[i]->kind != CSC_PARSE_STRING))
        return n;
    node *rest = copy_node(c, n);
    if (!rest)
        return n;
    rest->children += i + 1;
    rest->child_count -= i + 1;
    if (rest->child_count == 0)
        rest->kind = CSC_PARSE_EMPTY;
    return rest->child_count == 1 ? rest->children[0] : rest;
}

/* ---- compiling -------------------------------------------------------------------------- */

static fragment compile(csc_re2_compiler *c, const node *n);

static fragment compile_list(csc_re2_compiler *c, const node *n)
{
    fragment all = {0};
    if (n->child_count == 0)
        return nop(c);
    for (size_t i = 0; i < n->child_count && !c->too_large && !c->failed; i++) {
        fragment f = compile(c, n->children[i]);
        if (i == 0)
            all = f;
        else
            all = n->kind == CSC_PARSE_CONCAT ? cat(c, all, f) : alternate(c, all, f);
    }
    return all;
}

static fragment compile(csc_re2_compiler *c, const node *n)
{
    static const csc_regex_range any = {0, 0x10FFFF};
    switch (n->kind) {
    case CSC_PARSE_EMPTY:
        return nop(c);
    case CSC_PARSE_LITERAL:
    case CSC_PARSE_STRING:
        return text(c, n);
    case CSC_PARSE_CLASS:
        return csc_re2_class(c, n->ranges, n->range_count);
    case CSC_PARSE_ANY_CHAR:
        return csc_re2_class(c, &any, 1);
    case CSC_PARSE_ASSERT:
        return one(csc_re2_add(c, CSC_RE2_ASSERT, 0, 0), true);
    case CSC_PARSE_CONCAT:
    case CSC_PARSE_ALTERNATE:
        return compile_list(c, n);
    case CSC_PARSE_CAPTURE:
        return capture(c, compile(c, n->children[0]));
    case CSC_PARSE_STAR:
        return star(c, compile(c, n->children[0]), is_non_greedy(n));
    case CSC_PARSE_PLUS:
        return plus(c, compile(c, n->children[0]), is_non_greedy(n));
    default: /* counted repetition is written out by now */
        return optional(c, compile(c, n->children[0]), is_non_greedy(n));
    }
}

/* Match behind the whole, and a lazy loop of any byte before it unless it is anchored. */
static uint32_t finish(csc_re2_compiler *c, fragment all, bool anchored)
{
    all = cat(c, all, one(csc_re2_add(c, CSC_RE2_MATCH, 0, 0), false));
    c->program.start = all.begin;
    if (!anchored) {
        fragment any = one(csc_re2_add_bytes(c, 0, 0xFF, false, 0), false);
        all = cat(c, star(c, any, true), all);
    }
    c->program.start_unanchored = all.begin;
    if (c->too_large)
        return UINT32_MAX;
    if (c->failed)
        return 0;
    return all.begin ? csc_re2_program_flatten(&c->program) : 1;
}

uint32_t csc_regex_program_size(const csc_parse_node *root, csc_regex_encoding encoding,
                                uint32_t limit)
{
    csc_re2_compiler c = {.arena = csc_arena_new(),
                          .latin1 = encoding == CSC_REGEX_LATIN1,
                          .bytes_limit = 2 * limit + 1024};
    uint32_t size = 0;
    if (c.arena) {
        bool at_front = false, at_end = false;
        csc_re2_add(&c, CSC_RE2_FAIL, 0, 0);
        const node *tree = expand(&c, coalesce(&c, cut_prefix(&c, root)));
        tree = cut_anchor(&c, tree, CSC_REGEX_BEGIN_TEXT, true, 0, &at_front);
        tree = cut_anchor(&c, tree, CSC_REGEX_END_TEXT, false, 0, &at_end);
        size = finish(&c, compile(&c, tree), at_front);
    }
    free(c.program.insts);
    csc_arena_free(c.arena);
    return size;
}
