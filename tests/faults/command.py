#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets memory and system calls fail under every verb of the command, and kills it between any two steps.

Usage: command.py CORSAC [--preload SHIM] [--every N] [--without VERB] [--json FILE] allocations|calls|kills...

allocations  fails the n-th allocation, once and from there on (LD_PRELOAD of SHIM)
calls        fails each system call once (strace --inject), of whatever kind, and interrupts it (EINTR)
kills        kills the command before each system call of each verb that writes a file

Which verbs there are, and which of their options name files, is compared with the command's help; which system calls
there are is read from a trace: what is new fails here until it has a row, or fails as the others do.

Whatever fails, the command must end by itself with a documented exit code and a message. Exit code 0 means that
its output is what it always is. A file that was to be replaced is the old one or the new one, whole; no temporary
file is left unless the command was killed, and after a kill the same command succeeds.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import typing

POLICY = """apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: v, namespace: ns}
spec:
  hosts: [a.com]
  gateways: [g]
  http:
  - match: [{uri: {prefix: /}, headers: {x: {regex: 'a+b?'}}}]
    route: [{destination: {host: x}}]
    corsPolicy: {allowOrigins: [{exact: 'https://a.com'}, {regex: 'https://[a-z]+(x|yz)+'}], maxAge: 5m}
  - route: [{destination: {host: x}}]
    corsPolicy: {allowOrigins: [{prefix: 'https://b'}]}
"""
REQUESTS = '{"id": 1, "authority": "a.com", "path": "/", "headers": [["origin", "https://a.com"], ["x", "ab"]]}\n'
ASK = ["--host", "a.com", "--path", "/", "--origin", "https://b.com"]



class Verb(typing.NamedTuple):
    arguments: list
    writes: str = None  # the file that is made or replaced
    stdin: str = None


# Every verb, every way by which it names a file; check_complete() compares with what the command's help says.
VERBS = {
    "compile": Verb(["compile", "src", "-o", "out"], "out"),
    "compile-over": Verb(["compile", "src", "-o", "image"], "image"),
    "compile-link": Verb(["compile", "src", "-o", "link"], "image"),
    "compile-stdin": Verb(["compile", "-", "-o", "out"], "out", "src/policy.yaml"),
    "compile-stdout": Verb(["compile", "-q", "src", "-o", "-"]),
    "compile-stats": Verb(["compile", "-q", "src", "-o", "out", "--stats"], "out"),
    "check": Verb(["check", "src"]),
    "check-json": Verb(["check", "-o", "json", "src"]),
    "eval": Verb(["eval", "-p", "src", *ASK]),
    "eval-image": Verb(["eval", "-p", "image", "--trusted", *ASK]),
    "eval-requests": Verb(["eval", "-p", "image", "--requests", "requests.jsonl"]),
    "eval-stdin": Verb(["eval", "-p", "image", "--requests", "-"], None, "requests.jsonl"),
    "inspect": Verb(["inspect", "image"]),
    "inspect-json": Verb(["inspect", "-o", "json", "image"]),
    "inspect-stage": Verb(["inspect", "--stage", "lower", "src"]),
    "bench": Verb(["bench", "-p", "src", "--seconds", "1", "--requests", "requests.jsonl"]),
    "help": Verb(["help", "eval"]),
    "version": Verb(["version"]),
    "completion": Verb(["completion", "bash"]),
}
TRUST = ["--require-signature", "key.pub"]
TRUST_OTHER = [*TRUST, "--signature", "other.sig"]
SIGNING = {
    "keygen": Verb(["keygen", "-o", "new"]),  # two files: both or none, even if the last message fails
    "sign": Verb(["sign", "image", "--key", "key"], "image.sig"),
    "sign-to": Verb(["sign", "image", "--key", "key", "--signature", "new.sig"], "new.sig"),
    "verify": Verb(["verify", "image", *TRUST]),
    "verify-other": Verb(["verify", "image", *TRUST_OTHER]),
    "eval-signed": Verb(["eval", "-p", "image", *TRUST, *ASK]),
    "eval-signed-other": Verb(["eval", "-p", "image", *TRUST_OTHER, *ASK]),
    "inspect-signed": Verb(["inspect", "image", *TRUST_OTHER]),
    "bench-signed": Verb(["bench", "-p", "image", "--seconds", "1", *TRUST_OTHER]),
}
FILE_OPTION = re.compile(r"^ +(?:-\w, )?(--[a-z-]+) (?:FILE|POLICY|PUBLIC_KEY) ", re.M)
# All system calls that a verb makes fail in turn, whatever they are, but for these.
NEVER_FAIL = {
    "alarm": "has no error", "umask": "has no error", "exit_group": "does not return",
    "brk": "answers with an address, never with an error number; allocations fail by the shim",
}
# Where the kernel's errors are few. A kernel without getrandom has none at all: the first call says so for all.
OWN_ERRORS = {"write": ("ENOSPC", "ENOMEM"), "getrandom": ()}
ENDS = {0: "unharmed", 1: "refused", 3: "refused", 4: "refused"}
LOADED = re.compile(r"^munmap\(")  # the loader's last call: it lets its cache go


