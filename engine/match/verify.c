// SPDX-License-Identifier: Apache-2.0
// Checks every record of origin sets and programs once, so that lookups need no check of their own.
// Ranges are checked, not meanings: an image that lies about its policies is only as bad as its
// author.
//
// One meaning is checked all the same: exact strings and lowered regexes are asked before an origin
// is looked at, so no image may make them accept a byte that no header can hold.
#include "engine/match/origin.h"

#include "engine/image/origin_hash_format.h"
#include "engine/image/span_print_format.h"
#include "engine/match/bytes.h"
#include "engine/match/program.h"
#include "engine/match/trie.h"
#include "engine/match/zeros.h"

/* Of offsets and counts with 33 bits at most, so that no sum overflows. */
static bool in_range(uint64_t first, uint64_t count, uint64_t limit)
{
    return first + count <= limit;
}

/* Such a set has no other field than its span, its flags and the first of its matchers. */
static bool is_one_span(const cse_origin_set *set)
{
    return set->flags & CSE_ORIGIN_ONE_SPAN;
}

static bool text_fits(const cse_origin_sections *s, cse_text text)
{
    return in_range(text.offset, text.size, s->strings_size);
}

/* ---- programs ---------------------------------------------------------------------------- */

/* Programs follow one another without overlap, which keeps the check linear in the section. */
static bool programs_fit(const cse_origin_sections *s, uint32_t *steps)
{
    uint64_t next = 0;
    for (uint32_t i = 0; i < s->program_count; i++) {
        const cse_program_ref *ref = &s->programs[i];
        if (ref->offset < next || !in_range(ref->offset, ref->size_bytes, s->program_bytes_size) ||
            !text_fits(s, ref->pattern) ||
            !cse_program_verify(s->program_bytes + ref->offset, ref->size_bytes, &steps[i]))
            return false;
        next = (uint64_t)ref->offset + ref->size_bytes;
    }
    return true;
}

static bool program_list_fits(const cse_origin_sections *s, uint32_t first, uint32_t count)
{
    if (count <= 1)
        return count == 0 || first < s->program_count;
    return in_range(first, count, s->list_count);
}

static bool lists_fit(const cse_origin_sections *s)
{
    for (uint32_t i = 0; i < s->list_count; i++)
        if (s->lists[i] >= s->program_count)
            return false;
    return true;
}

/* No program twice in a list, and not more work than the compiler admits, or a small image could make a request
 * run for ever. A list of one is not more work than its program. */
static bool list_ascends(const cse_origin_sections *s, const uint32_t *steps, uint32_t first,
                         uint32_t count)
{
    uint64_t sum = 0;
    for (uint32_t i = first; i < first + count; i++) {
        if (i > first && s->lists[i] <= s->lists[i - 1])
            return false;
        sum += steps[s->lists[i]];
    }
    return sum <= CSE_MAX_LIST_STEPS;
}

/* A list serves one set, as `rest`, as `whole` or as both: that keeps this linear in the section. */
static bool lists_ascend(const cse_origin_sections *s, const uint32_t *steps)
{
    uint64_t looked_at = 0;
    for (uint32_t i = 0; i < s->set_count; i++) {
        if (is_one_span(&s->sets[i]))
            continue;
        const uint32_t firsts[] = {s->sets[i].rest, s->sets[i].whole};
        const uint32_t counts[] = {s->sets[i].rest_count, s->sets[i].whole_count};
        for (int k = 0; k < 2; k++) {
            if (counts[k] <= 1)
                continue;
            looked_at += counts[k];
            if (looked_at > 2 * (uint64_t)s->list_count ||
                !list_ascends(s, steps, firsts[k], counts[k]))
                return false;
        }
    }
    return true;
}

