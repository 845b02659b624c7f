# SPDX-License-Identifier: Apache-2.0
# CTest's LastTest.log -> "passed failed skipped". A Criterion program counts each of its tests, and so does a
# program that ends in "N passed, N failed, N skipped"; any other counts as one.
function close_test() {
    if (!open) return
    if (skipped_here) skipped += named > 0 ? named : 1
    else if (tested > 0) {
        skipped += named
        passed += passing
        failed += tested - passing
        if (!fine && tested == passing) failed++
    } else if (fine) passed++
    else failed++
    open = 0
}
/^[0-9]+\/[0-9]+ Testing: / { close_test(); open = 1; tested = passing = fine = skipped_here = named = 0 }
/Synthesis: Tested:/ {
    line = $0
    gsub(/\033\[[0-9;]*m/, "", line)
    match(line, /Tested: [0-9]+/); tested += substr(line, RSTART + 8, RLENGTH - 8)
    match(line, /Passing: [0-9]+/); passing += substr(line, RSTART + 9, RLENGTH - 9)
}
/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { tested += $1 + $3; passing += $1; named += $5 }
/^Test Passed\.$/ { fine = 1 }
/^Test Skipped|^Test Not Run|SKIP_RETURN_CODE/ { skipped_here = 1 }
END { close_test(); printf "%d %d %d\n", passed, failed, skipped }
