# SPDX-License-Identifier: Apache-2.0
"""Counts of a run and the differences it met.  Standard library only."""

import collections
import sys

import compare

KEPT = 200


class Tally:
    """Pairs, outcomes, clauses, skips and differences."""

    def __init__(self):
        self.pairs, self.different = 0, 0
        self.outcomes, self.clauses, self.skips = collections.Counter(), collections.Counter(), collections.Counter()
        self.fields = collections.Counter()
        self.kept = []

    def pair(self, outcome, clauses, found, case, number):
        self.pairs += 1
        self.outcomes[outcome] += 1
        self.clauses.update(clauses)
        if found:
            self.different += 1
            self.fields[found[0][0]] += 1
            if len(self.kept) < KEPT:
                self.kept.append((found, case, number))

    def skip(self, why, count=1):
        self.skips[why] += count

    def families(self):
        """Pairs per clause family; a pair counts once per clause it exercises."""
        out = collections.Counter()
        for clause, count in self.clauses.items():
            out[clause.split("-")[0]] += count
        return out

    def signatures(self):
        """One kept difference per kind: the field and both outcomes decide the kind."""
        seen = {}
        for found, case, number in self.kept:
            field, theirs, ours = found[0]
            kind = (field, str(theirs) if field == "outcome" else "", str(ours) if field == "outcome" else "")
            seen.setdefault(kind, (found, case, number))
        return seen

    def last_line(self):
        return f"conformance: {self.pairs} pairs, {self.different} differences, {sum(self.skips.values())} skipped"


def explain(found, case, number, out=sys.stderr):
    """Print one difference with what is needed to see it again."""
    request = case.requests[number]
    print(f"\n--- difference in world {case.seed}, request {number}" + (" (BASE path normalisation)" if case.normalize else ""), file=out)
    for field, theirs, ours in found:
        print(f"  {field}:\n    envoy   {theirs}\n    corsac  {ours}", file=out)
    print("  request: " + compare.input_line(request), file=out)
    print("  upstream variant: " + str(request["up"]), file=out)
    print("  documents:", file=out)
    for line in case.text.splitlines():
        print("    " + line, file=out)
    out.flush()
