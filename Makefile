# The verbs of this project. Everything they need goes into .venv in this folder, from the locks.
# `make` alone lists them.

.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
LOWEST := .venv-lowest
PEERS := .venv-peers
UV ?= uv
# `make test-slow SHARD=1/4` runs every fourth slow test, from the first
SHARD ?= 1/1
# more for it: SLOW="--only histories --minutes 30 --seed 7"
SLOW ?=
# `make simulate SEEDS=1..1000` plays so many lives; SEED=7 one, with its steps printed
SEEDS ?= 1..200
SEED ?=
# more for the benchmarks: BENCH="--write-docs --date 2026-11-25"
BENCH ?=

PIP_INSTALL := -m pip install --quiet --disable-pip-version-check
COMPILE_PEERS := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links
COMPILE := $(COMPILE_PEERS) \
	--extra cluster --extra fast --extra import --extra postgres --extra report --extra service \
	--extra timestamp --extra web pyproject.toml
# Compiled files are kept even where the machine says not to: hundreds of programs start. With
# worksteal a test file stays on one worker, whose fixtures it then makes once.
PYTEST := PYTHONDONTWRITEBYTECODE= HYPOTHESIS_PROFILE=ci $(BIN)/pytest -q -n 2 --dist worksteal \
	-m "not slow" --junitxml=build/junit.xml

.PHONY: help demo test test-slow simulate bench bench-peers check lint types contracts golden docs \
	docs-check coverage lowest \
	lock setup setup-dev

help: ## list the verbs
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: setup ## set up, build the demonstration ledger and verify it
	@$(BIN)/chipledger demo --again

test: setup-dev ## set up and run every test that is not marked slow
	@$(PYTEST)

test-slow: setup-dev ## run the tests marked slow, resumable; SHARD=1/4 runs a part
	@$(BIN)/python tests/slow_shards.py --shard $(SHARD) $(SLOW)

simulate: setup-dev ## play random lives of a ledger; SEEDS=1..200, or SEED=7 step by step
	@$(BIN)/python -m tests.simulator.play $(if $(SEED),--seed $(SEED),--seeds $(SEEDS))

bench: setup-dev ## measure, and compare with the targets; BENCH="--write-docs --date DAY" for both
	@$(BIN)/python tests/bench/run.py $(BENCH)
	@$(BIN)/python tests/bench/service.py $(BENCH)

bench-peers: setup-dev $(PEERS)/.installed ## measure beside other ledgers
	@$(BIN)/python tests/bench/peers.py --python $(PEERS)/bin/python $(BENCH)

check: lint types contracts docs-check coverage ## all that CI checks; runs the tests of `make test`

lint: setup-dev
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check . && echo "lint: clean"

types: setup-dev
	@$(BIN)/mypy --no-error-summary && echo "types: clean"

contracts: setup-dev
	@$(BIN)/lint-imports --no-cache --no-logo

golden: setup-dev ## write tests/golden again; a change of format needs its decision record
	@$(BIN)/python -m tests.golden.generate

docs: setup-dev ## write docs/reference again from the code
	@$(BIN)/python -m docs.generate

docs-check: setup-dev
	@$(BIN)/python -m docs.generate --check

coverage: setup-dev
	@$(BIN)/coverage erase
	@$(PYTEST) --cov --cov-report=
	@echo "branch coverage of projections and commands:"
	@$(BIN)/coverage report --include='projections/*,commands/*' --fail-under=0
	@echo "branch coverage of ledger, which must be 100 %:"
	@$(BIN)/coverage report --include='ledger/*' --fail-under=100

lowest: $(LOWEST)/.installed ## run help, demo and verify with the lowest allowed versions
	@sh tests/lowest.sh $(LOWEST)/bin

lock: ## write the locks again, with the newest versions (needs uv)
	$(COMPILE) --upgrade --group build -o requirements.lock
	$(COMPILE) --upgrade --group dev -c requirements.lock -o requirements-dev.lock
	$(COMPILE) --upgrade --group build --resolution lowest-direct -o requirements-lowest.lock
	$(COMPILE_PEERS) --upgrade requirements-peers.in -o requirements-peers.lock

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev

# The newest Python that is installed and can make a virtual environment.
%/bin/python:
	@for python in python3.13 python3.12 python3.11 python3; do \
		if $$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' \
			>/dev/null 2>&1; then \
			echo "setting up $* with $$($$python --version)"; \
			exec $$python -m venv --clear $*; \
		fi; \
	done; \
	echo "No Python 3.11 or newer with its venv module was found." >&2; \
	echo "Install one (Debian, Ubuntu: apt-get install python3 python3-venv) and try again." >&2; \
	exit 1

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing what chipledger needs, as requirements.lock names it"
	@$(BIN)/python $(PIP_INSTALL) --require-hashes -r requirements.lock
	@$(BIN)/python $(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "installing what its tests need, as requirements-dev.lock names it"
	@$(BIN)/python $(PIP_INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

$(LOWEST)/.installed: requirements-lowest.lock pyproject.toml | $(LOWEST)/bin/python
	@echo "installing the lowest allowed versions, as requirements-lowest.lock names them"
	@$(LOWEST)/bin/python $(PIP_INSTALL) --require-hashes -r requirements-lowest.lock
	@$(LOWEST)/bin/python $(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(PEERS)/.installed: requirements-peers.lock | $(PEERS)/bin/python
	@echo "installing other ledgers to measure beside, as requirements-peers.lock names them"
	@$(PEERS)/bin/python $(PIP_INSTALL) --require-hashes -r requirements-peers.lock
	@touch $@
