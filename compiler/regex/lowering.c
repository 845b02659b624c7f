// SPDX-License-Identifier: Apache-2.0
// Turns each sequence of the expansion into an exact string or into a span that can be decided
// without going back, then lets the automaton prove that all of them together equal the regex on
// plain origins. A form that is not proved is not used, so nothing before the proof needs to be
// trusted but settle_pieces(): how a run finds its end is no part of the language of a form.
#include "compiler/regex/lowering.h"

#include "compiler/regex/automaton.h"
#include "compiler/regex/expansion.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_KEYS = 64,
    MOST_SPANS = 32,
    MOST_TEXT_BYTES = 4096, /* of one sequence: spans store 16-bit sizes, origins are shorter */
    MOST_PAIRS = 1 << 24,   /* of states, in the proof */
    PLAIN_FIRST = 0x21,
    PLAIN_LAST = 0x7e
};

typedef struct lowering {
    csc_arena *arena;
    csc_expansion expansion;
    csc_lowered *out; /* its arrays are those below until the end */
    corsac_str keys[MOST_KEYS];
    csc_span_form spans[MOST_SPANS];
    bool has_empty; /* the regex matches the empty text; no origin is empty, but the proof needs it
                     */
} lowering;

/* ---- exact strings ----------------------------------------------------------------------- */

static uint32_t member_count(const uint64_t bits[2])
{
    return (uint32_t)(__builtin_popcountll(bits[0]) + __builtin_popcountll(bits[1]));
}

/* How many strings a sequence stands for, or MOST_KEYS + 1 for too many. */
static uint32_t string_count(const csc_sequence *sequence)
{
    uint32_t count = 1;
    for (uint32_t i = 0; i < sequence->count; i++) {
        const csc_item *item = &sequence->items[i];
        if (item->kind == CSC_ITEM_TEXT)
            continue;
        if (item->kind == CSC_ITEM_LABELS || item->min != item->max)
            return MOST_KEYS + 1;
        for (uint32_t k = 0; k < item->min && count <= MOST_KEYS; k++)
            count *= member_count(item->bits);
    }
    return count <= MOST_KEYS ? count : MOST_KEYS + 1;
}

/* Member number `n`, of more than that. */
static uint8_t nth_member(const uint64_t bits[2], uint32_t n)
{
    uint64_t low = bits[0], high = bits[1];
    for (; n > 0; n--) {
        if (low)
            low &= low - 1;
        else
            high &= high - 1;
    }
    return (uint8_t)(low ? __builtin_ctzll(low) : 64 + __builtin_ctzll(high));
}

static size_t fixed_size(const csc_sequence *sequence)
{
    size_t size = 0;
    for (uint32_t i = 0; i < sequence->count; i++)
        size += sequence->items[i].kind == CSC_ITEM_TEXT ? sequence->items[i].text.size
                                                         : sequence->items[i].min;
    return size;
}

/* Writes string number `n` of a fixed sequence. */
static void write_string(const csc_sequence *sequence, uint32_t n, char *out)
{
    for (uint32_t i = 0; i < sequence->count; i++) {
        const csc_item *item = &sequence->items[i];
        if (item->kind == CSC_ITEM_TEXT) {
            memcpy(out, item->text.data, item->text.size);
            out += item->text.size;
            continue;
        }
        uint32_t members = member_count(item->bits);
        for (uint32_t k = 0; k < item->min; k++, n /= members)
            *out++ = (char)nth_member(item->bits, n % members);
    }
}

static bool add_keys(lowering *l, const csc_sequence *sequence, uint32_t count)
{
    size_t size = fixed_size(sequence);
    if (size == 0) {
        l->has_empty = true;
        return true;
    }
    for (uint32_t n = 0; n < count; n++) {
        char *text = csc_arena_alloc(l->arena, size, 1);
        if (!text)
            return false;
        write_string(sequence, n, text);
        l->out->keys[l->out->key_count++] = (corsac_str){text, size};
    }
    return true;
}

/* ---- spans ------------------------------------------------------------------------------- */

/* Whether a byte below 0x80 is in a class. */
static bool has_member(const uint64_t bits[2], uint8_t byte)
{
    return bits[byte >> 6] >> (byte & 63) & 1;
}

static bool is_digits(const uint64_t bits[2])
{
    return bits[0] == UINT64_C(0x3ff) << '0' && bits[1] == 0;
}

/* Takes ":digits" off the end if something before it already varies; otherwise a plain run serves.
 */