static bool database_fits(const cse_origin_sections *s, const cse_origin_database *d)
{
    return in_range(d->offset, d->stored_bytes, s->database_bytes_size) &&
           d->size_bytes <= CSE_DATABASE_MAX_BYTES &&
           cse_zeros_size(s->database_bytes + d->offset, d->stored_bytes) == d->size_bytes &&
           in_range(d->patterns, d->pattern_bytes, s->patterns_size) &&
           in_range(d->texts, (uint64_t)d->prefix_bytes + d->suffix_bytes, s->keys_size) &&
           (uint32_t)d->prefix_bytes + d->suffix_bytes <= d->min_bytes &&
           d->head_bytes <= d->prefix_bytes && d->tail_bytes <= d->suffix_bytes;
}

/* Databases follow one another without overlap, as programs do. */
static bool databases_fit(const cse_origin_sections *s)
{
    uint64_t next = 0;
    for (uint32_t i = 0; i < s->database_count; i++) {
        const cse_origin_database *d = &s->databases[i];
        if (d->offset < next || !database_fits(s, d))
            return false;
        next = (uint64_t)d->offset + d->stored_bytes;
    }
    return true;
}

/* ---- exact strings and prefixes ---------------------------------------------------------- */

static cse_origin_bytes kind_of(const uint8_t *bytes, size_t size)
{
    return cse_origin_classify((corsac_str){(const char *)bytes, size});
}

static bool key_fits(const cse_origin_sections *s, uint32_t key)
{
    return key % 4 == 0 && in_range(key, 4, s->keys_size) &&
           in_range((uint64_t)key + 4, cse_load32(s->keys + key), s->keys_size) &&
           kind_of(s->keys + key + 4, cse_load32(s->keys + key)) != CSE_BYTES_ILLEGAL;
}

static bool buckets_fit(const cse_origin_sections *s)
{
    for (uint32_t i = 0; i < s->bucket_count; i++)
        for (uint32_t lane = 0; lane < 8; lane++)
            if (s->buckets[i].fingerprints[lane] != 0 && !key_fits(s, s->buckets[i].keys[lane]))
                return false;
    return true;
}

/* The strings that the row promises, back to back, and zeros behind them. */
static bool row_agrees(const cse_origin_sections *s, const cse_origin_row *row, uint32_t keys)
{
    uint32_t total = 0, i = 0;
    for (; i < CSE_ORIGIN_ROW_KEYS && row->sizes[i] != 0; i++) {
        const uint8_t size = row->sizes[i];
        if (!cse_bytes16_takes_four(size) || row->places[i] != total ||
            !in_range((uint64_t)keys + total, size, s->keys_size) ||
            row->prints[i] != cse_origin_print(s->keys + keys + total, size))
            return false;
        total += size;
    }
    const bool some = i > 0;
    for (; i < CSE_ORIGIN_ROW_KEYS; i++)
        if ((row->sizes[i] | row->places[i] | row->prints[i]) != 0)
            return false;
    return some && kind_of(s->keys + keys, total) != CSE_BYTES_ILLEGAL;
}

static bool row_fits(const cse_origin_sections *s, const cse_origin_set *set)
{
    return !(set->flags & CSE_ORIGIN_TABLE) && set->key_count == 0 && set->has_prints == 0 &&
           set->row < s->row_count && row_agrees(s, &s->rows[set->row], set->row_keys);
}

static bool table_fits(const cse_origin_sections *s, const cse_origin_set *set)
{
    if (!(set->flags & CSE_ORIGIN_TABLE))
        return set->key_count <= CSE_ORIGIN_LIST_KEYS;
    return set->key_count == 0 && set->bucket_shift < 32 &&
           set->probe_limit <= CSE_ORIGIN_MAX_PROBES &&
           in_range(set->buckets, UINT64_C(1) << set->bucket_shift, s->bucket_count);
}

/* The keys, which lie inside their section, are what the prints promise. */
static bool prints_fit(const cse_origin_sections *s, const cse_origin_set *set)
{
    const uint8_t *key = s->keys + set->keys;
    uint32_t total = 0;
    for (uint32_t i = 0; i < set->key_count; key += set->sizes[i], i++) {
        total += set->sizes[i];
        if (!cse_bytes16_takes_four(set->sizes[i]) ||
            set->prints[i] != cse_origin_print(key, set->sizes[i]))
            return false;
    }
    return set->has_prints == 1 && set->key_count > 1 && total <= UINT8_MAX;
}

