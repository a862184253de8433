# Every target does its own set-up: a virtual environment, the packages and, for the tests, a browser and Node.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The tests of a file share a process, and with it its servers; the longest files begin, see tests/conftest.py.
PARALLEL := --dist=loadfile --no-loadscope-reorder
# Of the Node that is in a wheel of requirements-test.txt.
NODE := PATH="$(abspath $(BIN)):$$PATH"

# Where no bytecode is written, each of the many processes of the tests compiles the project's modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-all check format bench reliability browser nginx clean

help:
	@echo "make run     start the playground and print its address (HOST=127.0.0.1 PORT=8501)"
	@echo "make test    check the style and types, then run all tests"
	@echo "make test-all  the same, with the tests that take minutes (all torchvision networks, all samples of modules)"
	@echo "make check   linters, formatters, type checkers and the tests of the JavaScript"
	@echo "make format  let the formatters write"
	@echo "make bench   measure how fast it is, beside the ordinary way of building it"
	@echo "make reliability  measure the server under load, faults and attack"
	@echo "make clean   remove the virtual environment, node_modules and caches"

run: $(VENV)/run.stamp
	@$(BIN)/python -m playground $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT))

# First what needs no browser, whose coverage is measured, then the browser's tests.
test: check browser nginx
	$(BIN)/python -m pytest --ignore=tests/browser --cov $(PARALLEL) --numprocesses=logical --maxprocesses=8
	$(BIN)/python -m pytest tests/browser $(PARALLEL) --numprocesses=auto --maxprocesses=4

test-all: check browser nginx
	$(BIN)/python -m pytest -m "" --ignore=tests/browser
	$(BIN)/python -m pytest -m "" tests/browser

# Two at a time; the slowest begins.
check: $(VENV)/test.stamp node_modules/.package-lock.json
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check-types check-components check-script check-style

.PHONY: check-types check-components check-script check-style
check-types:
	$(BIN)/mypy

check-components:
	$(BIN)/node --test "tests/components/*.test.js"

check-script:
	$(NODE) node_modules/.bin/biome check --error-on-warnings .
	$(NODE) node_modules/.bin/tsc

check-style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/test.stamp node_modules/.package-lock.json
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(NODE) node_modules/.bin/biome check --write .

bench: browser
	$(BIN)/python -m benchmarks

reliability: browser nginx
	$(BIN)/python -m benchmarks --reliability

# Playwright brings its own Chromium; where it can't be downloaded, the system's does as well.
browser: $(VENV)/test.stamp
	@$(BIN)/python -m tests.browser.chromium || $(BIN)/python -m tests.browser.chromium --install

# The example of a server for a class is tested with a real nginx.
nginx: $(VENV)/test.stamp
	@$(BIN)/python -m tests.deploy.nginx || $(BIN)/python -m tests.deploy.nginx --install

$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name it with: make PYTHON=/path/to/python3 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.stamp: requirements.txt constraints.txt $(VENV)/python.stamp
	$(BIN)/python -m pip install --quiet -r requirements.txt
	@touch $@

$(VENV)/test.stamp: requirements-test.txt constraints.txt $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet -r requirements-test.txt
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json $(VENV)/test.stamp
	$(NODE) npm ci --silent
	@touch $@

clean:
	rm -rf $(VENV) .coverage .pytest_cache .ruff_cache .mypy_cache