class Bench:
    def __init__(self, corsac, preload):
        self.corsac, self.preload = str(pathlib.Path(corsac).resolve()), preload and str(pathlib.Path(preload).resolve())
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="corsac-faults-"))
        self.ready = self.base / "ready"
        self.verbs = dict(VERBS)
        self.counts = collections.Counter()
        self.wrong = []
        self.prepare()

    def prepare(self):
        (self.ready / "src").mkdir(parents=True)
        (self.ready / "src/old.yaml").write_text(POLICY.replace("maxAge: 5m", "maxAge: 7m"))
        self.must("compile", "-q", "src", "-o", "image")
        (self.ready / "src/old.yaml").unlink()
        (self.ready / "src/policy.yaml").write_text(POLICY)
        (self.ready / "requests.jsonl").write_text(REQUESTS)
        (self.ready / "link").symlink_to("image")
        if subprocess.run([self.corsac, "keygen", "-q", "-o", "key"], cwd=self.ready, capture_output=True).returncode == 0:
            self.must("sign", "-q", "image", "--key", "key", "--serial", "5")
            self.must("sign", "-q", "image", "--key", "key", "--serial", "6", "--signature", "other.sig")
            self.verbs.update(SIGNING)
        self.check_complete()

    def check_complete(self):
        """Each verb that the help lists has a row, each option that names a file is in a row of its verb."""
        listed = re.findall(r"^  ([a-z]+) +[a-z]", self.must("help"), re.M)
        words = collections.defaultdict(set)
        for row in (VERBS | SIGNING).values():
            words[row.arguments[0]].update("--policy-source" if word == "-p" else word for word in row.arguments)
        missing = sorted(set(listed) - words.keys())
        missing += [f"{verb} {option}" for verb in listed for option in FILE_OPTION.findall(self.must("help", verb))
                    if option not in words[verb]]
        assert len(listed) > 5 and not missing, f"no row for {missing}"

    def must(self, *arguments):
        return subprocess.run([self.corsac, *arguments], cwd=self.ready, check=True, capture_output=True, text=True).stdout

    def fresh(self):
        work = self.base / "work"
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(self.ready, work, symlinks=True)
        return work

    @staticmethod
    def files(folder):
        """What is there, by name; of a link, where it leads."""
        return {str(p.relative_to(folder)): os.readlink(p).encode() if p.is_symlink() else p.read_bytes()
                for p in sorted(folder.rglob("*")) if p.is_symlink() or p.is_file()}

    def run(self, verb, before=(), environment=()):
        """(exit code, stdout, stderr, files by name)"""
        work = self.fresh()
        row = self.verbs[verb]
        with open(work / row.stdin if row.stdin else os.devnull, "rb") as stdin:
            done = subprocess.run([*before, self.corsac, *row.arguments], cwd=work, capture_output=True, timeout=300,
                                  stdin=stdin, env={**os.environ, **dict(environment), "LC_ALL": "C"})
        measures = row.arguments[0] == "bench" or "--stats" in row.arguments
        stdout = re.sub(rb"\d+", b"N", done.stdout) if measures else done.stdout
        return done.returncode, stdout, done.stderr, self.files(work)

    def report(self, verb, what, why, stderr):
        self.wrong.append(f"{verb}: {what}: {why}: {stderr.decode(errors='replace').strip()[-300:]}")
        print(self.wrong[-1])

    def judge(self, verb, what, golden, got, silent=False):
        """Counts one run that may have failed."""
        code, stdout, stderr, files = got
        self.counts["runs"] += 1
        if code < 0 or code >= 128:
            return self.report(verb, what, f"died of signal {code}", stderr)
        if code not in ENDS:
            return self.report(verb, what, f"exit code {code}", stderr)
        self.counts[ENDS[code]] += 1
        if code == 0:
            if (stdout, files) != (golden[1], golden[3]) and verb != "keygen":
                self.report(verb, what, "success, but other output", stderr)
        elif not stderr.strip() and not silent:
            self.report(verb, what, "no message", stderr)
        self.judge_files(verb, what, golden, files, stderr, code != 0)

    def judge_files(self, verb, what, golden, files, stderr, failed):
        before = self.files(self.ready)
        if verb == "keygen":
            if ("new" in files) != ("new.pub" in files):
                self.report(verb, what, "half a pair of keys", stderr)
            files = {name: text for name, text in files.items() if name not in ("new", "new.pub")}
        for name in files.keys() | before.keys():
            if name == self.verbs[verb].writes:
                if files.get(name) not in (before.get(name), golden[3].get(name)):
                    self.report(verb, what, f"{name} is neither the old nor the new one", stderr)
            elif name in before or failed:
                if files.get(name) != before.get(name):
                    self.report(verb, what, f"{name} was changed or left behind", stderr)

    # ---- memory ---------------------------------------------------------------------------------

    def allocations(self, every):
        total = 0
        for verb in self.verbs:
            count_file = self.base / "count"
            shim = [("LD_PRELOAD", self.preload)]
            golden = self.run(verb, environment=[*shim, ("FAULT_COUNT", str(count_file))])
            assert golden[0] == 0, (verb, golden[:3])
            count = int(count_file.read_text())
            total += count
            for n in range(1, count + 1, every):
                for onward in ([], [("FAULT_ONWARD", "1")]):
                    got = self.run(verb, environment=[*shim, ("FAULT_ALLOCATION", str(n)), *onward])
                    # stdio takes its buffers from the heap too: with none left not even a message gets out
                    self.judge(verb, f"allocation {n}{' and all after it' if onward else ''}", golden, got, bool(onward))
            print(f"  {verb}: {count} allocations", flush=True)
        return {"verbs": len(self.verbs), "allocations": total}

    # ---- system calls ---------------------------------------------------------------------------

    def calls_of(self, verb):
        """For each kind of call: how many the loader makes, and how many there are in all."""
        log = self.base / "strace"
        golden = self.run(verb, ["strace", "-qq", "-o", str(log)])
        assert golden[0] == 0, (verb, golden[:3])
        lines = [line for line in log.read_text(errors="replace").splitlines() if re.match(r"^[a-z0-9_]+\(", line)]
        loaded = next(i for i, line in enumerate(lines) if LOADED.match(line))
        kinds = [line.split("(")[0] for line in lines]
        return golden, collections.Counter(kinds[:loaded + 1]), collections.Counter(kinds)

    def inject(self, verb, kind, n, what):
        return self.run(verb, ["strace", "-qq", "-o", "/dev/null", "-e", f"inject={kind}:{what}:when={n}"])

    def calls(self, _every):
        points, kinds = 0, set()
        for verb in self.verbs:
            golden, loader, all_calls = self.calls_of(verb)
            for kind in sorted(all_calls.keys() - NEVER_FAIL.keys()):
                for n in range(loader[kind] + 1, all_calls[kind] + 1):
                    points += 1
                    kinds.add(kind)
                    self.fail_call(verb, kind, n, golden)
            self.judge(verb, "getrandom: ENOSYS", golden, self.inject(verb, "getrandom", "1+", "error=ENOSYS"))
        return {"verbs": len(self.verbs), "calls": points, "kinds of calls": ", ".join(sorted(kinds))}

    def fail_call(self, verb, kind, n, golden):
        # what cannot be written cannot be explained on a closed standard error either
        silent = kind == "write"
        for error in OWN_ERRORS.get(kind, ("EIO", "ENOMEM")):
            self.judge(verb, f"{kind} {n}: {error}", golden, self.inject(verb, kind, n, f"error={error}"), silent)
        got = self.inject(verb, kind, n, "error=EINTR")
        self.judge(verb, f"{kind} {n}: EINTR", golden, got, silent)
        if kind in ("read", "pread64") and got[0] != 0:
            self.report(verb, f"{kind} {n}: EINTR", "was not repeated", got[2])

    def kills(self, _every):
        points = 0
        writers = [verb for verb, row in self.verbs.items() if row.writes or verb == "keygen"]
        for verb in writers:
            golden, loader, all_calls = self.calls_of(verb)
            for kind in sorted(all_calls.keys() - {"exit_group", "execve"}):
                for n in range(loader[kind] + 1, all_calls[kind] + 1):
                    points += 1
                    self.kill(verb, kind, n, golden)
        return {"writers": len(writers), "kills": points}

    def kill(self, verb, kind, n, golden):
        code, _, stderr, files = self.inject(verb, kind, n, "signal=KILL")
        self.counts["runs"] += 1
        if code == 0 and kind == "getrandom":  # mkstemp draws again, once in a while, for want of bias
            self.counts["not reached"] += 1
            return None
        if code != -9:
            return self.report(verb, f"{kind} {n}", f"was not killed: {code}", stderr)
        self.counts["killed"] += 1
        if verb == "keygen":
            return self.judge_keys(f"{kind} {n}", files)
        target = self.verbs[verb].writes
        if files.get(target) == golden[3][target]:
            self.counts["new file in place"] += 1
        elif files.get(target) == self.files(self.ready).get(target):
            self.counts["old file in place"] += 1
        else:
            self.report(verb, f"{kind} {n}", f"{target} is neither the old nor the new one", stderr)
        row, work = self.verbs[verb], self.base / "work"
        with open(work / row.stdin if row.stdin else os.devnull, "rb") as stdin:
            again = subprocess.run([self.corsac, *row.arguments], cwd=work, capture_output=True, stdin=stdin)
        if again.returncode != 0 or self.files(work)[target] != golden[3][target]:
            self.report(verb, f"{kind} {n}", "the next run did not succeed", again.stderr)

    def judge_keys(self, what, files):
        """Each key is whole or not there; one that is there is never written over, so the next run may be refused."""
        work = self.base / "work"
        steps = {"new": ["sign", "image", "--key", "new"], "new.pub": ["verify", "image", "--require-signature", "new.pub"]}
        if "new" not in files:
            steps = {} if "new.pub" not in files else {"new.pub": ["a public key without its secret one"]}
        for name, arguments in steps.items():
            if name not in files:
                continue
            done = subprocess.run([self.corsac, *arguments], cwd=work, capture_output=True)
            if done.returncode != 0:
                self.report("keygen", what, f"{name} is not whole", done.stderr)
        self.counts["new file in place" if "new.pub" in files else "old file in place"] += 1
        again = subprocess.run([self.corsac, "keygen", "-q", "-o", "new"], cwd=work, capture_output=True)
        if (again.returncode == 0) != ("new" not in files):
            self.report("keygen", what, f"the next run ended with {again.returncode}", again.stderr)


def strace_works():
    try:
        return subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("corsac")
    parser.add_argument("modes", nargs="+", choices=["allocations", "calls", "kills"])
    parser.add_argument("--preload")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--without", help="leave out the rows of a verb")
    parser.add_argument("--json")
    options = parser.parse_args()
    if {"calls", "kills"} & set(options.modes) and not strace_works():
        print("skipped: strace is missing or may not trace")
        sys.exit(77)
    figures, wrong = {}, 0
    for mode in options.modes:
        bench = Bench(options.corsac, options.preload)
        left_out = [name for name, row in bench.verbs.items() if row.arguments[0] == options.without]
        if left_out:
            print("left out here:", ", ".join(left_out), flush=True)
        bench.verbs = {name: row for name, row in bench.verbs.items() if name not in left_out}
        points = getattr(bench, mode)(options.every)
        figures[mode] = {**points, **dict(sorted(bench.counts.items())), "wrong": len(bench.wrong)}
        print(f"{mode}: " + ", ".join(f"{value} {key}" for key, value in figures[mode].items()), flush=True)
        wrong += len(bench.wrong)
        shutil.rmtree(bench.base)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(figures, indent=1) + "\n")
    sys.exit(wrong != 0)


if __name__ == "__main__":
    main()
