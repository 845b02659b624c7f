# SPDX-License-Identifier: Apache-2.0
# CTest's LastTest.log -> "passed failed skipped". A Criterion program counts each of its tests, and so does a
# program that prints such a line, with what it skipped; any other counts as one.
function close_test() {
    if (!open) return
    if (skipped_here) skipped++
    else if (tested > 0) {
        passed += passing
        failed += tested - passing
        if (!fine && tested == passing) failed++
    } else if (fine) passed++
    else failed++
    open = 0
}
/^[0-9]+\/[0-9]+ Testing: / { close_test(); open = 1; tested = passing = fine = skipped_here = 0 }
/Synthesis: Tested:/ {
    line = $0
    gsub(/\033\[[0-9;]*m/, "", line)
    match(line, /Tested: [0-9]+/); tested += substr(line, RSTART + 8, RLENGTH - 8)
    match(line, /Passing: [0-9]+/); passing += substr(line, RSTART + 9, RLENGTH - 9)
    if (match(line, /Skipped: [0-9]+/)) skipped += substr(line, RSTART + 9, RLENGTH - 9)
}
/^Test Passed\.$/ { fine = 1 }
/^Test Skipped|^Test Not Run|SKIP_RETURN_CODE/ { skipped_here = 1 }
END { close_test(); printf "%d %d %d\n", passed, failed, skipped }
