# Every target sets up what it needs from a fresh clone: Python 3.11 or later, git and make are enough.

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
READY := .venv/.ready

# Without kept bytecode every kernel and test process compiles its imports anew: seconds each time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo lab exercises test beside-browser lint types unit notebooks standin browser docs benchmarks simulate dist spark lowest versions full lock

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## write build/report.html from the simulated airport that ships with cxlens
	@mkdir -p build
	$(BIN)/cxlens report data/samples/airport/study.toml --out build/report.html

lab: $(READY) ## open the notebooks in JupyterLab
	$(BIN)/cxlens lab notebooks

exercises: $(READY) ## write the teacher's kit to build/exercises: for students, solutions, marking, templates
	$(BIN)/python notebooks/make_exercises.py build/exercises

test: lint unit beside-browser ## run every check below

beside-browser: $(READY)
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target types browser standin notebooks  # a browser leaves a core free

lint: $(READY) ## style, format, notebooks without outputs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/nbstripout --verify notebooks/*.ipynb

types: $(READY) ## mypy, strict, on the package
	$(BIN)/mypy

# Two processes share the cores: linear algebra with threads of its own would make them wait for each other.
unit notebooks standin docs: export OPENBLAS_NUM_THREADS = 1

unit: $(READY) ## tests and docstring examples
	$(BIN)/pytest -n2 --dist worksteal -p no:nbval -m "not browser"

notebooks: $(READY) ## run every notebook, cell by cell
	$(BIN)/pytest --nbval-lax -n2 --dist loadfile --nbval-cell-timeout=120 notebooks/

standin: $(READY) ## run the case study without its survey, on its simulated stand-in
	CXLENS_SFO=nowhere $(BIN)/pytest --nbval-lax --nbval-cell-timeout=120 notebooks/06_case_study.ipynb

browser: $(READY) ## drive the widgets in JupyterLab with the system's Chromium
	$(BIN)/pytest -m browser tests/test_browser.py

docs: $(READY) ## build the site into build/docs, offline: runs the notebooks, draws the gallery; minutes
	$(BIN)/python docs/make_pages.py build/docs-source
	$(BIN)/python -m sphinx -q -b html -W --keep-going build/docs-source build/docs
	$(BIN)/python docs/check_site.py build/docs
	@echo "Open build/docs/index.html"

# pyspark is half a gigabyte to fetch and build, so it has an environment of its own, and needs Java 17.
SPARK := build/spark

spark: $(SPARK)/.ready ## the tests over Spark, with pyspark in an environment of its own; needs Java 17
	$(SPARK)/bin/pytest -p no:nbval tests/engine/test_spark.py tests/test_spark_verbs.py tests/test_spark_journeys.py

$(SPARK)/.ready: requirements.lock pyproject.toml | $(UV)
	$(UV) venv --quiet --clear --python $(BIN)/python $(SPARK)
	$(UV) pip sync --quiet --python $(SPARK)/bin/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(SPARK)/bin/python -e '.[spark]'
	@touch $@

benchmarks: $(READY) ## measure every speed in benchmarks/README.md on a quiet machine into build/benchmarks; 40 minutes
	$(BIN)/python benchmarks/all.py

simulate: $(READY) ## repeat the simulations whose results stand in benchmarks/README.md
	$(BIN)/python benchmarks/coverage.py
	$(BIN)/python benchmarks/simulate_drivers.py
	$(BIN)/python benchmarks/simulate_importance.py
	$(BIN)/python benchmarks/segments.py
	$(BIN)/python benchmarks/simulate_segments.py
	$(BIN)/python benchmarks/sample_size.py
	$(BIN)/python benchmarks/simulate_verdicts.py
	$(BIN)/python benchmarks/simulate_claims.py
	$(BIN)/python benchmarks/simulate_standards.py
	$(BIN)/python benchmarks/simulate_yes_no.py
	$(BIN)/python benchmarks/simulate_clusters.py
	$(BIN)/python benchmarks/simulate_changes.py
	$(BIN)/python benchmarks/simulate_plans.py
	$(BIN)/python benchmarks/simulate_posterior.py
	$(BIN)/python benchmarks/simulate_roadmaps.py
	$(BIN)/python benchmarks/simulate_small_groups.py
	$(BIN)/python benchmarks/simulate_watching.py
	$(BIN)/python benchmarks/simulate_places.py
	$(BIN)/python benchmarks/simulate_designs.py
	$(BIN)/python benchmarks/simulate_rivals.py
	$(BIN)/python benchmarks/simulate_retention.py
	$(BIN)/python benchmarks/simulate_episodes.py
	$(BIN)/python benchmarks/simulate_ways.py
	$(BIN)/python benchmarks/simulate_credit.py
	$(BIN)/python benchmarks/simulate_profit.py
	$(BIN)/python benchmarks/simulate_within.py

# A part of the tests that takes a minute or two; warnings of other versions are theirs, so they are no errors here.
FAST := tests/engine/test_entries.py tests/engine/test_answers.py tests/engine/test_advice.py \
	tests/files/test_csv_text.py tests/files/test_tables.py tests/files/test_answers.py tests/files/test_writing.py \
	tests/study/test_segments.py tests/study/test_initiative_files.py \
	tests/stages/improve/test_quick_wins.py tests/stages/impact/test_designs.py
TOOLS := openpyxl xlsxwriter pyreadstat polars pytest hypothesis
PYTHONS ?= python3.12 python3.13 python3.14

lowest: $(UV) ## a fast part of the tests with the lowest versions that may be installed
	$(call try,lowest,$(BIN)/python,--resolution lowest-direct .)

versions: lowest ## the same, with pandas 2.2 and other Pythons, too
	$(call try,pandas-2.2,$(BIN)/python,. 'pandas<2.3')
	$(foreach python,$(PYTHONS),$(call try_if_there,$(python)))

define try
@echo "== $(1)"
@$(UV) venv --quiet --clear --python $(2) build/versions/$(1)
@$(UV) pip install --quiet --python build/versions/$(1)/bin/python $(3)
@$(UV) pip install --quiet --python build/versions/$(1)/bin/python $(TOOLS)
@nice build/versions/$(1)/bin/python -m pytest -q -p no:cacheprovider -W default -m "not simulation" $(FAST)

endef

try_if_there = $(if $(shell $(1) -c 'print(1)' 2>/dev/null),$(call try,$(notdir $(1)),$(1),.),$(info == $(1) is not here))

lock: $(UV) ## choose versions anew and pin them in requirements.lock
	$(UV) lock --upgrade --python $(BIN)/python
	$(UV) export --frozen --no-emit-project --all-extras --no-extra spark --no-header --format requirements-txt -o requirements.lock >/dev/null

dist: $(READY) ## wheel and sdist into build/dist, with their contents checked
	$(UV) build --quiet --clear --python $(BIN)/python --out-dir build/dist
	$(UV) tool run --quiet twine check --strict build/dist/*.whl build/dist/*.tar.gz
	$(BIN)/python .ci/check_dist.py build/dist

full: test spark docs dist versions ## all that is checked before others get it: tests, Spark, site, wheel, versions

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cxlens needs Python 3.11 or later: make PYTHON=python3.11")'
	@echo "Setting up .venv: a minute or two the first time."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(READY): requirements.lock pyproject.toml | $(UV)
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@
