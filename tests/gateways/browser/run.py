#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tutorial in a real browser: a frontend on one origin, the API behind nginx on another.

Usage: run.py --module ngx_http_corsac_module.so [--output DIR]
Screenshots stay in DIR/screenshots. Ends with "N passed, N failed, N skipped".
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import policies  # noqa: E402
from steps import STEPS  # noqa: E402
from support.backend import Backend  # noqa: E402
from support.gateway import Gateway  # noqa: E402
from tutorial import Failure, Tutorial  # noqa: E402
from webdriver import Browser  # noqa: E402

PAGES = Path(__file__).resolve().parent / "pages"
NEEDED = ["nginx", "chromium", "chromedriver"]


def run(tutorial):
    """Counts of steps that passed and failed."""
    passed = failed = 0
    for step in STEPS:
        tutorial.name = step.__name__
        try:
            step(tutorial)
            print(f"ok      {step.__name__}", flush=True)
            passed += 1
        except Failure as failure:
            print(f"FAILED  {step.__name__}: {failure}", flush=True)
            failed += 1
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--module", required=True, type=Path)
    parser.add_argument("--output", type=Path, help="folder for screenshots and logs")
    options = parser.parse_args()
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        print(f"skipped: no {', '.join(missing)} here\n0 passed, 0 failed, {len(STEPS)} skipped")
        return 77
    home = options.output or Path(tempfile.mkdtemp(prefix="corsac-tutorial-"))
    shutil.rmtree(home, ignore_errors=True)
    (home / "policies").mkdir(parents=True)
    (home / "screenshots").mkdir()
    (home / "policies" / "policy.yaml").write_text(policies.without_cors())
    backend = Backend()
    with Gateway(home.resolve(), options.module.resolve(), PAGES, backend.port) as gateway, \
            Browser() as browser:
        print(f"Chromium {browser.version}")
        passed, failed = run(Tutorial(browser, gateway, backend, home / "screenshots"))
    backend.close()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
