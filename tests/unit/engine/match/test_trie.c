// SPDX-License-Identifier: Apache-2.0
// Tries as origin_format.h describes them, written by hand: what is refused, and what a walk finds on its way.
#include "engine/match/trie.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct writer {
    uint8_t bytes[512];
    size_t size;
} writer;

static void put(writer *w, const void *bytes, size_t size)
{
    cr_assert_leq(w->size + size, sizeof(w->bytes));
    memcpy(w->bytes + w->size, bytes, size);
    w->size += size;
}

/* A node whose children are the given first bytes, at the given offsets. */
static size_t put_node(writer *w, uint32_t value, const char *label, const char *firsts,
                       const uint32_t *children, bool backward)
{
    size_t at = w->size;
    cse_trie_node head = {value, (uint16_t)strlen(label), (uint16_t)strlen(firsts)};
    put(w, &head, sizeof(head));
    for (size_t i = 0, size = strlen(label); i < size; i++)
        put(w, label + (backward ? size - 1 - i : i), 1);
    put(w, firsts, strlen(firsts));
    while (w->size % 4 != 0)
        put(w, "", 1);
    put(w, children, strlen(firsts) * sizeof(uint32_t));
    return at;
}

/* Lays nodes out breadth first: offsets are known once all sizes are. Backward, labels stand as in the text. */
typedef struct plan {
    uint32_t value;
    const char *label, *firsts;
    uint32_t children[4]; /* numbers of nodes */
} plan;

static writer lay_out(const plan *nodes, size_t count, bool backward)
{
    static const uint8_t room[CSE_BLOCK_BYTES];
    uint32_t offsets[16], children[4];
    writer w;
    for (int pass = 0; pass < 2; pass++) {
        w = (writer){.size = sizeof(cse_trie)};
        for (size_t i = 0; i < count; i++) {
            for (size_t k = 0; k < strlen(nodes[i].firsts); k++)
                children[k] = pass ? offsets[nodes[i].children[k]] : 0;
            offsets[i] = (uint32_t)put_node(&w, nodes[i].value, nodes[i].label, nodes[i].firsts,
                                            children, backward);
        }
        put(&w, room, sizeof(room));
    }
    cse_trie head = {(uint32_t)w.size, (uint32_t)count};
    memcpy(w.bytes, &head, sizeof(head));
    return w;
}

/* "ab" -> 0, "abc" -> 1, "abcdef" -> 2, "xy" -> 3 */
static const plan WORDS[] = {{CSE_NONE, "", "ax", {1, 2}},
                             {0, "b", "c", {3}},
                             {3, "y", "", {0}},
                             {1, "", "d", {4}},
                             {2, "ef", "", {0}}};
enum { NODES = 5, VALUES = 4 };

/* In memory of exactly so many bytes. */
static bool verifies(const writer *w, size_t size, uint32_t values)
{
    uint8_t *exact = malloc(size ? size : 1);
    memcpy(exact, w->bytes, size);
    bool good = cse_trie_verify(exact, size, values);
    free(exact);
    return good;
}

static bool verifies_with(const writer *w, size_t at, uint32_t word, size_t bytes)
{
    writer other = *w;
    memcpy(other.bytes + at, &word, bytes);
    return verifies(&other, w->size, VALUES);
}

