# Everything a newcomer needs: `make run` and `make test`. See `make help`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
# Further arguments for pytest, e.g. make test ARGS="-k redirects"
ARGS ?=
INI ?= development.ini
# Processes that share the tests
WORKERS ?= 2

BIN := .venv/bin
STADTKERN := $(BIN)/stadtkern -c $(INI)

# Style and types first: they are quick, and pytest's summary then stands at the end.
define run-tests
@trap 'echo "==> make $@ took $$SECONDS seconds"' EXIT; \
	$(MAKE) lint; \
	$(MAKE) pytest PYTEST_MARKS="$(PYTEST_MARKS)"
endef

.PHONY: help run test test-thorough lint format bench clean requirements screenshots
.PHONY: environment test-environment assets services pytest

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: environment assets ## Serve the demo town on http://localhost:6543
	@$(STADTKERN) db upgrade
	@$(STADTKERN) demo load --if-empty
	@exec $(STADTKERN) serve

test: PYTEST_MARKS := not thorough
test: ## Check style and types, then run every test on SQLite and PostgreSQL
	$(run-tests)

test-thorough: PYTEST_MARKS := thorough or not thorough
test-thorough: export STADTKERN_THOROUGH := 1
test-thorough: ## As test, with the long runs
	$(run-tests)

lint: test-environment ## Check style (ruff) and types (mypy) of the core and the plugins
	@echo "==> ruff"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "Some files are not formatted: make format" >&2; exit 1; }
	@echo "==> mypy"
	@$(BIN)/mypy

format: test-environment ## Format the Python files and mend what ruff can mend
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format .

bench: test-environment assets services ## Measure what benchmarks/ holds and print the ratios
	@shopt -s nullglob; for file in benchmarks/[a-z]*.py; do \
		echo "==> $$file"; $(BIN)/python "$$file"; \
	done

screenshots: test-environment assets services ## Take the pictures of docs/images anew
	@$(BIN)/python tools/screenshots.py

clean: ## Remove everything built or downloaded (the local data in var/ stays)
	@rm -rf .venv build dist frontend/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	@find src plugins tests tools benchmarks demo \( -name __pycache__ -o -name '*.egg-info' -o -path '*/static/dist' \) \
		-prune -exec rm -rf {} + 2>/dev/null || true
	@find src plugins -name '*.mo' -delete

requirements: ## Compile requirements/*.in anew into hashed requirements/*.txt
	@$(PYTHON) tools/environment.py build
	@$(BIN)/python tools/compile_requirements.py $(ARGS)

# Steps of the above, each of which does nothing when there is nothing to do.

environment:
	@$(PYTHON) tools/environment.py run

test-environment: ## Install what the tests need
	@$(PYTHON) tools/environment.py test

assets: environment
	@$(BIN)/python tools/build_frontend.py
	@$(BIN)/python -m stadtkern.web.translations

services: test-environment
	@$(BIN)/python -m stadtkern.testing.postgres --ensure
	@$(BIN)/python -m stadtkern.testing.chromium --ensure
	@$(BIN)/python -m stadtkern.testing.gdal --ensure

pytest: test-environment assets services
	@echo "==> pytest"
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "$(PYTEST_MARKS)" $(ARGS)
