# SPDX-License-Identifier: AGPL-3.0-or-later
"""One target under atheris until libFuzzer's flags say stop: ``python tests/fuzz/drive.py TARGET [FLAGS] FOLDER …``."""

import importlib
import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))

with atheris.instrument_imports(include=["relay", "email", "ipaddress", "yarl"]):
    target = importlib.import_module(f"fuzz.{sys.argv[1]}")

if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target.check)
    atheris.Fuzz()
