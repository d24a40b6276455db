# `make run` and `make test` are all that a fresh machine needs; each makes its own
# environment in .venv/ from the exact versions in locks/.  `make help` lists the rest.

VENV   := .venv
BIN    := $(VENV)/bin
OUTPUT ?= build
ARGS   ?=
PIP    := $(BIN)/python -m pip --disable-pip-version-check -qq

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test lint format bench screenshots vendor lock clean programs

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.runtime ## build the graph into build/, with page and graph files, and ask it something
	@$(BIN)/kg build -o $(OUTPUT)
	@for name in planned-partners disagreements; do echo; $(BIN)/kg query $$name || exit; done

# Hundreds of tests start Python anew: what they import is compiled once, whoever else wants no files.
test: programs ## run the tests (ARGS="-k evidence" to choose)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

lint: $(VENV)/.dev ## check style and types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

format: $(VENV)/.dev ## put the code into the house's format
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: $(VENV)/.dev ## run the benchmarks: ratios to what a user would pick instead
	@for file in benchmarks/*.py; do \
	    if [ -x "$$file" ]; then $(BIN)/python "$$file" $(ARGS) || exit 1; fi; \
	done

screenshots: programs ## take the README's pictures anew
	@$(BIN)/python docs/screenshots.py

vendor: ## renew the query page's editor (ARGS=--upgrade: newest versions)
	@sh .ci/vendor/refresh.sh $(ARGS)

lock: ## renew locks/ after a change of pyproject.toml (ARGS=--upgrade: newest versions)
	@command -v uv >/dev/null || { echo "make lock: uv is not installed; get it with 'pip install uv'" >&2; exit 2; }
	@$(COMPILE) --group build pyproject.toml -o locks/runtime.txt $(ARGS)
	@$(COMPILE) --group dev -c locks/runtime.txt pyproject.toml -o locks/dev.txt $(ARGS)

clean: ## remove all that make made
	@rm -rf $(VENV) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find kg tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# No index, no folder of wheels and no host gets into a lock: it holds on any machine.
COMPILE = uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

# The tests that need a program skip themselves where this cannot find or install it.
programs: $(VENV)/.dev
	@sh .ci/programs
	@sh .ci/node
	@sh .ci/w3c $(BIN)/python

$(BIN)/python:
	@python=$$(PYTHON='$(PYTHON)' sh .ci/python) && "$$python" -m venv --clear $(VENV)

$(VENV)/.runtime: locks/runtime.txt pyproject.toml | $(BIN)/python
	@echo "installing the pinned packages into $(VENV)/"
	@$(PIP) install --require-hashes -r locks/runtime.txt
	@$(PIP) install --no-deps --no-index --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: locks/dev.txt $(VENV)/.runtime
	@echo "installing the development packages into $(VENV)/"
	@$(PIP) install --require-hashes -r locks/dev.txt
	@touch $@
