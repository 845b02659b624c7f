#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# openssl.sh CORSAC SOURCES: keys and signatures against OpenSSL, in both directions. docs/image-format.md F-9.
set -eu
command -v openssl >/dev/null || { echo "skipped: no openssl command"; exit 77; }
corsac=$(realpath "$1") sources=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# statement SIGNATURE_FILE IMAGE: what is signed, put together by other means.
statement() {
    printf 'corsac image signature 1\0\0\0\0\0\0\0\0'
    tail -c +17 "$1" | head -c 24
    openssl dgst -sha512 -binary "$2"
}

"$corsac" compile -q "$sources" -o image

# our key, our signature: OpenSSL reads one and verifies the other
"$corsac" keygen -q -o ours
[ "$(stat -c %a ours)" = 600 ] || { echo "the secret key may be read by others"; exit 1; }
openssl pkey -in ours -pubout | diff ours.pub -
"$corsac" sign -q image --key ours --serial 513
statement image.sig image >said
tail -c 64 image.sig >made
openssl pkeyutl -verify -pubin -inkey ours.pub -rawin -in said -sigfile made
[ "$(tail -c +33 image.sig | head -c 8 | od -An -tx1 | tr -d ' ')" = 0102000000000000 ]
[ "$(openssl pkey -pubin -in ours.pub -outform DER | tail -c 32 | openssl dgst -sha512 -binary | head -c 8 | od -An -tx1)" = \
    "$(tail -c +17 image.sig | head -c 8 | od -An -tx1)" ]

# OpenSSL's key and OpenSSL's signature in our file
openssl genpkey -algorithm ed25519 -out theirs
openssl pkey -in theirs -pubout -out theirs.pub
"$corsac" sign -q image --key theirs
statement image.sig image >said
openssl pkeyutl -sign -inkey theirs -rawin -in said -out made
{ head -c 40 image.sig; cat made; } >by-openssl
cmp image.sig by-openssl
"$corsac" verify -q image --signature by-openssl --require-signature theirs.pub
! "$corsac" verify -q image --signature by-openssl --require-signature ours.pub 2>/dev/null
echo "OpenSSL and corsac agree on keys and signatures"