static void take_port(csc_sequence *sequence, csc_span_form *form)
{
    if (sequence->count < 3)
        return;
    csc_item *run = &sequence->items[sequence->count - 1], *text = run - 1;
    if (run->kind != CSC_ITEM_RUN || !is_digits(run->bits) || run->min == 0 ||
        run->min > UINT8_MAX || (run->max > UINT8_MAX && run->max != CSC_REGEX_UNBOUNDED) ||
        text->kind != CSC_ITEM_TEXT || text->text.data[text->text.size - 1] != ':')
        return;
    form->port = CSE_SPAN_PORT;
    form->port_min = (uint8_t)run->min;
    form->port_max = run->max == CSC_REGEX_UNBOUNDED ? 0 : (uint8_t)run->max;
    text->text.size--;
    sequence->count -= text->text.size == 0 ? 2 : 1;
}

static bool is_fixed(const csc_piece *piece)
{
    return piece->kind == CSE_PIECE_RUN && piece->min == piece->max;
}

/* Whether a run stops by itself: what must follow it cannot continue it. */
static bool stops(const csc_piece *piece, const csc_piece *next)
{
    if (piece->literal.size > 0)
        return !has_member(piece->bits, (uint8_t)piece->literal.data[0]);
    return next && next->kind == CSE_PIECE_RUN && next->min > 0 &&
           !(piece->bits[0] & next->bits[0]) && !(piece->bits[1] & next->bits[1]);
}

/* Bytes of the literal of piece `at` and of everything behind; false if they vary in number. */
static bool tail_size(const csc_span_form *form, size_t at, uint32_t *size)
{
    *size = (uint32_t)form->pieces[at].literal.size;
    for (size_t i = at + 1; i < form->piece_count; i++) {
        if (!is_fixed(&form->pieces[i]))
            return false;
        *size += form->pieces[i].min + (uint32_t)form->pieces[i].literal.size;
    }
    return true;
}

/* Decides how each piece finds its end. */
static bool settle_pieces(csc_span_form *form)
{
    for (size_t i = 0; i < form->piece_count; i++) {
        csc_piece *piece = &form->pieces[i];
        const csc_piece *next = i + 1 < form->piece_count ? piece + 1 : NULL;
        if (piece->kind == CSE_PIECE_RUN && next && (is_fixed(piece) || stops(piece, next)))
            continue;
        if (!tail_size(form, i, &piece->tail_bytes))
            return false;
        if (piece->kind == CSE_PIECE_RUN)
            piece->kind = CSE_PIECE_FILL;
    }
    return true;
}

static bool add_piece(csc_span_form *form, const csc_item *item)
{
    if (form->piece_count == CSE_ORIGIN_MAX_PIECES)
        return false;
    form->pieces[form->piece_count++] =
        (csc_piece){.kind = item->kind == CSC_ITEM_LABELS ? CSE_PIECE_LABELS : CSE_PIECE_RUN,
                    .bits = {item->bits[0], item->bits[1]},
                    .min = item->min,
                    .max = item->max};
    return true;
}

static bool fill_form(csc_sequence *sequence, csc_span_form *form)
{
    take_port(sequence, form);
    for (uint32_t i = 0; i < sequence->count; i++) {
        const csc_item *item = &sequence->items[i];
        if (item->kind != CSC_ITEM_TEXT) {
            if (!add_piece(form, item))
                return false;
        } else if (i == 0) {
            form->prefix = item->text;
        } else if (i + 1 == sequence->count) {
            form->suffix = item->text;
        } else {
            form->pieces[form->piece_count - 1].literal = item->text;
        }
    }
    return settle_pieces(form);
}

static bool same_piece(const csc_piece *a, const csc_piece *b)
{
    return a->kind == b->kind && a->bits[0] == b->bits[0] && a->bits[1] == b->bits[1] &&
           a->min == b->min && a->max == b->max && csc_str_equal(a->literal, b->literal);
}

static bool same_but_port(const csc_span_form *a, const csc_span_form *b)
{
    bool same = a->piece_count == b->piece_count && csc_str_equal(a->prefix, b->prefix) &&
                csc_str_equal(a->suffix, b->suffix);
    for (size_t i = 0; same && i < a->piece_count; i++)
        same = same_piece(&a->pieces[i], &b->pieces[i]);
    return same;
}

