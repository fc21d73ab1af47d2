# Everything a developer does here, by name. `make help` lists it.
PYTHON ?= python3
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp-setup
LOCKS := requirements-dev.lock requirements-stripe-spec.lock
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PYTEST := $(BIN)/python -m pytest -n $(JOBS)
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

# Says nothing unless it fails, and then says everything.
quietly = @said=$$($(1) 2>&1) || { printf '%s\n' "$$said"; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help setup run demo year fuzz audit sbom bench test lint types imports unit integration acceptance chaos format lock clean python-is-new-enough

help: ## List every target
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  %-12s %s\n", $$1, $$2 }'

setup: $(STAMP) ## Make .venv with everything that is pinned (again only when a lock or pyproject.toml changed)

$(STAMP): $(LOCKS) pyproject.toml | python-is-new-enough
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --require-hashes -r requirements-stripe-spec.lock
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

python-is-new-enough:
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Travellr needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name a newer one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }

run: $(STAMP) ## Run the whole system here, with embedded servers for whatever is not configured
	@$(BIN)/travellr up

demo: $(STAMP) ## Run it, live through a season of bookings, print what happened, stop it
	@$(BIN)/travellr demo --own

test: lint types imports ## All checks and tests, quiet when green
	@$(PYTEST) -m "not chaos" tests

lint: $(STAMP) ## Check style and formatting
	$(call quietly,$(BIN)/ruff check --quiet .)
	$(call quietly,$(BIN)/ruff format --quiet --check .)

types: $(STAMP) ## Check types
	$(call quietly,$(BIN)/mypy --no-error-summary .)

imports: $(STAMP) ## Check that arrows point inwards
	$(call quietly,$(BIN)/lint-imports)

unit: $(STAMP) ## Tests without I/O
	@$(PYTEST) tests/unit

integration: $(STAMP) ## Tests of each adapter on the real thing
	@$(PYTEST) tests/integration

acceptance: $(STAMP) ## Journeys over HTTP
	@$(PYTEST) tests/acceptance

chaos: $(STAMP) ## Kill things and look whether money is still right; SEED=7 for one storm
	@$(if $(SEED),TRAVELLR_TEST_SEED=$(SEED) $(BIN)/python -m pytest -s tests/chaos/test_money_chaos.py,$(BIN)/python -m pytest tests/chaos)

year: $(STAMP) ## Live through a year of 5,000 bookings of 200 vendors, and look whether everybody got what he earned
	@TRAVELLR_TEST_YEAR=$(or $(BOOKINGS),5000) $(BIN)/python -m pytest -s tests/chaos/test_year.py

fuzz: $(STAMP) ## Send odd requests to every operation as every role, another lot each time; TIMES=20 each
	@TRAVELLR_TEST_FUZZ=$(or $(TIMES),20) TRAVELLR_TEST_SEED=$(or $(SEED),$$(date +%s)) \
	  $(PYTEST) tests/integration/test_fuzz.py

audit: $(STAMP) ## Ask whether anything that runs in production has a known hole
	@$(BIN)/python -m infrastructure.vulnerabilities

sbom: $(STAMP) ## Write sbom.json, CycloneDX: what runs in production, with hashes and licences
	@$(BIN)/python -m infrastructure.sbom > sbom.json

bench: $(STAMP) ## Measure against peers and limits; ONLY=append for one
	@$(BIN)/python -m bench $(ONLY)

format: $(STAMP) ## Format the code and repair what can be repaired
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

lock: $(STAMP) ## Pin the newest allowed versions, with hashes
	@test -x $(BIN)/uv || $(PIP) install uv
	@$(COMPILE) --upgrade pyproject.toml -o requirements.lock
	@$(COMPILE) --upgrade --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## Delete what can be made again; never the data in .travellr
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './.travellr/*' -prune -exec rm -rf {} +
