#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Answers a dataset's requests and compares every line: compare_dataset.sh BINARY FOLDER
set -u -o pipefail
"$1" eval -q -p "$2/policies.yaml" --requests "$2/requests.jsonl" | diff -u "$2/expected.jsonl" -
