// SPDX-License-Identifier: Apache-2.0
// Keys against the published vectors of RFC 8032 and RFC 8410, and their text form.
#include "corsac/sign.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static corsac_str str(const char *text)
{
    return (corsac_str){text, strlen(text)};
}

static void from_hex(uint8_t *out, const char *hex)
{
    for (unsigned byte; sscanf(hex, "%2x", &byte) == 1; hex += 2)
        *out++ = (uint8_t)byte;
}

Test(key, the_public_key_is_that_of_rfc_8032) // RFC 8032 7.1, tests 1 to 3
{
    static const char *const VECTORS[][2] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"},
    };
    for (size_t i = 0; i < 3; i++) {
        corsac_sign_secret_key secret;
        corsac_sign_public_key made;
        uint8_t wanted[32];
        from_hex(secret.seed, VECTORS[i][0]);
        from_hex(wanted, VECTORS[i][1]);
        cr_expect_eq(corsac_sign_key_public(&made, &secret), CORSAC_OK);
        cr_expect_arr_eq(made.bytes, wanted, 32);
    }
}

Test(key, the_text_is_that_of_rfc_8410) // RFC 8410 10.1 and 10.3, the same key
{
    static const char PUBLIC[] = "-----BEGIN PUBLIC KEY-----\n"
                                 "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
                                 "-----END PUBLIC KEY-----\n";
    static const char SECRET[] =
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
        "-----END PRIVATE KEY-----\n";
    corsac_sign_secret_key secret;
    corsac_sign_public_key read, derived;
    char text[CORSAC_SIGN_PEM_BYTES];
    cr_assert_eq(corsac_sign_secret_read(&secret, str(SECRET)), CORSAC_OK);
    cr_assert_eq(corsac_sign_public_read(&read, str(PUBLIC)), CORSAC_OK);
    cr_assert_eq(corsac_sign_key_public(&derived, &secret), CORSAC_OK);
    cr_expect_arr_eq(derived.bytes, read.bytes, 32);
    cr_expect_eq(corsac_sign_public_write(text, sizeof(text), &read), CORSAC_OK);
    cr_expect_str_eq(text, PUBLIC);
    cr_expect_eq(corsac_sign_secret_write(text, sizeof(text), &secret), CORSAC_OK);
    cr_expect_str_eq(text, SECRET);
    cr_expect_eq(corsac_sign_secret_write(text, sizeof(text) - 1, &secret), CORSAC_E_LIMIT);
    corsac_sign_key_wipe(&secret);
    cr_expect_eq(secret.seed[0], 0);
}

Test(key, text_that_is_no_such_key_is_refused) // sign.h
{
    static const char *const WRONG[] = {
        "",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
        /* one character less, one more */
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZu=\n"
        "-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuEA\n"
        "-----END PUBLIC KEY-----\n",
        /* X25519 (1.3.101.110) is not Ed25519 (1.3.101.112) */
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
        "-----END PUBLIC KEY-----\n",
        /* two keys; something before it; something that is not base64 */
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
        "-----END PUBLIC KEY-----\n-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
        "-----END PUBLIC KEY-----\n",
        "x-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
        "-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9E!WmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
        "-----END PUBLIC KEY-----\n",
    };
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        corsac_sign_public_key key = {{0x5A}}, before = key;
        corsac_sign_secret_key secret;
        cr_expect_eq(corsac_sign_public_read(&key, str(WRONG[i])), CORSAC_E_ARGUMENT, "%zu", i);
        cr_expect_arr_eq(key.bytes, before.bytes, 32, "%zu: nothing is written", i);
        cr_expect_eq(corsac_sign_secret_read(&secret, str(WRONG[i])), CORSAC_E_ARGUMENT, "%zu", i);
    }
    cr_expect_eq(corsac_sign_public_read(NULL, str("")), CORSAC_E_ARGUMENT);
}

Test(key, two_new_keys_differ) // sign.h
{
    corsac_sign_secret_key a, b;
    corsac_sign_public_key key;
    corsac_sign_key_id id;
    cr_assert_eq(corsac_sign_key_generate(&a), CORSAC_OK);
    cr_assert_eq(corsac_sign_key_generate(&b), CORSAC_OK);
    cr_expect_arr_neq(a.seed, b.seed, 32);
    cr_expect_eq(corsac_sign_key_generate(NULL), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_sign_key_public(NULL, &a), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_sign_key_public(&key, NULL), CORSAC_E_ARGUMENT);
    cr_expect_eq(corsac_sign_key_name(&id, NULL), CORSAC_E_ARGUMENT);
}
