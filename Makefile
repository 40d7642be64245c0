# make run    everything on a machine with only Python ≥ 3.11: installed, built, migrated, demo company, started
# make test   linters, types, import order, the suite on SQLite and PostgreSQL, browser tests
# make help   the rest

PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
# How large a register `make bench` measures on.
CUSTOMERS ?= 100000
# Test processes that run side by side.
JOBS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup

.DEFAULT_GOAL := help
.PHONY: help run test install install-dev assets translations prepare lint format types layers check-locks \
	check-translations test-sqlite test-postgres lock query-counts reference bench clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 22

run: install assets translations ## start Kezhi (PORT=8000 HOST=127.0.0.1); the first start loads the demo company (DEMO=no: none)
	@DEMO=$(DEMO) $(BIN)/python tools/prepare.py
	@exec $(BIN)/kezhi up --host $(HOST) --port $(PORT)

test: install-dev assets translations ## everything a change must pass
	@$(BIN)/python tools/test.py --jobs $(JOBS)

# --- installing --------------------------------------------------------------

install: $(STAMPS)/installed
install-dev: $(STAMPS)/installed-dev

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Kezhi needs Python 3.11 or newer; name one with: make PYTHON=python3.12"; exit 1; }
	@echo "Making the environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(STAMPS)/installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what requirements.lock names …"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/installed-dev: requirements-dev.lock $(STAMPS)/installed
	@echo "Installing what requirements-dev.lock names …"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

assets: install ## bundle CSS and JavaScript (skipped when nothing changed)
	@$(BIN)/python tools/build_assets.py

translations: install ## compile the English catalogues (skipped when nothing changed)
	@$(BIN)/python tools/translations.py compile

# --- checking, one by one ----------------------------------------------------

lint: install-dev ## ruff: format and lint
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

format: install-dev ## let ruff put the code in order
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: install-dev ## mypy --strict
	@$(BIN)/mypy

layers: install-dev ## imports run down, never up
	@$(BIN)/lint-imports --no-cache

check-translations: install-dev ## both languages complete
	@$(BIN)/python tools/translations.py check

check-locks: ## the lock files name no address
	@$(BIN)/python tools/check_locks.py

test-sqlite: install-dev assets translations ## the suite on SQLite, browser tests included
	@$(PYTEST)

test-postgres: install-dev assets translations ## the suite on a real PostgreSQL
	@$(PYTEST) -p tests.postgres_plugin -m "not browser"

query-counts: install-dev translations ## write the measured query counts of the pages, to be looked at in the diff
	@$(BIN)/python -m pytest -m "not browser" --update-query-counts
	@$(BIN)/python -m pytest -m "not browser" --update-query-counts -p tests.postgres_plugin

bench: install assets translations ## measure the real server on a large register (CUSTOMERS=100000); docs/performance.md
	@$(BIN)/kezhi bench --customers $(CUSTOMERS)

reference: install-dev translations ## write docs/ pages that follow from the code: figures, events, record types
	@$(BIN)/python tools/reference.py

# --- looking after -----------------------------------------------------------

COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate

lock: ## take the newest versions that fit into the lock files
	@$(COMPILE) --upgrade --group build --output-file requirements.lock
	@$(COMPILE) --upgrade --group build --group dev --constraint requirements.lock --output-file requirements-dev.lock
	@$(BIN)/python tools/build_assets.py --lock
	@$(BIN)/python tools/check_locks.py

clean: ## remove what was built (not the environment, not the data)
	@rm -rf build dist kezhi/ui/static/ui/dist .mypy_cache .ruff_cache .pytest_cache
	@find kezhi -name '*.mo' -delete
