# The commands of every day. The first two need nothing but Python 3.11, pip and make.

PYTHON ?= $(shell for p in python3.11 python3; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
INSTALL := PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt $(BIN)/pip install -q --disable-pip-version-check -c constraints.txt
COMPILE := $(BIN)/python -m compileall -q flows && $(BIN)/python -c 'import flows.intake.machine'

.PHONY: help census test lint format docs bench constraints clean
.DEFAULT_GOAL := help

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile | expand -t 18

census: .venv/.runtime ## take the census of data/raw, into data/warehouse
	@$(BIN)/census run

test: .venv/.dev ## run every test (ARGS="tests/rules -k calendar" for some)
	@$(BIN)/pytest -n 2 --dist loadgroup -m "not slow" $(ARGS)

lint: .venv/.dev ## check style, types and imports
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: .venv/.dev ## put the code into its form
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

docs: .venv/.dev ## write docs/tables.md and docs/cli.md anew
	@$(BIN)/python docs/generate.py

bench: .venv/.dev build/peers/.done ## measure against peers, memory, a second worker: writes README's tables (40 minutes, 40 GB)
	@$(BIN)/python tests/bench/table.py --peers-python build/peers/bin/python --readme README.md $(ARGS)

constraints: ## pin the newest versions that go together: writes constraints.txt
	$(PYTHON) -m venv --clear build/pins
	build/pins/bin/pip install -q --disable-pip-version-check '.[dev]' hatchling editables
	{ echo '# The exact version of everything, for `make`. Made by `make constraints`.'; build/pins/bin/pip freeze --exclude taobao-village-census; } > build/constraints.txt
	mv build/constraints.txt constraints.txt

clean: ## remove the environment and caches; results in data/warehouse stay
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment: stamps tell what is installed. `.dev` holds all that `.runtime` does.
.venv/bin/pip:
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11' >&2; exit 1; }
	@echo 'Setting up .venv, once ...'
	@$(PYTHON) -m venv .venv

# What the benchmark's peers run on, apart from all else.
build/peers/.done: tests/bench/peers/requirements.txt | .venv/bin/pip
	@$(PYTHON) -m venv --clear build/peers
	@build/peers/bin/pip install -q --disable-pip-version-check -r $<
	@touch $@

.venv/.runtime: pyproject.toml constraints.txt | .venv/bin/pip
	@$(INSTALL) -e .
	@$(COMPILE)
	@touch $@

.venv/.dev: pyproject.toml constraints.txt | .venv/bin/pip
	@$(INSTALL) -e '.[dev]'
	@$(COMPILE)
	@touch .venv/.runtime $@