/* Joins a form with one that differs in the port alone: present or not is one optional port. */
static bool joins(csc_lowered *out, const csc_span_form *form)
{
    for (size_t i = 0; i < out->span_count; i++) {
        csc_span_form *other = &out->spans[i];
        const csc_span_form *with = form->port == CSE_SPAN_PORT ? form : other;
        if (!same_but_port(other, form) || other->port + form->port != CSE_SPAN_PORT)
            continue;
        other->port_min = with->port_min;
        other->port_max = with->port_max;
        other->port = CSE_SPAN_OPTIONAL_PORT;
        return true;
    }
    return false;
}

static void *copy_array(csc_arena *arena, const void *items, size_t count, size_t size)
{
    void *copy = csc_arena_alloc(arena, count, size);
    if (copy)
        memcpy(copy, items, count * size);
    return copy;
}

static bool add_span(lowering *l, csc_sequence *sequence)
{
    csc_piece pieces[CSE_ORIGIN_MAX_PIECES];
    csc_span_form form = {.prefix = {"", 0}, .suffix = {"", 0}, .pieces = pieces};
    for (uint32_t i = 0; i < sequence->count; i++)
        if (sequence->items[i].text.size > MOST_TEXT_BYTES)
            return false;
    if (!fill_form(sequence, &form))
        return false;
    if (joins(l->out, &form))
        return true;
    form.pieces = copy_array(l->arena, pieces, form.piece_count, sizeof(*pieces));
    if (l->out->span_count == MOST_SPANS || !form.pieces)
        return false;
    l->out->spans[l->out->span_count++] = form;
    return true;
}

static bool make_forms(lowering *l)
{
    for (size_t i = 0; i < l->expansion.count; i++) {
        csc_sequence *sequence = &l->expansion.sequences[i];
        uint32_t strings = string_count(sequence);
        if (!(l->out->key_count + strings <= MOST_KEYS ? add_keys(l, sequence, strings)
                                                       : add_span(l, sequence)))
            return false;
    }
    return true;
}

/* ---- the proof --------------------------------------------------------------------------- */

static csc_regex_node *new_node(csc_arena *arena, csc_regex_kind kind, size_t child_count)
{
    csc_regex_node *node = csc_arena_alloc(arena, 1, sizeof(*node));
    const csc_regex_node **children =
        csc_arena_alloc(arena, child_count, sizeof(const csc_regex_node *));
    if (!node || !children)
        return NULL;
    node->kind = kind;
    node->children = children;
    return node;
}

/* A class of plain bytes. */
static const csc_regex_node *class_node(csc_arena *arena, const uint64_t bits[2])
{
    csc_regex_node *node = new_node(arena, CSC_REGEX_CLASS, 0);
    csc_regex_range *ranges = csc_arena_alloc(arena, 64, sizeof(*ranges));
    if (!node || !ranges)
        return NULL;
    for (uint32_t at = PLAIN_FIRST; at <= PLAIN_LAST; at++) {
        uint32_t first = at;
        while (has_member(bits, (uint8_t)at)) /* 0x7f is no member */
            at++;
        if (at > first)
            ranges[node->range_count++] = (csc_regex_range){first, at - 1};
    }
    node->ranges = ranges;
    return node;
}

static const csc_regex_node *repeat_node(csc_arena *arena, const csc_regex_node *child,
                                         uint32_t min, uint32_t max)
{
    csc_regex_node *node = new_node(arena, CSC_REGEX_REPEAT, 1);
    if (!node || !child)
        return NULL;
    node->children[node->child_count++] = child;
    node->min = min;
    node->max = max;
    return node;
}

static bool push_child(csc_regex_node *concat, const csc_regex_node *child)
{
    concat->children[concat->child_count++] = child;
    return child != NULL;
}

static bool push_text(csc_arena *arena, csc_regex_node *concat, corsac_str text)
{
    return text.size == 0 || push_child(concat, csc_regex_node_literal(arena, text));
}

static const csc_regex_node *label_node(csc_arena *arena, const uint64_t bits[2])
{
    uint64_t without_dot[2] = {bits[0] & ~(UINT64_C(1) << '.'), bits[1]};
    csc_regex_node *label = new_node(arena, CSC_REGEX_CONCAT, 2);
    if (!label || !(without_dot[0] | without_dot[1]) ||
        !push_child(label,
                    repeat_node(arena, class_node(arena, without_dot), 1, CSC_REGEX_UNBOUNDED)) ||
        !push_text(arena, label, (corsac_str){".", 1}))
        return NULL;
    return label;
}

static bool push_piece(csc_arena *arena, csc_regex_node *concat, const csc_piece *piece)
{
    const csc_regex_node *once = piece->kind == CSE_PIECE_LABELS ? label_node(arena, piece->bits)
                                                                 : class_node(arena, piece->bits);
    return push_child(concat, repeat_node(arena, once, piece->min, piece->max)) &&
           push_text(arena, concat, piece->literal);
}

