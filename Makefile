# SPDX-License-Identifier: AGPL-3.0-or-later
# Everything runs in .venv, made by the first target that needs it from the hash-pinned locks in deploy/.
# Another Python than python3:  make install PYTHON=python3.13

PYTHON ?= python3
WORKERS ?= 2
SEEDS ?= 1000
MINUTES ?= 10
SECONDS ?= 60
BIN = .venv/bin
PIP = $(BIN)/python -m pip -qq --disable-pip-version-check install
PO = relay/locales/fr/LC_MESSAGES/piquet.po
POT = build/piquet.pot

.DEFAULT_GOAL := help
.PHONY: help install demo test simulate soak fuzz bench check lint types layers lock catalogue clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

install: .venv/installed ## install Piquet into .venv, and nothing else
	@echo 'Piquet is installed: $(BIN)/piquet --help'

demo: .venv/installed ## tell a whole strike on this machine; ARGS="--once --json" is passed on
	@$(BIN)/piquet demo $(ARGS)

test: .venv/developed ## run all tests, the real PDS included where it can be had; ARGS is passed to pytest
	@$(BIN)/python tests/pds/install.py || { test -z "$$PIQUET_REQUIRE_REAL" && printf '\n%s\n\n' \
	    '*** SKIPPED: the real Bluesky PDS could not be installed (see above); its tests are skipped. ***'; }
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

simulate: .venv/developed ## a night of seeded trouble: make simulate SEEDS=10000; the last line is JSON
	@$(BIN)/python tests/simulation/run.py --seeds $(SEEDS) $(ARGS)

soak: .venv/developed ## real relays killed again and again: make soak MINUTES=10; the last line is JSON
	@$(BIN)/python tests/soak/run.py --minutes $(MINUTES) $(ARGS)

fuzz: .venv/developed ## hostile bytes for whoever reads a stranger's: make fuzz SECONDS=60 (a target); the last line is JSON
	@$(BIN)/python tests/fuzz/run.py --seconds $(SECONDS) $(ARGS)

bench: .venv/developed ## measure latency, rate and memory on this machine
	@$(BIN)/python tests/bench/run.py $(ARGS)

check: lint types layers ## lint, types and layers

lint: .venv/developed ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/developed ## mypy --strict
	$(BIN)/mypy --strict relay bridges

layers: .venv/developed ## import-linter: which room may see which
	$(BIN)/lint-imports

lock: ## write deploy/requirements*.txt anew from pyproject.toml; ARGS=--upgrade for newer versions
	deploy/lock $(ARGS)

catalogue: .venv/installed ## bring the French catalogue up to date with the code, and compile it
	@mkdir -p $(dir $(POT)) $(dir $(PO))
	$(BIN)/pybabel --quiet extract --no-default-keywords --keyword _ --keyword say:1 --keyword say_n:1,2 \
	    --project Piquet --no-location --sort-output --output $(POT) relay
	$(BIN)/pybabel --quiet update --domain piquet --locale fr --init-missing --no-fuzzy-matching --ignore-obsolete \
	    --ignore-pot-creation-date --input-file $(POT) --output-file $(PO)
	$(BIN)/pybabel --quiet compile --domain piquet --locale fr --input-file $(PO) --output-file $(PO:.po=.mo)

clean: ## remove what the other targets made
	rm -rf .venv build tests/pds/node_modules .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo 'Piquet needs Python 3.11 or later, which "$(PYTHON)" is not; name one:  make install PYTHON=python3.13' >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/installed: .venv/bin/python pyproject.toml deploy/requirements.txt
	@echo 'Installing Piquet into .venv …'
	@$(PIP) --require-hashes --requirement deploy/requirements.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/developed: .venv/installed deploy/requirements-dev.txt
	@echo 'Installing what the tests need …'
	@$(PIP) --require-hashes --requirement deploy/requirements-dev.txt
	@touch $@
