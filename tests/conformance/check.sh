#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Parity check of a built command: check.sh PATH-TO-CORSAC
# The recorded answers and the published vectors always run; a live Envoy takes part when the
# package index can be reached, and is otherwise reported as skipped with a count.
set -u
[ $# -eq 1 ] || { echo "usage: check.sh PATH-TO-CORSAC" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
code=0
for mode in recorded vectors live; do
    echo "conformance: mode $mode" >&2
    "$python" "$here/run.py" --corsac "$1" --mode "$mode" || code=1
done
exit $code
