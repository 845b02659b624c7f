#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Model-checks the publication protocol with Spin, then makes sure that the model can fail: both mutants must be
# found. Needs spin and a C compiler; exit 77 (skipped, said aloud) without spin.
set -eu
model=$(cd "$(dirname "$0")" && pwd)/publish.pml
if ! command -v spin >/dev/null 2>&1; then
    echo "model check SKIPPED: spin is not installed" >&2
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

errors_with() { # errors_with MUTANT: the number of errors Spin reports
    spin -DMUTANT="$1" -a "$model" >/dev/null
    "${CC:-cc}" -O2 -DSAFETY -DCOLLAPSE -o pan pan.c 2>/dev/null
    ./pan -m200000 >out 2>&1
    grep -q 'max search depth too small' out && { echo "search was cut short" >&2; exit 1; }
    sed -n 's/.*errors: \([0-9]*\).*/\1/p' out
}

protocol=$(errors_with 0)
states=$(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' out)
no_recheck=$(errors_with 1)
no_scan=$(errors_with 2)
echo "publish protocol: $protocol errors in $states states; mutants found: re-check dropped $no_recheck, slots ignored $no_scan"
[ "$protocol" = 0 ] && [ "$no_recheck" = 1 ] && [ "$no_scan" = 1 ]