/* The language that engine/match/span.c decides, without the port. */
static csc_regex_node *span_node(csc_arena *arena, const csc_span_form *form)
{
    csc_regex_node *concat = new_node(arena, CSC_REGEX_CONCAT, 2 * CSE_ORIGIN_MAX_PIECES + 4);
    if (!concat || !push_text(arena, concat, form->prefix))
        return NULL;
    for (size_t i = 0; i < form->piece_count; i++)
        if (!push_piece(arena, concat, &form->pieces[i]))
            return NULL;
    return concat;
}

static bool push_port(csc_arena *arena, csc_regex_node *concat, const csc_span_form *form)
{
    const uint64_t digits[2] = {UINT64_C(0x3ff) << '0', 0};
    uint32_t max = form->port_max ? form->port_max : CSC_REGEX_UNBOUNDED;
    return push_child(concat, repeat_node(arena, class_node(arena, digits), form->port_min, max));
}

static corsac_str with_colon(csc_arena *arena, corsac_str text)
{
    return csc_arena_printf(arena, "%.*s:", (int)text.size, text.data);
}

/* One root with a port and one without, as the form allows. */
static bool add_span_roots(lowering *l, const csc_span_form *form, const csc_regex_node **roots,
                           size_t *count)
{
    csc_regex_node *with = form->port != CSE_SPAN_NO_PORT ? span_node(l->arena, form) : NULL;
    csc_regex_node *without = form->port != CSE_SPAN_PORT ? span_node(l->arena, form) : NULL;
    if (form->port != CSE_SPAN_NO_PORT) {
        if (!with || !push_text(l->arena, with, with_colon(l->arena, form->suffix)) ||
            !push_port(l->arena, with, form))
            return false;
        roots[(*count)++] = with;
    }
    if (form->port != CSE_SPAN_PORT) {
        if (!without || !push_text(l->arena, without, form->suffix))
            return false;
        roots[(*count)++] = without;
    }
    return true;
}

static bool make_roots(lowering *l, const csc_regex_node **roots, size_t *count)
{
    for (size_t i = 0; i < l->out->key_count; i++)
        if (!(roots[(*count)++] = csc_regex_node_literal(l->arena, l->out->keys[i])))
            return false;
    for (size_t i = 0; i < l->out->span_count; i++)
        if (!add_span_roots(l, &l->out->spans[i], roots, count))
            return false;
    return !l->has_empty ||
           (roots[(*count)++] = csc_regex_node_literal(l->arena, (corsac_str){"", 0}));
}

/* The classes that one byte has in both automata, each pair once. */
typedef struct class_pairs {
    uint8_t items[256][2];
    size_t count;
} class_pairs;

/* A walk over the pairs of states that one plain text leads to in both automata. */
typedef struct pair_walk {
    csc_arena *arena; /* told when memory runs short: that is no answer */
    const csc_dfa *a, *b;
    class_pairs plain, others; /* of the plain bytes; of the others that a header can hold */
    bool plain_only;           /* no other byte has led on so far, in either */
    uint64_t *seen;            /* one bit per pair */
    uint32_t b_states;
    uint32_t *open; /* pairs to look at */
    size_t open_count, open_capacity;
} pair_walk;

static void add_classes(const pair_walk *w, uint32_t byte, class_pairs *out)
{
    uint8_t a = w->a->class_of[byte], b = w->b->class_of[byte];
    for (size_t i = 0; i < out->count; i++)
        if (out->items[i][0] == a && out->items[i][1] == b)
            return;
    out->items[out->count][0] = a;
    out->items[out->count++][1] = b;
}

static void choose_classes(pair_walk *w)
{
    for (uint32_t byte = PLAIN_FIRST; byte <= PLAIN_LAST; byte++)
        add_classes(w, byte, &w->plain);
    add_classes(w, '\t', &w->others);
    add_classes(w, ' ', &w->others);
    for (uint32_t byte = 0x80; byte <= 0xff; byte++)
        add_classes(w, byte, &w->others);
}

static bool push_pair(pair_walk *w, uint32_t pair)
{
    if (w->open_count == w->open_capacity) {
        size_t capacity = w->open_capacity ? w->open_capacity * 2 : 256;
        uint32_t *grown = realloc(w->open, capacity * sizeof(*grown));
        if (!grown) {
            csc_arena_fail(w->arena);
            return false;
        }
        w->open = grown;
        w->open_capacity = capacity;
    }
    w->seen[pair >> 6] |= UINT64_C(1) << (pair & 63);
    w->open[w->open_count++] = pair;
    return true;
}

