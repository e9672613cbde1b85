.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PICCOLO_CONF := domain.piccolo_conf
BENCH ?= first

.PHONY: help serve worker migrate seed test check bench torture lock openapi format clean

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

$(VENV)/.installed: requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@touch $@

serve: $(VENV)/.installed ## Start everything: database, migrations, demo set, server
	@$(BIN)/python -m api serve

worker: $(VENV)/.installed ## Run the worker alone
	@$(BIN)/python -m api worker

migrate: $(VENV)/.installed ## Bring the database to the present schema
	@$(BIN)/python -m api migrate

seed: $(VENV)/.installed ## Load the reference data and, in development, the demo set
	@$(BIN)/python -m api seed

test: $(VENV)/.installed ## Run the tests (real PostgreSQLs are started for them)
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.installed ## Format, lint, types, migration drift, the OpenAPI snapshot
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m api check

format: $(VENV)/.installed ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.installed ## Measure one family: make bench BENCH=first
	@$(BIN)/python -m tests.bench.$(BENCH)

torture: $(VENV)/.installed ## The long programmes
	$(BIN)/python -m pytest tests/torture --override-ini norecursedirs=
	SHIFAYOL_TEST_LANGUAGES=all $(BIN)/python -m pytest tests/browser -k axe

openapi: $(VENV)/.installed ## Write the OpenAPI snapshot anew
	$(BIN)/python -m api openapi > tests/openapi.json

lock: ## Pin every dependency anew (needs uv)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate -o requirements.lock

clean: ## Remove the environment
	rm -rf $(VENV) .mypy_cache .ruff_cache