static bool list_fits(const cse_origin_sections *s, const cse_origin_set *set)
{
    uint64_t total = 0, keys = 0;
    if (set->prefix_count > CSE_ORIGIN_LIST_PREFIXES ||
        !!(set->flags & CSE_ORIGIN_KEYS) != (set->key_count > 0) ||
        !!(set->flags & CSE_ORIGIN_PREFIXES) != (set->prefix_count > 0))
        return false;
    for (uint32_t i = 0; i < (uint32_t)set->key_count + set->prefix_count; i++) {
        if (set->sizes[i] == 0)
            return false;
        total += set->sizes[i];
        keys += i < set->key_count ? set->sizes[i] : 0u;
    }
    return in_range(set->keys, total, s->keys_size) &&
           kind_of(s->keys + set->keys, keys) != CSE_BYTES_ILLEGAL &&
           (set->flags & CSE_ORIGIN_TABLE || set->has_prints == 0 || prints_fit(s, set));
}

/* Where the next trie or index may begin. */
typedef struct cursors {
    uint32_t trie, index;
} cursors;

/* ---- tries: each is checked once, however many records point at it ----------------------- */

/* Tries lie back to back; a reference must hit the start of one. */
static bool next_trie(const cse_origin_sections *s, uint32_t *at, uint32_t value_count)
{
    if (!cse_trie_verify(s->tries + *at, s->tries_size - *at, value_count))
        return false;
    uint32_t size = cse_load32(s->tries + *at);
    if (size % 4 != 0)
        return false;
    *at += size;
    return true;
}

/* References come in the order in which the tries lie, so one cursor finds them all. */
static bool trie_fits(const cse_origin_sections *s, uint32_t offset, uint32_t *cursor,
                      uint32_t value_count)
{
    return offset == *cursor && offset < s->tries_size && next_trie(s, cursor, value_count);
}

static bool index_tries_fit(const cse_origin_sections *s, const cse_origin_index *index,
                            uint32_t *cursor)
{
    const uint32_t tries[3] = {index->head, index->tail, index->port_tail};
    for (uint32_t i = 0; i < 3; i++)
        if (tries[i] != CSE_NONE && !trie_fits(s, tries[i], cursor, s->span_count))
            return false;
    return true;
}

/* ---- spans ------------------------------------------------------------------------------- */

static bool is_plain(const uint8_t *bytes, size_t size)
{
    return kind_of(bytes, size) == CSE_BYTES_PLAIN;
}

/* All sixteen bytes alike, and a range of plain bytes: see cse_class_range. */
static bool range_fits(const cse_class_range *range)
{
    int last = 127 - range->shift[0], first = last - (126 - range->limit[0]);
    bool alike = true;
    for (size_t i = 1; i < sizeof(range->shift); i++)
        alike = alike && range->shift[i] == range->shift[0] && range->limit[i] == range->limit[0];
    return alike && first >= 0x21 && first <= last && last <= 0x7e;
}

/* One machine reads the ranges, another the bits: both must say the same. */
static bool ranges_are_bits(const cse_origin_class *class)
{
    uint64_t bits[2] = {0, 0};
    for (uint32_t i = 0; i < class->range_count; i++) {
        const cse_class_range *range = &class->ranges[i];
        const uint32_t last = 127u - range->shift[0];
        for (uint32_t byte = last - (126u - range->limit[0]); byte <= last; byte++)
            bits[byte / 64] |= UINT64_C(1) << byte % 64;
    }
    return bits[0] == class->bits[0] && bits[1] == class->bits[1];
}

static bool class_fits(const cse_origin_class *class)
{
    const uint64_t others[4] = {(UINT64_C(1) << 0x21) - 1, UINT64_C(1) << 63, UINT64_MAX,
                                UINT64_MAX};
    bool fits = class->range_count <= CSE_CLASS_BITMAP_ONLY;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        fits = fits && (class->bits[i] & others[i]) == 0;
    for (size_t i = 0; fits && i < CSE_CLASS_RANGES; i++)
        fits = range_fits(&class->ranges[i]);
    return fits && (class->range_count == CSE_CLASS_BITMAP_ONLY || ranges_are_bits(class));
}