Test(trie, what_is_refused) // F-7
{
    writer w = lay_out(WORDS, NODES, false);
    cr_assert(verifies(&w, w.size, VALUES));
    cr_expect(verifies(&w, w.size + 20, VALUES), "other tries may follow");
    cr_expect_not(verifies(&w, w.size, VALUES - 1), "a value that names nothing");
    for (size_t size = 0; size < w.size; size++)
        cr_expect_not(verifies(&w, size, VALUES), "cut to %zu", size);
    const uint32_t size = (uint32_t)w.size;
    cr_expect_not(verifies_with(&w, 0, size - 4, 4), "its size");
    cr_expect_not(verifies_with(&w, 0, size + 4, 4));
    cr_expect_not(verifies_with(&w, 0, sizeof(cse_trie), 4));
    cr_expect_not(verifies_with(&w, 0, sizeof(cse_trie) - 1, 4));
    cr_expect_not(verifies_with(&w, 0, 0, 4));
    for (uint32_t count = 0; count < NODES + 3; count++)
        cr_expect_eq(verifies_with(&w, 4, count, 4), count == NODES, "%u nodes", count);
    const size_t root = sizeof(cse_trie), children = root + sizeof(cse_trie_node) + 4;
    cr_expect_not(verifies_with(&w, root + 4, 1, 2), "a label that takes the first child's byte");
    cr_expect_not(verifies_with(&w, root + 4, UINT16_MAX, 2));
    for (uint32_t count = 0; count < 600; count++)
        cr_expect_eq(verifies_with(&w, root + 6, count, 2), count == 2, "%u children", count);
    for (size_t child = 0; child < 2; child++)
        for (uint32_t offset = 0; offset < size + 8; offset++) {
            uint32_t good;
            memcpy(&good, w.bytes + children + 4 * child, 4);
            cr_expect_eq(verifies_with(&w, children + 4 * child, offset, 4), offset == good,
                         "child %zu at %u", child, offset);
        }
    const size_t last = w.size - CSE_BLOCK_BYTES - sizeof(cse_trie_node) - 4; /* of "ef" */
    for (uint32_t label = 0; label < 2 * w.size; label++)
        cr_expect_not(verifies_with(&w, last + 4, label | 1u << 16, 4),
                      "a last node with a label of %u bytes and a child", label);
    cr_expect_not(verifies_with(&w, root + sizeof(cse_trie_node), 'x', 1),
                  "two children of one byte");
    cr_expect_not(verifies_with(&w, root + sizeof(cse_trie_node), 'y', 1), "in descending order");
    cr_expect(verifies_with(&w, root + sizeof(cse_trie_node), 'w', 1));
    cr_expect(verifies_with(&w, root, VALUES - 1, 4), "the root may have a value");
    cr_expect_not(verifies_with(&w, root, VALUES, 4));
}

Test(trie, one_node_is_enough) // origin_format.h
{
    const plan only = {0, "abc", "", {0}};
    writer w = lay_out(&only, 1, false);
    cr_expect(verifies(&w, w.size, 1));
    cr_expect_not(verifies(&w, w.size, 0));
    cr_expect_not(verifies(&w, w.size - 1, 1));
    writer none = {.size = sizeof(cse_trie) + CSE_BLOCK_BYTES};
    cse_trie head = {(uint32_t)none.size, 0};
    memcpy(none.bytes, &head, sizeof(head));
    cr_expect_not(verifies(&none, none.size, 1), "no node");
    memset(none.bytes + sizeof(head), 0xFF, CSE_BLOCK_BYTES);
    cr_expect_not(verifies(&none, none.size, 1), "nor anything that could be one");
}

/* ---- walking ------------------------------------------------------------------------------ */

/* The values on the way as digits, then whether the walk stays ended. */
static const char *values(const uint8_t *trie, const char *text, bool backward)
{
    static char found[16];
    size_t size = strlen(text), count = 0;
    char *exact = malloc(size ? size : 1);
    memcpy(exact, text, size);
    cse_trie_walk walk;
    cse_trie_start(&walk, trie, (corsac_str){exact, size});
    uint32_t (*next)(cse_trie_walk *) = backward ? cse_trie_next_backward : cse_trie_next;
    for (uint32_t value; (value = next(&walk)) != CSE_NONE && count < sizeof(found) - 1;)
        found[count++] = (char)('0' + value);
    cr_expect_eq(next(&walk), CSE_NONE, "%s", text);
    found[count] = '\0';
    free(exact);
    return found;
}

Test(trie, a_walk_finds_each_text_that_the_origin_starts_with) // C-9
{
    static const char *const rows[][2] = {
        {"", ""},     {"a", ""},       {"ab", "0"},       {"abc", "01"},      {"abcd", "01"},
        {"abd", "0"}, {"abcde", "01"}, {"abcdef", "012"}, {"abcdefg", "012"}, {"abcdeg", "01"},
        {"x", ""},    {"xy", "3"},     {"xyz", "3"},      {"xz", ""},         {"b", ""},
        {"yx", ""},   {"abx", "0"},    {"aab", ""},       {"\xff", ""}};
    writer w = lay_out(WORDS, NODES, false), back = lay_out(WORDS, NODES, true);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_str_eq(values(w.bytes, rows[i][0], false), rows[i][1], "%s", rows[i][0]);
        char reversed[16] = "";
        for (size_t k = strlen(rows[i][0]), at = 0; k > 0; k--)
            reversed[at++] = rows[i][0][k - 1];
        cr_expect_str_eq(values(back.bytes, reversed, true), rows[i][1], "%s backward", reversed);
    }
}

