# `make app` starts the web app, `make test` runs every test, `make soak` gives the file
# readers anything for about ten minutes, plans 3,000 random scenarios and opens 200 sessions of the
# app; each installs what it needs.

PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
ENGINE_VENV := .venv-engine

export OPENBLAS_NUM_THREADS ?= 1

.PHONY: install app test test-fast soak lint bench engine clean

install: $(VENV)/.installed

$(VENV)/.installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Set PYTHON=python3.11." >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/python -m uv pip install --quiet --compile-bytecode --python $(BIN)/python --editable .
	$(BIN)/python -m compileall -q planner db benchmarks app
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	$(BIN)/python -m uv pip install --quiet --compile-bytecode --python $(BIN)/python --requirement requirements-dev.txt
	touch $@

app: install
	$(BIN)/python -m app --port $(PORT)

engine: install
	$(BIN)/python -m benchmarks.engine.engine_cpu.install $(ENGINE_VENV)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Compiled tests are kept, or pytest compiles them anew in every process of every run.
test test-fast soak: export PYTHONDONTWRITEBYTECODE =

test-fast: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow" --ignore tests/browser --ignore tests/real_engine

test: lint engine
	sh tests/install_system_packages.sh $(BIN)
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not engine" --hypothesis-profile thorough
	$(BIN)/python -m pytest -n 2 --dist loadfile -m engine --durations=10

SOAK_SECONDS ?= 600

soak: $(VENV)/.installed-dev
	SOAK_SECONDS=$(SOAK_SECONDS) $(BIN)/python -m pytest -n 2 --dist worksteal -m "fuzz or soak" --hypothesis-profile soak --timeout 0

bench: install
	$(BIN)/python -m benchmarks.checks.speed
	$(BIN)/python -m benchmarks.checks.accuracy
	$(BIN)/python -m benchmarks.checks.latency_accuracy
	$(BIN)/python -m benchmarks.checks.memory_accuracy
	$(BIN)/python -m benchmarks.checks.replay

clean:
	rm -rf $(VENV) $(ENGINE_VENV) build *.egg-info
