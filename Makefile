.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
ENV ?= dev
NAME ?=
ARGS ?=
PYTHON ?= python3
GROUPS := serve train tracking demo rehearsal dev
LOCKS := requirements.txt $(GROUPS:%=requirements/%.txt)
# Everything that is installed or cached stays inside the project's folder.
export UV_CACHE_DIR ?= $(CURDIR)/.cache/uv
export MPLCONFIGDIR ?= $(CURDIR)/.cache/matplotlib
export TMPDIR := $(CURDIR)/.cache/tmp
$(shell mkdir -p $(TMPDIR))
# Compiled code is kept: without it every process of the tests compiles all of it anew.
unexport PYTHONDONTWRITEBYTECODE
UV_VERSION := 0.13.8
UV := $(shell command -v uv || echo .tools/bin/uv)
RUN := .venv/bin/python -m

.PHONY: help install demo test check fix plan doctor status mlflow bootstrap destroy env pipeline bench lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is $$($(PYTHON) --version 2>&1): expected Python 3.11 or newer, such as make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) makes no environments: install Debian's package python3-venv, or uv" >&2; exit 2; }
	@echo "uv is not on the path: installing it from PyPI into .tools/, some seconds" >&2
	@$(PYTHON) -m venv .tools
	@.tools/bin/pip install --quiet --no-cache-dir uv==$(UV_VERSION)

.venv/.installed: $(LOCKS) | $(if $(filter .tools/bin/uv,$(UV)),.tools/bin/uv)
	@echo "Installing the locked packages into .venv/: about a minute, longer where the network is slow" >&2
	@test -x .venv/bin/python || $(UV) venv --quiet --seed --python $(PYTHON) .venv
	@$(UV) pip sync --quiet --require-hashes --compile-bytecode --python .venv $(LOCKS)
	@touch $@

install: .venv/.installed ## Make .venv from the hash-pinned locks

demo: install ## Run the whole loop on this machine: no account, no cost (ARGS=--fast for a short one)
	@$(RUN) infra.rehearsal demo $(ARGS)

plan: install ## Show what the program makes in ENV=dev|prod, what it costs and which policies it breaks (ARGS=--json)
	@$(RUN) infra.offline "$(ENV)" $(ARGS)

doctor: install ## Look for what would stop `pulumi up` in ENV=dev|prod, before anything is made (ARGS=--json)
	@$(RUN) infra.doctor "$(ENV)" $(ARGS)

status: install ## Show how ENV=dev|prod is: endpoint, alarms, last runs, who is told, what was spent (ARGS=--json)
	@$(RUN) infra.status "$(ENV)" $(ARGS)

mlflow: install ## Open the private MLflow server of ENV=prod on this machine, until Ctrl-C
	@$(RUN) infra.visit "$(ENV)"

bootstrap: install ## Make the AWS account ready: where state is kept and who may deliver (ARGS=--dry-run)
	@$(RUN) infra.account.command $(ARGS)

destroy: install ## Destroy ENV=dev|prod with Pulumi's CLI, and say what is left of it (ARGS=--yes asks nothing)
	@$(RUN) infra.teardown "$(ENV)" $(ARGS)

env: install ## Add an environment with prod's settings, or another's: NAME=staging (ARGS="--like dev")
	@$(RUN) infra.environments "$(NAME)" $(ARGS)

.cache/pipeline/.installed: requirements/pipeline.txt | $(if $(filter .tools/bin/uv,$(UV)),.tools/bin/uv)
	@echo "Installing SageMaker's SDK into .cache/pipeline/: about a minute" >&2
	@test -x .cache/pipeline/bin/python || $(UV) venv --quiet --python $(PYTHON) .cache/pipeline
	@$(UV) pip sync --quiet --require-hashes --python .cache/pipeline requirements/pipeline.txt
	@touch $@

pipeline: .cache/pipeline/.installed ## Compile the list of steps in ml/steps.py for SageMaker, into infra/pipeline.json
	@PYTHONPATH=. .cache/pipeline/bin/python -W ignore -m infra.sagemaker_pipeline $(ARGS)

# Tests ask for it.
.cache/mlflow-managed/.installed: requirements/managed.txt | $(if $(filter .tools/bin/uv,$(UV)),.tools/bin/uv)
	@echo "Installing the managed app's MLflow into .cache/mlflow-managed/: about a minute" >&2
	@test -x .cache/mlflow-managed/bin/python || $(UV) venv --quiet --python $(PYTHON) .cache/mlflow-managed
	@$(UV) pip sync --quiet --require-hashes --python .cache/mlflow-managed requirements/managed.txt
	@touch $@

bench: install ## Measure this project's figures, each with its goal (ARGS=serving for one, ARGS=--json)
	@$(RUN) tests.benchmarks $(ARGS)

# Plugins that no fast test uses: each process of the tests would import them.
UNUSED := schemathesis typeguard

check: install ## Lint, types and fast tests
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/ty check --error-on-warning
	$(RUN) pytest -q -m "not slow" -n 2 --dist worksteal $(UNUSED:%=-p no:%)

test: install ## All tests, and what was left out
	$(RUN) pytest -q -rs -n 2 --dist loadfile

fix: install ## Format the code and mend what the linter can mend
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

COMPILE = $(UV) pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

lock: | $(if $(filter .tools/bin/uv,$(UV)),.tools/bin/uv) ## Resolve the locks anew: all groups together first, so that they agree
	mkdir -p .cache
	$(COMPILE) --no-generate-hashes $(patsubst %,--group %,infra $(GROUPS)) --upgrade -o .cache/together.txt
	$(COMPILE) --group infra -c .cache/together.txt -o requirements.txt
	for group in bench managed pipeline; do $(COMPILE) --group $$group --upgrade -o requirements/$$group.txt; done
	for group in $(GROUPS); do $(COMPILE) --group $$group -c .cache/together.txt -o requirements/$$group.txt; done

clean: ## Remove what was installed and cached here
	rm -rf .venv .tools .cache .demo
