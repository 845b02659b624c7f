#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every diagnostic code of the compiler is in docs/diagnostics.md, and every code there exists.
# usage: check_codes.sh SOURCE_DIR
set -eu
cd "$1"
documented=$(mktemp)
used=$(mktemp)
trap 'rm -f "$documented" "$used"' EXIT
sed -n 's/^| `\([a-z0-9-]*\)`.*/\1/p' docs/diagnostics.md | sort -u > "$documented"
# A code stands before its clause, or in the table of regex errors.
cat compiler/read/*.c compiler/decode/*.c compiler/resolve/*.c compiler/regex/error.c compiler/driver.c |
    tr '\n' ' ' | grep -oE '"[a-z][a-z0-9]*(-[a-z0-9]+)+", +"([A-Z]-[0-9]+)?"|= "regex-[a-z0-9-]+"' |
    grep -oE '"[a-z][a-z0-9-]*"' | tr -d '"' | grep -vx 'regex-ok' | sort -u > "$used"
missing=$(comm -13 "$documented" "$used")
status=0
if [ -n "$missing" ]; then
    printf 'not in docs/diagnostics.md:\n%s\n' "$missing"
    status=1
fi
while read -r code; do
    if ! grep -rqF "\"$code\"" compiler; then
        echo "in docs/diagnostics.md, but nowhere in compiler/: $code"
        status=1
    fi
done < "$documented"
exit $status