static bool piece_fits(const cse_origin_sections *s, const cse_origin_piece *piece)
{
    size_t size = piece->literal_bytes;
    if (piece->class_index >= s->class_count || piece->kind > CSE_PIECE_LABELS)
        return false;
    if (size > sizeof(piece->text))
        return piece->literal_shift == 0 && in_range(piece->literal, size, s->keys_size) &&
               is_plain(s->keys + piece->literal, size);
    return piece->literal_shift == (size > 0 ? 64 - 8 * size : 0) && is_plain(piece->text, size);
}

static bool pieces_fit(const cse_origin_sections *s)
{
    for (uint32_t i = 0; i < s->piece_count; i++)
        if (!piece_fits(s, &s->pieces[i]))
            return false;
    for (uint32_t i = 0; i < s->class_count; i++)
        if (!class_fits(&s->classes[i]))
            return false;
    return true;
}

enum { END_BYTES = 16 }; /* of a prefix or suffix that stand in the record */

static size_t end_of(uint16_t size)
{
    return size < END_BYTES ? size : END_BYTES;
}

/* Bit i of `wanted`: block[i] must be plain. */
static bool are_plain(const uint8_t block[END_BYTES], uint32_t wanted)
{
    return (wanted & ~cse_bytes16_mask(cse_bytes16_plain(cse_bytes16_load(block)))) == 0;
}

/* Prefix and suffix: in the record, and what lies in ORIGIN_KEYS. */
static bool ends_fit(const cse_origin_sections *s, const cse_origin_span *span)
{
    size_t head = end_of(span->prefix_bytes), tail = end_of(span->suffix_bytes);
    const bool four = cse_span_has_four(span);
    size_t rest = four ? 0 : cse_span_rest(span->prefix_bytes) + cse_span_rest(span->suffix_bytes);
    uint32_t edge = span->port == CSE_SPAN_NO_PORT ? (uint32_t)span->tail_mask << END_BYTES : 0;
    return span->tail_mask == ((1u << tail) - 1) << (END_BYTES - tail) &&
           span->edge_mask == (((1u << head) - 1) | edge) &&
           are_plain(span->head, (1u << head) - 1) && are_plain(span->tail, span->tail_mask) &&
           (four ? is_plain(span->four, sizeof(span->four))
                 : in_range(span->texts, rest, s->keys_size) &&
                       is_plain(s->keys + span->texts, rest));
}

/* CSE_SPAN_RUNS; the pieces have been checked. */
static bool are_runs(const cse_origin_sections *s, const cse_origin_span *span)
{
    for (uint32_t i = 0; i < span->piece_count; i++) {
        const cse_origin_piece *piece = &s->pieces[span->pieces + i];
        if (piece->kind == CSE_PIECE_LABELS || piece->literal_bytes > sizeof(piece->text) ||
            s->classes[piece->class_index].range_count > CSE_CLASS_NARROW)
            return false;
    }
    return true;
}

static bool middle_fits(const cse_origin_sections *s, const cse_origin_span *span)
{
    if (span->shape > CSE_SPAN_RUNS)
        return span->shape <= CSE_SPAN_LABELS && span->class_index < s->class_count &&
               s->classes[span->class_index].range_count <= CSE_CLASS_NARROW;
    return span->piece_count <= CSE_ORIGIN_MAX_PIECES &&
           in_range(span->pieces, span->piece_count, s->piece_count) &&
           (span->shape == CSE_SPAN_PIECES || are_runs(s, span));
}

static bool span_fits(const cse_origin_sections *s, const cse_origin_span *span)
{
    return ends_fit(s, span) &&
           span->min_bytes >= (uint32_t)span->prefix_bytes + span->suffix_bytes &&
           middle_fits(s, span) && span->port <= CSE_SPAN_OPTIONAL_PORT;
}

