# Everything that the project needs is made here, in this folder, and used again: nothing is installed by hand. The local
# AWS makes the environment of its server on first use, in the cache of the user.
PYTHON ?= python3
VENV := .venv
RUN := PATH="$(CURDIR)/$(VENV)/bin:$(CURDIR)/node_modules/.bin:$$PATH"

# jsii says at each start that Node 20, which is supported here, is past its end of life.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION ?= 20
export CDK_DISABLE_CLI_TELEMETRY := 1
# The first import of a module keeps its bytecode: aws-cdk-lib takes seconds to compile.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test bench live lint types unit coverage docs dist workflows mutation faults model install environments lock clean

demo: install
	$(RUN) python -m tools.demo

# What takes longest begins first (tests/scheduling.py).
PARALLEL := --dist loadfile --no-loadscope-reorder -n

# Five processes for two cores, since deployments wait half of their time. One of the tests is `make types`.
test: lint
	$(RUN) python -m pytest $(PARALLEL) $(shell $(PYTHON) -c "import os; print(5 * os.cpu_count() // 2)")

bench: install
	$(RUN) python -m benchmarks

# Measures what AWS leaves undocumented, in the account of your credentials. It asks before it begins.
live: install
	$(RUN) python -m live

lint: install
	$(RUN) ruff check .
	$(RUN) ruff format --check .

types: install
	$(RUN) mypy constructs lambda local_aws live simulated_aws tests benchmarks examples tools cli app.py

# The quick half of the tests: no server, no deployment, no new environment, no test of half a minute, and none that
# runs another program for seconds.
QUICK := -m "not e2e and not slow"

unit: install
	$(RUN) python -m pytest $(PARALLEL) auto $(QUICK)

# The same, with a floor of coverage (pyproject.toml). To measure it doubles the time.
coverage: install
	$(RUN) python -m pytest $(PARALLEL) auto $(QUICK) --cov --cov-report=term:skip-covered

# The documentation as a site, with the API reference from the docstrings. It needs no network.
SITE ?= build/site
docs: install
	NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --strict --quiet --site-dir $(abspath $(SITE))

# The source distribution and the wheel, checked as the package index checks them.
dist: install
	rm -rf dist
	$(RUN) python -m build --no-isolation
	$(RUN) twine check --strict dist/*

# Checks .github: the schemas of its files, and the security of the workflows.
workflows: install
	$(RUN) check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(RUN) check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(RUN) zizmor --offline --quiet --pedantic .github

# How many mutants of the handler its tests find, of a random sample of SAMPLE mutants (300).
mutation: install
	$(RUN) python -m tools.mutation $(SAMPLE)

# Which test finds each fault that the project once had, when it is put back: all of them, or FAULT="9 13".
faults: install
	$(RUN) python -m tools.put_back_faults $(FAULT)

# Write the Image Builder model that the function ships with anew, from the installed botocore.
model: install
	$(RUN) python -m tools.service_model

# Makes both environments at the same time.
install:
	@$(MAKE) --no-print-directory --jobs=2 environments

environments: $(VENV)/.made node_modules/.made
	@:

UV := $(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python

$(VENV)/.made: requirements/install.txt requirements/dev.txt pyproject.toml local_aws/pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install --quiet --require-hashes -r requirements/install.txt
	$(UV) --require-hashes -r requirements/dev.txt
	# aws-cdk.cloud-assembly-schema has a file of the same name, which uv may have unpacked last.
	$(UV) --require-hashes -r requirements/dev.txt --reinstall-package aws-cdk-lib
	$(UV) --no-build-isolation --no-deps -e . -e local_aws
	# Compiles what most processes import: a seventh of aws-cdk-lib.
	$(VENV)/bin/python -c "import aws_cdk.assertions, boto3, cdk_image_distribution, local_aws"
	touch $@

node_modules/.made: package.json package-lock.json
	npm ci --silent
	touch $@

# Resolve the pinned requirements anew from pyproject.toml, for every Python that the project supports.
LOCK := uv pip compile --quiet --upgrade --universal --python-version 3.10 --generate-hashes --no-strip-extras --no-header --no-annotate
lock:
	$(PYTHON) -m venv --clear .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv
	.venv-lock/bin/$(LOCK) --group install -o requirements/install.txt
	.venv-lock/bin/$(LOCK) --group dev --extra cli -o requirements/dev.txt pyproject.toml
	.venv-lock/bin/$(LOCK) --group local_aws/pyproject.toml:server -o local_aws/local_aws/server-requirements.txt
	.venv-lock/bin/$(LOCK) --group old-runtime -o requirements/old-runtime.txt
	rm -rf .venv-lock

clean:
	rm -rf $(VENV) .venv-* node_modules cdk.out dist build .mypy_cache .ruff_cache .pytest_cache