static inline bool open_pair(pair_walk *w, uint32_t a, uint32_t b)
{
    uint32_t pair = a * w->b_states + b;
    return w->seen[pair >> 6] >> (pair & 63) & 1 || push_pair(w, pair);
}

/* Whether no plain text tells the automata apart from here on. */
static bool walk_pairs(pair_walk *w)
{
    bool equal = open_pair(w, w->a->start, w->b->start);
    while (equal && w->open_count > 0) {
        uint32_t pair = w->open[--w->open_count], a = pair / w->b_states, b = pair % w->b_states;
        const uint32_t *a_next = w->a->next + (size_t)a * w->a->class_count;
        const uint32_t *b_next = w->b->next + (size_t)b * w->b->class_count;
        equal = !w->a->marks[a] == !w->b->marks[b];
        for (size_t i = 0; i < w->plain.count && equal; i++)
            equal = open_pair(w, a_next[w->plain.items[i][0]], b_next[w->plain.items[i][1]]);
        for (size_t i = 0; i < w->others.count && w->plain_only; i++)
            w->plain_only = !a_next[w->others.items[i][0]] && !b_next[w->others.items[i][1]];
    }
    return equal;
}

/*
 * Equal as languages of plain texts. Anything that stands in the way of knowing is a no.
 * @param exact  receives whether they are equal as languages of all texts that a header can hold, since
 *               neither has one with another byte.
 */
static bool equal_on_plain(csc_arena *arena, const csc_dfa *a, const csc_dfa *b, bool *exact)
{
    pair_walk w = {.arena = arena, .a = a, .b = b, .b_states = b->state_count, .plain_only = true};
    uint64_t pairs = (uint64_t)a->state_count * w.b_states;
    if (pairs == 0 || pairs > MOST_PAIRS)
        return false;
    w.seen = calloc((size_t)(pairs + 63) / 64, sizeof(*w.seen));
    if (!w.seen) {
        csc_arena_fail(arena);
        return false;
    }
    choose_classes(&w);
    bool equal = walk_pairs(&w);
    *exact = equal && w.plain_only;
    free(w.seen);
    free(w.open);
    return equal;
}

static bool prove(lowering *l, const csc_regex_automaton *automaton)
{
    const csc_regex_node
        *roots[MOST_KEYS + CSC_EXPANSION_SEQUENCES]; /* a span is of one at least */
    size_t count = 0;
    csc_regex_automaton *forms = NULL;
    if (!make_roots(l, roots, &count) || count == 0)
        return false;
    const csc_regex_budget budget = {.keep_raw = true};
    corsac_status status = csc_regex_automaton_build(roots, count, &budget, &forms);
    if (status == CORSAC_E_MEMORY)
        csc_arena_fail(l->arena);
    bool proved = status == CORSAC_OK &&
                  equal_on_plain(l->arena, &forms->dfa, &automaton->dfa, &l->out->exact);
    csc_regex_automaton_free(forms);
    return proved;
}

/* ---- entry ------------------------------------------------------------------------------- */

/* Moves the results out of the workspace. */
static void keep(lowering *l)
{
    csc_lowered *out = l->out;
    out->keys = copy_array(l->arena, l->keys, out->key_count, sizeof(*out->keys));
    out->spans = copy_array(l->arena, l->spans, out->span_count, sizeof(*out->spans));
}

corsac_status csc_regex_lower(csc_arena *arena, const csc_regex *regex,
                              const csc_regex_automaton *automaton, const csc_lowered **out)
{
    csc_lowered *lowered = csc_arena_alloc(arena, 1, sizeof(*lowered));
    *out = lowered;
    if (!lowered)
        return CORSAC_E_MEMORY;
    if (!csc_regex_automaton_is_dfa(automaton))
        return CORSAC_OK;
    lowering l = {.arena = arena, .out = lowered, .expansion = {.arena = arena}};
    lowered->keys = l.keys;
    lowered->spans = l.spans;
    lowered->proved =
        csc_regex_expand(&l.expansion, regex->root) && make_forms(&l) && prove(&l, automaton);
    free(l.expansion.sequences);
    if (!lowered->proved)
        lowered->key_count = lowered->span_count = 0;
    keep(&l);
    return csc_arena_failed(arena) ? CORSAC_E_MEMORY : CORSAC_OK;
}
