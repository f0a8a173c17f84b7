# Each target is complete by itself: it makes a virtual environment, installs what it needs, and runs.

VENV ?= .venv
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11 python,\
	$(if $(shell $(name) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null),$(name))))
# A change of pyproject.toml makes the environments stale.
ENVIRONMENT = $(VENV)/pyvenv.cfg

PLUGINS = $(notdir $(wildcard plugins/numact-*))

.PHONY: demo test test-plugins install-plugins $(PLUGINS:%=test-%) lint docs dashboard test-browser results \
	certify clean
.DEFAULT_GOAL := test

# Every activation on real input: speed, and accuracy in units in the last place.
demo: $(VENV)/installed-demo
	$(VENV)/bin/python -m numact demo

# A process for each processor; the tests of a file share what they compile, so stay together.
test: $(VENV)/installed-test
	$(VENV)/bin/python -m pytest -n logical --dist loadfile

# The plugin packages, built and installed into a folder that only their own tests see; with -j side by side.
test-plugins: $(PLUGINS:%=test-%)

$(PLUGINS:%=test-%): test-%: install-plugins
	cd plugins/$* && PYTHONPATH=$(abspath $(VENV)/plugins) $(abspath $(VENV))/bin/python -m pytest -q

install-plugins: $(VENV)/installed-test
	rm -rf $(VENV)/plugins
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		--target $(VENV)/plugins $(PLUGINS:%=./plugins/%)

lint: $(VENV)/installed-lint
	$(VENV)/bin/python -m ruff check .
	$(VENV)/bin/python -m mypy --strict

# The pages, those of installed plugins and of the packages in plugins/ too, with warnings as errors; then every
# link and picture is looked up.
docs: $(VENV)/installed-docs
	rm -rf docs/_build $(VENV)/plugins-of-docs
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		--target $(VENV)/plugins-of-docs $(wildcard ./plugins/numact-*)
	PYTHONPATH=$(VENV)/plugins-of-docs $(VENV)/bin/python -m sphinx -W --keep-going -q -j auto docs docs/_build/html
	$(VENV)/bin/python tools/check_site.py docs/_build/html

# The last two commits timed by asv; pages of the results on http://127.0.0.1:8080/.
dashboard: $(VENV)/installed-test $(VENV)/installed-bench
	$(VENV)/bin/python -m numact dashboard $(DASHBOARD)

# The dashboard and the documentation in a headless browser, which Debian's package brings where there is none.
test-browser: $(VENV)/installed-test docs
	command -v chromium || apt-get install --yes chromium
	NUMACT_SITE=docs/_build/html $(VENV)/bin/python -m pytest tests/test_dashboard.py tests/test_site.py

# Every activation beside every other library, for about half an hour; the page of results in the documentation, and
# README's figures.
results: $(VENV)/installed-bench $(VENV)/installed-peers $(VENV)/installed-test
	$(VENV)/bin/python asv_benchmarks/results.py $(RESULTS)
	$(VENV)/bin/python tools/readme.py

# Certificates of all activations, those of plugins/ too, for some hours; goes on where it was interrupted.
certify: $(VENV)/installed-certify $(VENV)/installed-peers
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check $(addprefix --editable ,$(dir $(wildcard plugins/*/pyproject.toml)))
	$(VENV)/bin/python tools/certify_all.py $(CERTIFY)

$(VENV)/installed-%: pyproject.toml | $(ENVIRONMENT)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	touch $@

$(ENVIRONMENT):
	$(if $(PYTHON),,$(error numact needs Python 3.11 or newer; name one by 'make PYTHON=/path/to/python'))
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) build dist
