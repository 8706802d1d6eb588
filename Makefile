# Two commands do everything: `make demo` and `make test`. Each makes its own virtual environment.
PYTHON ?= $(shell for v in 3.11 3.12 3.13 3.14; do p=$$(command -v python$$v) && $$p -c '' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# Many tests start processes of their own: without stored bytecode each of them compiles the package again.
export PYTHONDONTWRITEBYTECODE :=
# Python compiles what it imports; all of it at once takes half a minute.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint tools/lock.txt
# Two processes, file by file; the slowest twenty tests are printed.
PYTEST := $(BIN)/python -m pytest -q --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations 20 --durations-min 0.5

.PHONY: demo check test test-all data lock soak bench picture docs clean

demo: .venv/runs
	@echo; $(BIN)/corridor route Chelyabinsk "Bandar Abbas" --cargo grain --mode rail
	@echo; $(BIN)/corridor flow Chelyabinsk,Samara "Bandar Abbas" --cargo grain --mode rail
	@echo; $(BIN)/corridor throughput eastern --year 2030 --target 15
	@echo; $(BIN)/corridor why sarakhs-yard capacity
	@echo; echo "Now: . $(BIN)/activate, and corridor --help"

# The loop at every save (60 s): style, types, layers, and every function on a small study.
check: .venv/tests
	$(BIN)/python -m tools.checks check
	CORRIDOR_KERNELS=python $(PYTEST) --stage check

# Every commit (5 minutes): also compiled kernels, the shipped study against its golden values, wheel, README, page.
test: .venv/tests
	$(BIN)/python -m tools.checks test
	$(PYTEST) --stage test

# Before a change lands (20 minutes, .ci/run): also other interpreters, oldest and newest versions, documentation,
# formats, large graphs, OpenStreetMap, hostile input.
test-all: .venv/all
	$(BIN)/python -m tools.checks all
	$(PYTEST)

# data/tables -> data/network.geojson, what follows from the network, its choice set, and the tables of docs/ that a command produces
data: .venv/all
	$(BIN)/python -m tools.build_network
	$(BIN)/python -m tools.derive
	$(BIN)/python -m tools.build_network
	$(BIN)/python -m tools.choice_set
	$(BIN)/python -m tools.data_report

# the newest versions of all packages as those that `make` installs
lock: .venv/all
	$(BIN)/python -m tools.lock

# under an hour: 100,000 random graphs against four others, everything compiled with checked indices, fuzzing, kills,
# 100,000 queries to the page, and the geography (which needs ../shared/checks)
soak: .venv/all
	$(PIP) --editable '.[soak]'
	$(BIN)/python -m tools.geography_checks ../shared/checks
	$(BIN)/python -m tools.differential 100000
	CORRIDOR_SOAK=20 $(BIN)/python -m pytest -q tests/test_kernel.py tests/test_route.py tests/test_flow.py tests/test_assign.py tests/test_faults.py
	NUMBA_BOUNDSCHECK=1 CORRIDOR_KERNELS=numba CORRIDOR_CACHE=build/checked $(BIN)/python -m pytest -q tests/test_kernel.py tests/test_routes.py tests/test_assign.py tests/test_draws.py tests/test_large.py
	$(BIN)/python -m tools.fuzz_readers 60
	$(BIN)/python -W ignore -m tools.fuzz_api 200
	$(BIN)/python -m tools.page_load 100000
	CORRIDOR_SOAK=100 $(BIN)/python -m pytest -q tests/test_docs.py tests/test_notebooks.py tests/test_pictures.py
	$(BIN)/python -m tools.notebooks --check 2 3 4 6

bench: .venv/all .venv/peers
	$(BIN)/python -m benchmarks

.venv/peers: .venv/runs
	test -x .venv/peers/bin/python || $(PYTHON) -m venv .venv/peers
	.venv/peers/bin/pip install --quiet --disable-pip-version-check ngraph aequilibrae scipy rustworkx igraph networkx scgraph pyroutingkit ortools highspy

picture: .venv/all
	$(BIN)/python -m tools.draw_readme

# the documentation site in build/site; `mkdocs serve` shows it while you write
docs: .venv/all
	$(BIN)/python -m tools.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "build/site/index.html"

# What each needs: running, checks and tests, everything. PACKAGES is what pip installs for it.
.venv/runs: PACKAGES := .[plot]
.venv/tests: PACKAGES := .[test]
.venv/all: PACKAGES := .[test-all]
.venv/runs .venv/tests .venv/all: pyproject.toml tools/lock.txt
	@test -n "$(PYTHON)" || { echo "corridor needs Python 3.11 or newer"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) --editable '$(PACKAGES)'
	@touch $@

clean:
	rm -rf .venv build dist
