// SPDX-License-Identifier: Apache-2.0
// What a signature covers: everything. docs/image-format.md F-9.
#include "signed_image.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(signature, it_verifies_and_tells_its_serial_number) // F-9
{
    signed_image *s = signed_image_new();
    uint64_t serial = 0;
    cr_expect_eq(signed_image_verify(s), CORSAC_OK);
    cr_expect_eq(corsac_sign_verify(s->bytes, s->size, s->signature.bytes, CORSAC_SIGNATURE_BYTES,
                                    &s->trust, &serial, NULL),
                 CORSAC_OK);
    cr_expect_eq(serial, 7);
    signed_image_free(s);
}

Test(signature, any_flipped_bit_of_the_image_is_found, .timeout = 100) // F-9
{
    signed_image *s = signed_image_new();
    for (size_t i = 0; i < s->size; i++) {
        s->bytes[i] ^= (char)(1 << i % 8);
        cr_assert_eq(signed_image_verify(s), CORSAC_E_SIGNATURE, "byte %zu", i);
        s->bytes[i] ^= (char)(1 << i % 8);
    }
    cr_expect_eq(signed_image_verify(s), CORSAC_OK);
    signed_image_free(s);
}

Test(signature, any_flipped_bit_of_the_signature_is_found) // F-9
{
    signed_image *s = signed_image_new();
    for (size_t bit = 0; bit < 8 * (size_t)CORSAC_SIGNATURE_BYTES; bit++) {
        s->signature.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        cr_assert_eq(signed_image_verify(s), CORSAC_E_SIGNATURE, "bit %zu", bit);
        s->signature.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    signed_image_free(s);
}

Test(signature, any_truncation_is_found) // F-9
{
    signed_image *s = signed_image_new();
    for (size_t size = 0; size < s->size; size += 1 + size / 64)
        cr_assert_eq(corsac_sign_verify(s->bytes, size, s->signature.bytes, CORSAC_SIGNATURE_BYTES,
                                        &s->trust, NULL, NULL),
                     CORSAC_E_SIGNATURE);
    uint8_t longer[CORSAC_SIGNATURE_BYTES + 1] = {0};
    memcpy(longer, s->signature.bytes, CORSAC_SIGNATURE_BYTES);
    for (size_t size = 0; size <= sizeof(longer); size++)
        cr_assert_eq(corsac_sign_verify(s->bytes, s->size, longer, size, &s->trust, NULL, NULL) ==
                         CORSAC_OK,
                     size == CORSAC_SIGNATURE_BYTES, "%zu", size);
    signed_image_free(s);
}

Test(signature, another_keys_signature_does_not_count) // F-9
{
    signed_image *s = signed_image_new();
    s->trust.keys = &s->keys[1];
    cr_expect_eq(signed_image_verify(s), CORSAC_E_SIGNATURE);
    /* even if it claims to be by the trusted key */
    corsac_signature other;
    cr_assert_eq(corsac_sign_image(&other, s->bytes, s->size, &s->secrets[1], 7), CORSAC_OK);
    s->trust.keys = &s->keys[0];
    memcpy(other.bytes + 16, s->signature.bytes + 16, 8);
    s->signature = other;
    cr_expect_eq(signed_image_verify(s), CORSAC_E_SIGNATURE);
    signed_image_free(s);
}

Test(signature, one_of_several_keys_will_do) // sign.h
{
    signed_image *s = signed_image_new();
    s->trust.key_count = 2;
    cr_expect_eq(signed_image_verify(s), CORSAC_OK);
    cr_assert_eq(corsac_sign_image(&s->signature, s->bytes, s->size, &s->secrets[1], 0), CORSAC_OK);
    cr_expect_eq(signed_image_verify(s), CORSAC_OK);
    signed_image_free(s);
}

Test(signature, one_images_signature_is_not_anothers) // F-9
{
    signed_image *s = signed_image_new();
    corsac_signature other;
    char *bytes = malloc(s->size);
    cr_assert_not_null(bytes);
    memcpy(bytes, s->bytes, s->size);
    bytes[s->size - 1] ^= 1;
    cr_assert_eq(corsac_sign_image(&other, bytes, s->size, &s->secrets[0], 7), CORSAC_OK);
    free(bytes);
    s->signature = other;
    cr_expect_eq(signed_image_verify(s), CORSAC_E_SIGNATURE);
    signed_image_free(s);
}

Test(signature, an_older_serial_number_is_refused_if_asked) // F-9
{
    signed_image *s = signed_image_new();
    s->trust.min_serial = 7;
    cr_expect_eq(signed_image_verify(s), CORSAC_OK);
    s->trust.min_serial = 8;
    cr_expect_eq(signed_image_verify(s), CORSAC_E_SIGNATURE);
    cr_assert_eq(corsac_sign_image(&s->signature, s->bytes, s->size, &s->secrets[0], UINT64_MAX),
                 CORSAC_OK);
    cr_expect_eq(signed_image_verify(s), CORSAC_OK);
    signed_image_free(s);
}

Test(signature, the_same_is_signed_with_the_same_bytes) // sign.h
{
    signed_image *s = signed_image_new();
    corsac_signature again;
    cr_assert_eq(corsac_sign_image(&again, s->bytes, s->size, &s->secrets[0], 7), CORSAC_OK);
    cr_expect_arr_eq(again.bytes, s->signature.bytes, CORSAC_SIGNATURE_BYTES);
    cr_expect_eq(corsac_sign_image(&again, s->bytes, 0, &s->secrets[0], 7), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_sign_image(&again, NULL, 1, &s->secrets[0], 7), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_sign_image(&again, s->bytes, s->size, NULL, 7), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_sign_image(NULL, s->bytes, s->size, &s->secrets[0], 7), CORSAC_E_ARGUMENT);
    signed_image_free(s);
}

Test(signature, a_loader_without_keys_trusts_nobody) // sign.h
{
    signed_image *s = signed_image_new();
    corsac_sign_trust none = {.struct_size = sizeof(none), .keys = s->keys},
                      nowhere = {.struct_size = sizeof(nowhere), .key_count = 1}, small = s->trust;
    small.struct_size -= 1;
    const corsac_sign_trust *wrong[] = {&none, &nowhere, &small, NULL};
    for (size_t i = 0; i < 4; i++)
        cr_expect_eq(corsac_sign_verify(s->bytes, s->size, s->signature.bytes,
                                        CORSAC_SIGNATURE_BYTES, wrong[i], NULL, NULL),
                     CORSAC_E_ARGUMENT);
    signed_image_free(s);
}