Test(trie, a_label_at_the_root_is_compared_whole) // C-9
{
    const plan nodes[] = {{0, "https://", "a", {1}}, {1, ".com", "", {0}}};
    writer w = lay_out(nodes, 2, false), back = lay_out(nodes, 2, true);
    cr_expect(verifies(&w, w.size, 2));
    cr_expect_str_eq(values(w.bytes, "https://", false), "0");
    cr_expect_str_eq(values(w.bytes, "https:/", false), "");
    cr_expect_str_eq(values(w.bytes, "http://a.com", false), "");
    cr_expect_str_eq(values(w.bytes, "https://a.com", false), "01");
    cr_expect_str_eq(values(w.bytes, "https://a.con", false), "0");
    cr_expect_str_eq(values(back.bytes, "//:sptth", true), "0");
    cr_expect_str_eq(values(back.bytes, "moc.a//:sptth", true), "01");
    cr_expect_str_eq(values(back.bytes, "noc.a//:sptth", true), "0");
    cr_expect_str_eq(values(back.bytes, "//:sptti", true), "");
}

/* 256 children, one for each byte. */
Test(trie, every_byte_may_lead_on) // C-9
{
    const size_t node = sizeof(cse_trie_node), root = node + 256 + 256 * 4;
    size_t size = sizeof(cse_trie) + root + 256 * node + CSE_BLOCK_BYTES;
    uint8_t *bytes = calloc(1, size);
    cse_trie head = {(uint32_t)size, 257};
    cse_trie_node top = {CSE_NONE, 0, 256};
    memcpy(bytes, &head, sizeof(head));
    memcpy(bytes + sizeof(head), &top, node);
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t offset = (uint32_t)(sizeof(head) + root + i * node);
        cse_trie_node leaf = {i, 0, 0};
        bytes[sizeof(head) + node + i] = (uint8_t)i;
        memcpy(bytes + sizeof(head) + node + 256 + 4 * i, &offset, 4);
        memcpy(bytes + offset, &leaf, node);
    }
    cr_assert(cse_trie_verify(bytes, size, 256));
    for (uint32_t i = 0; i < 256; i++) {
        cse_trie_walk walk;
        uint8_t byte = (uint8_t)i;
        cse_trie_start(&walk, bytes, (corsac_str){(const char *)&byte, 1});
        cr_expect_eq(cse_trie_next(&walk), i);
        cse_trie_start(&walk, bytes, (corsac_str){(const char *)&byte, 1});
        cr_expect_eq(cse_trie_next_backward(&walk), i);
    }
    free(bytes);
}

/* Labels up to two blocks, and everything around them. */
Test(trie, labels_of_every_length) // C-9
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmn";
    for (size_t size = 0; size <= 36; size++) {
        char label[40], text[48], backward[48];
        snprintf(label, sizeof(label), "%.*s", (int)size, letters);
        const plan nodes[] = {{0, label, "z", {1}}, {1, "", "", {0}}};
        writer w = lay_out(nodes, 2, false), back = lay_out(nodes, 2, true);
        for (size_t wrong = 0; wrong <= size; wrong++) /* wrong == size: none */
            for (size_t behind = 0; behind < 3; behind++) {
                size_t length =
                    (size_t)snprintf(text, sizeof(text), "%s%.*s", label, (int)behind, "zz");
                if (wrong < size)
                    text[wrong] = '-';
                for (size_t i = 0; i <= length; i++)
                    backward[i] = i < length ? text[length - 1 - i] : '\0';
                const char *wanted = wrong < size ? "" : behind > 0 ? "01" : "0";
                cr_expect_str_eq(values(w.bytes, text, false), wanted, "%s", text);
                cr_expect_str_eq(values(back.bytes, backward, true), wanted, "%s backward",
                                 backward);
            }
    }
}
