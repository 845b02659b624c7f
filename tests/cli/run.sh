#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs one case, or all, against a corsac binary and compares standard output, standard error and the
# exit code byte for byte. Usage: run.sh BINARY [--update] [CASE...]
# A case is a folder under cases/: `cmd` is run by bash in a fresh copy of the folder, with corsac on the
# PATH and the datasets in $DATASETS; `stdout`, `stderr` and `exit` are what it must give (absent: empty, 0).
set -u
here=$(cd "$(dirname "$0")" && pwd)
binary=$(realpath "$1") || exit 2
shift
update=no
[ "${1:-}" = --update ] && { update=yes; shift; }
cases=("$@")
[ ${#cases[@]} -eq 0 ] && mapfile -t cases < <(ls "$here/cases")
[ ${#cases[@]} -gt 0 ] || { echo "no cases"; exit 1; }
work=$(mktemp -d) || exit 2
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$binary" "$work/bin/corsac"
export PATH="$work/bin:$PATH" LC_ALL=C TERM=dumb DATASETS="${here%/tests/cli}/datasets"
unset NO_COLOR

run_case() { # CASE -> $work/got.{stdout,stderr,exit}
    rm -rf "$work/case"
    cp -r "$here/cases/$1" "$work/case"
    (cd "$work/case" && rm -f stdout stderr exit && bash cmd) >"$work/got.stdout" 2>"$work/got.stderr" </dev/null
    echo $? >"$work/got.exit"
}

expect() { # CASE FILE DEFAULT: compares or updates one of the three
    local file="$here/cases/$1/$2"
    if [ $update = yes ]; then
        if [ "$(cat "$work/got.$2")" = "$3" ]; then rm -f "$file"; else cp "$work/got.$2" "$file"; fi
        return 0
    fi
    [ -f "$file" ] || { printf '%s' "${3:+$3$'\n'}" >"$work/default"; file="$work/default"; }
    diff -u --label "expected $2" --label "got $2" "$file" "$work/got.$2"
}

failed=0
for name in "${cases[@]}"; do
    [ -f "$here/cases/$name/cmd" ] || { echo "$name: no such case"; failed=1; continue; }
    run_case "$name"
    result=ok
    for file in stdout stderr; do expect "$name" $file "" || result=FAILED; done
    expect "$name" exit 0 || result=FAILED
    [ $result = ok ] || failed=1
    echo "$result $name"
done
exit $failed
