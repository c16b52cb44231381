# Everything a contributor does, by name. `make demo` and `make test` are all the set-up there is.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: demo test check format lint types contracts bench snapshots pictures systems testbed-up testbed-down clean

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	touch $@

demo: $(VENV)/.installed       ## open the app on the embedded pod
	$(BIN)/podtui demo

test: $(VENV)/.installed       ## run the tests
	$(BIN)/python -m pytest -m 'not alone' --numprocesses auto --dist loadfile --no-loadscope-reorder
	$(BIN)/python -m pytest -m alone

check: format lint types contracts test   ## everything CI runs

format: $(VENV)/.installed
	$(BIN)/ruff format --check .

lint: $(VENV)/.installed
	$(BIN)/ruff check .

types: $(VENV)/.installed
	$(BIN)/mypy

contracts: $(VENV)/.installed
	$(BIN)/lint-imports

bench: $(VENV)/.installed      ## speed, as ratios measured in one run
	$(BIN)/python -m tests.bench $(ONLY)

snapshots: $(VENV)/.installed  ## take the pictures the tests compare with anew; look at them before committing
	$(BIN)/python -m pytest tests/tui --snapshot-update

pictures: $(VENV)/.installed   ## the README's picture, taken by the app itself
	$(BIN)/python -m tests.pictures

systems: $(VENV)/.installed    ## the README's table of what works on each system, from the code
	$(BIN)/python -m tests.docs.systems

testbed-up:                    ## a real Slurm, Grid Engine, sshd and psik_api, for the live tests (root, Debian)
	tests/testbed/slurm/up.sh
	tests/testbed/sge/up.sh
	tests/testbed/sshd/up.sh
	tests/testbed/psik/up.sh

testbed-down:                  ## stop them; WIPE=1 removes what they wrote
	-tests/testbed/psik/down.sh
	-tests/testbed/sshd/down.sh
	-tests/testbed/sge/down.sh $(if $(WIPE),--wipe)
	-tests/testbed/slurm/down.sh

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
