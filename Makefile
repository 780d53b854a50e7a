# Everything a newcomer or CI needs. `make demo` and `make test` do all the set-up themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2

.DEFAULT_GOAL := check
.PHONY: demo test check drills lint types contracts format bench helper wheel clean

# The stamps make an environment once and again when what it holds changed.
$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Homeport needs Python 3.11 or newer; try: make PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[postgres]'
	@touch $@

$(VENV)/.developing: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@

demo: $(VENV)/.installed  ## run the sample stack in the foreground
	@$(BIN)/homeport -f examples/demo/stack.py up || test $$? -eq 130

test: $(VENV)/.developing  ## the whole suite; what this machine lacks is skipped with its reason
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

check: lint types contracts test  ## everything that CI checks

lint: $(VENV)/.developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.developing
	$(BIN)/mypy
	MYPYPATH=src $(BIN)/mypy -p drills
	$(BIN)/mypy --strict examples/demo/stack.py
	$(BIN)/mypy --strict examples/seance/stack.py
	$(BIN)/mypy --strict examples/minitelegram/stack.py
	$(BIN)/pyright --pythonpath $(BIN)/python

contracts: $(VENV)/.developing
	$(BIN)/lint-imports

format: $(VENV)/.developing
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

drills: $(VENV)/.developing  ## trouble on purpose, with a verdict each; ARGS=--short as CI does
	$(BIN)/python -m drills $(ARGS)

bench: $(VENV)/.developing  ## figures, as ratios in one run
	$(BIN)/python -m bench $(ARGS)

# The compiler is large (400 MB unpacked), so only who changes containers in place needs it.
$(VENV)/.compiling: $(VENV)/.developing
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group helper
	@touch $@

helper: $(VENV)/.compiling  ## the program that goes into containers, for amd64 and arm64
	$(BIN)/python helper/build.py

wheel: $(VENV)/.developing helper
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
