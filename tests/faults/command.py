#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets memory and system calls fail under every verb of the command, and kills it between any two steps.

Usage: command.py CORSAC [--preload SHIM] [--every N] [--json FILE] allocations|calls|kills...

allocations  fails the n-th allocation, once and from there on (LD_PRELOAD of SHIM)
calls        fails the n-th call of each kind of system call once (strace --inject), and interrupts it (EINTR)
kills        kills the command before its n-th call of each kind while it replaces a file

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

# name: arguments, the file that is written if there is one
VERBS = {
    "compile": (["compile", "src", "-o", "out"], "out"),
    "compile-over": (["compile", "src", "-o", "image"], "image"),
    "compile-stdout": (["compile", "-q", "src", "-o", "-"], None),
    "compile-stats": (["compile", "-q", "src", "-o", "out", "--stats"], "out"),
    "check": (["check", "src"], None),
    "check-json": (["check", "-o", "json", "src"], None),
    "eval": (["eval", "-p", "src", *ASK], None),
    "eval-image": (["eval", "-p", "image", "--trusted", *ASK], None),
    "eval-requests": (["eval", "-p", "image", "--requests", "requests.jsonl"], None),
    "inspect": (["inspect", "image"], None),
    "inspect-json": (["inspect", "-o", "json", "image"], None),
    "inspect-stage": (["inspect", "--stage", "lower", "src"], None),
    "help": (["help", "eval"], None),
    "version": (["version"], None),
    "completion": (["completion", "bash"], None),
}
SIGNING = {
    "keygen": (["keygen", "-o", "new"], None),  # two files: both or none, even if the last message fails
    "sign": (["sign", "image", "--key", "key"], "image.sig"),
    "verify": (["verify", "image", "--require-signature", "key.pub"], None),
}
WRITERS = ["compile", "compile-over", "sign"]
# Calls by which the command touches files and memory. Not brk: the kernel never answers it with an error number, so
# that an injected one is nothing that happens; allocations fail by the shim instead.
CALLS = ["openat", "read", "pread64", "write", "fsync", "rename", "close", "newfstatat", "fchmod", "getdents64", "mmap"]
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
        if subprocess.run([self.corsac, "keygen", "-q", "-o", "key"], cwd=self.ready, capture_output=True).returncode == 0:
            self.must("sign", "-q", "image", "--key", "key", "--serial", "5")
            self.verbs.update(SIGNING)

    def must(self, *arguments):
        subprocess.run([self.corsac, *arguments], cwd=self.ready, check=True, capture_output=True)

    def fresh(self):
        work = self.base / "work"
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(self.ready, work)
        return work

    def run(self, verb, before=(), environment=()):
        """(exit code, stdout, stderr, files by name)"""
        work = self.fresh()
        done = subprocess.run([*before, self.corsac, *self.verbs[verb][0]], cwd=work, capture_output=True, timeout=120,
                              stdin=subprocess.DEVNULL, env={**os.environ, **dict(environment), "LC_ALL": "C"})
        files = {str(p.relative_to(work)): p.read_bytes() for p in sorted(work.rglob("*")) if p.is_file()}
        return done.returncode, done.stdout, done.stderr, files

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
        before = {str(p.relative_to(self.ready)): p.read_bytes() for p in self.ready.rglob("*") if p.is_file()}
        if verb == "keygen":
            if ("new" in files) != ("new.pub" in files):
                self.report(verb, what, "half a pair of keys", stderr)
            files = {name: text for name, text in files.items() if name not in ("new", "new.pub")}
        for name in files.keys() | before.keys():
            if name == self.verbs[verb][1]:
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
        points = 0
        for verb in self.verbs:
            golden, loader, all_calls = self.calls_of(verb)
            for kind in sorted(all_calls.keys() & set(CALLS)):
                for n in range(loader[kind] + 1, all_calls[kind] + 1):
                    points += 1
                    for error in ("ENOSPC" if kind == "write" else "EIO", "ENOMEM"):
                        # what cannot be written cannot be explained on a closed standard error either
                        self.judge(verb, f"{kind} {n}: {error}", golden, self.inject(verb, kind, n, f"error={error}"),
                                   silent=kind == "write")
                    if kind in ("read", "pread64", "write", "openat"):
                        got = self.inject(verb, kind, n, "error=EINTR")
                        self.judge(verb, f"{kind} {n}: EINTR", golden, got, silent=kind == "write")
                        if kind in ("read", "pread64") and got[0] != 0:
                            self.report(verb, f"{kind} {n}: EINTR", "was not repeated", got[2])
        return {"verbs": len(self.verbs), "calls": points}

    def kills(self, _every):
        points = 0
        for verb in [verb for verb in WRITERS if verb in self.verbs]:
            golden, loader, all_calls = self.calls_of(verb)
            for kind in sorted(all_calls - collections.Counter(["exit_group", "execve"])):
                for n in range(loader[kind] + 1, all_calls[kind] + 1):
                    points += 1
                    self.kill(verb, kind, n, golden)
        return {"writers": sum(verb in self.verbs for verb in WRITERS), "kills": points}

    def kill(self, verb, kind, n, golden):
        code, _, stderr, files = self.inject(verb, kind, n, "signal=KILL")
        self.counts["runs"] += 1
        if code != -9:
            return self.report(verb, f"{kind} {n}", f"was not killed: {code}", stderr)
        self.counts["killed"] += 1
        target = self.verbs[verb][1]
        before = self.ready / target
        old = before.read_bytes() if before.exists() else None
        if files.get(target) == golden[3][target]:
            self.counts["new file in place"] += 1
        elif files.get(target) == old:
            self.counts["old file in place"] += 1
        else:
            self.report(verb, f"{kind} {n}", f"{target} is neither the old nor the new one", stderr)
        again = subprocess.run([self.corsac, *self.verbs[verb][0]], cwd=self.base / "work", capture_output=True)
        if again.returncode != 0 or (self.base / "work" / target).read_bytes() != golden[3][target]:
            self.report(verb, f"{kind} {n}", "the next run did not succeed", again.stderr)


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
    parser.add_argument("--json")
    options = parser.parse_args()
    if {"calls", "kills"} & set(options.modes) and not strace_works():
        print("skipped: strace is missing or may not trace")
        sys.exit(77)
    figures, wrong = {}, 0
    for mode in options.modes:
        bench = Bench(options.corsac, options.preload)
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