/* Every walk over spans stops at CSE_SPAN_LAST within CSE_ORIGIN_GROUP_SPANS. */
static bool spans_fit(const cse_origin_sections *s)
{
    uint32_t group = 0;
    for (uint32_t i = 0; i < s->span_count; i++) {
        group++;
        if (!span_fits(s, &s->spans[i]) || group > CSE_ORIGIN_GROUP_SPANS)
            return false;
        if (s->spans[i].order & CSE_SPAN_LAST)
            group = 0;
    }
    return group == 0;
}

/* Spans that one record of an index finds, where and as their hashes promise. */
static bool line_fits(const cse_origin_sections *s, const cse_origin_index *index, uint32_t line)
{
    const cse_origin_index *record = &index[line];
    const uint32_t found = record->plain | record->ported;
    const uint32_t count = found ? 32 - (uint32_t)__builtin_clz(found) : 0;
    if (!in_range(record->spans, count, s->span_count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const cse_origin_span *span = &s->spans[record->spans + i];
        uint64_t hash = cse_span_hash(index, span->head, span->tail + END_BYTES);
        if (record->prints[i] != cse_span_print(hash) || line != cse_span_line(index, hash))
            return false;
    }
    return true;
}

static bool lines_fit(const cse_origin_sections *s, const cse_origin_index *index, uint32_t count)
{
    if (index->head_at > END_BYTES - 8 || index->tail_back < 8 || index->tail_back > END_BYTES ||
        index->spans >= s->span_count) /* a guess for all of them (span_find.c) */
        return false;
    for (uint32_t line = 0; line < count; line++)
        if (!line_fits(s, index, line))
            return false;
    return true;
}

/* Indexes come in the order of their sets and lie behind one another: each is checked once. */
static bool index_fits(const cse_origin_sections *s, uint32_t at, cursors *next)
{
    if (at != next->index || at >= s->index_count)
        return false;
    const cse_origin_index *index = &s->indexes[at];
    const bool has_tries = index->spans == CSE_NONE;
    const uint32_t count = has_tries ? 1 : 1u << (index->lines & CSE_LINES_LOG2);
    if (!in_range(at, count, s->index_count))
        return false;
    next->index = at + count;
    return has_tries ? index_tries_fit(s, index, &next->trie) : lines_fit(s, index, count);
}

static bool set_spans_fit(const cse_origin_sections *s, const cse_origin_set *set, cursors *next)
{
    if (!(set->flags & CSE_ORIGIN_INDEXED))
        return !(set->flags & CSE_ORIGIN_SPANS) ||
               (set->span_count > 0 && set->span_count <= CSE_ORIGIN_LIST_SPANS &&
                in_range(set->spans, set->span_count, s->span_count));
    return set->span_count == 0 && index_fits(s, set->spans, next);
}

/* ---- sets -------------------------------------------------------------------------------- */

enum {
    LONE_FORMS =
        CSE_ORIGIN_ANY | CSE_ORIGIN_KEYS | CSE_ORIGIN_ROW | CSE_ORIGIN_TABLE | CSE_ORIGIN_SPANS
};

/* One regex alone, and no program: it costs no more than a DFA would, and asks nobody else. The forms that
 * walk a trie are not among those that the compiler gives it. */
static bool is_own_set(const cse_origin_sections *s, const cse_origin_set *set)
{
    return cse_origin_matcher_count(set) == 1 && set->matchers < s->matcher_count &&
           s->matchers[set->matchers].kind == CSE_MATCHER_REGEX &&
           s->matchers[set->matchers].way == CSE_WAY_OWN &&
           (is_one_span(set) ||
            ((set->flags & ~(unsigned)LONE_FORMS) == 0 && set->rest_count == 0 &&
             set->whole_count == 0 && set->database == CSE_NONE));
}

static bool regex_fits(const cse_origin_sections *s, const cse_origin_set *set,
                       const cse_origin_matcher *m)
{
    switch (m->way) {
    case CSE_WAY_PROGRAM:
        return m->value < s->program_count;
    case CSE_WAY_SET:
        return m->value < s->set_count && is_own_set(s, &s->sets[m->value]);
    case CSE_WAY_OWN:
        return is_own_set(s, set) && text_fits(s, (cse_text){m->value, m->size_bytes});
    default:
        return false;
    }
}

static bool matcher_fits(const cse_origin_sections *s, const cse_origin_set *set,
                         const cse_origin_matcher *m)
{
    if (m->kind == CSE_MATCHER_REGEX)
        return regex_fits(s, set, m);
    return (m->kind == CSE_MATCHER_EXACT || m->kind == CSE_MATCHER_PREFIX) &&
           in_range(m->value, m->size_bytes, s->keys_size);
}

/* What asking a matcher by itself takes per byte. */
static uint32_t matcher_steps(const uint32_t *steps, const cse_origin_matcher *m)
{
    if (m->kind != CSE_MATCHER_REGEX)
        return 0;
    return m->way == CSE_WAY_PROGRAM ? steps[m->value] : 1;
}

/* The lists as written lie in the order of their sets and do not overlap. A regex may be written twice, but the
 * compiler counts it each time as well. */
static bool matchers_fit(const cse_origin_sections *s, const uint32_t *steps)
{
    uint64_t next = 0;
    for (uint32_t i = 0; i < s->set_count; i++) {
        const cse_origin_set *set = &s->sets[i];
        const uint32_t count = cse_origin_matcher_count(set);
        uint64_t sum = 0;
        if (set->matchers != next || count > CSE_ORIGIN_MAX_MATCHERS ||
            !in_range(next, count, s->matcher_count))
            return false;
        for (uint64_t end = next + count; next < end; next++) {
            const cse_origin_matcher *m = &s->matchers[next];
            if (!matcher_fits(s, set, m))
                return false;
            sum += matcher_steps(steps, m);
        }
        if (sum > CSE_MAX_LIST_STEPS)
            return false;
    }
    return next == s->matcher_count;
}

static bool set_fits(const cse_origin_sections *s, const cse_origin_set *set, cursors *next)
{
    if (is_one_span(set))
        return set->flags == CSE_ORIGIN_ONE_SPAN && (set->span.order & CSE_SPAN_LAST) &&
               span_fits(s, &set->span);
    if (set->flags & ~(unsigned)CSE_ORIGIN_FLAGS)
        return false;
    if ((set->flags & CSE_ORIGIN_TRIE) &&
        (set->prefix_count > 0 || !trie_fits(s, set->trie, &next->trie, 1)))
        return false;
    if ((set->flags & CSE_ORIGIN_ROW) && !row_fits(s, set))
        return false;
    return table_fits(s, set) && list_fits(s, set) && set_spans_fit(s, set, next) &&
           program_list_fits(s, set->rest, set->rest_count) &&
           program_list_fits(s, set->whole, set->whole_count) &&
           (set->database == CSE_NONE || set->database < s->database_count);
}

static bool sets_fit(const cse_origin_sections *s)
{
    cursors next = {0, 0};
    for (uint32_t i = 0; i < s->set_count; i++)
        if (!set_fits(s, &s->sets[i], &next))
            return false;
    return next.trie == s->tries_size && next.index == s->index_count;
}

bool cse_origin_verify(const cse_origin_sections *sections, uint32_t *steps, const char **reason)
{
    static const struct {
        bool (*holds)(const cse_origin_sections *);
        const char *reason;
    } checks[] = {
        {lists_fit, "a list of regex programs points outside its table"},
        {databases_fit, "a regex database record is malformed or points outside its section"},
        {buckets_fit, "an exact origin lies outside its section"},
        {pieces_fit, "a piece of a lowered regex points outside its section"},
        {spans_fit, "a lowered regex points outside its section"},
        {sets_fit, "an origin set points outside its sections"},
    };
    *reason = "a regex program is malformed";
    if (!programs_fit(sections, steps))
        return false;
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        *reason = checks[i].reason;
        if (!checks[i].holds(sections))
            return false;
    }
    *reason = "a list of regex programs names one twice, or takes more steps than a list may";
    if (!lists_ascend(sections, steps))
        return false;
    *reason = "a list of origin matchers is malformed, or takes more steps than a list may";
    return matchers_fit(sections, steps);
}
