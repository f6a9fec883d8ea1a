# make run      a helpdesk on http://127.0.0.1:8000, with nothing to install but Python 3.11
# make test     every check; `make test ARGS="tests/inboxes -q"` runs a part of the tests
# make lint | fmt | drill | bench | messages | lock

PYTHON ?= python3
PORT ?= 8000
DATA_DIR ?= var
ARGS ?=

PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
COMPILE := $(PY) -m uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
           --custom-compile-command "make lock"

.PHONY: run test drill bench lint fmt messages lock
.DELETE_ON_ERROR:

# The same as `manage.py run`, without loading Django first.
run: .venv/.installed
	@PORT='$(PORT)' DATA_DIR='$(DATA_DIR)' $(PY) -m config.supervisor

test: .venv/.installed-dev
	@.ci/test $(ARGS)

# Drills and measurements start services of their own: they kill them, or need them safe against power loss.
drill: .venv/.installed-dev
	@$(PY) -m tests.drills $(ARGS)

bench: .venv/.installed-dev
	@$(PY) -m tests.bench $(ARGS)

lint: .venv/.installed-dev
	@.ci/lint

fmt: .venv/.installed-dev
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

# Interface texts: collect them, and compile what has been translated (needs gettext).
messages: .venv/.installed
	@$(PY) manage.py makemessages --all --no-obsolete --ignore '.venv/*' --ignore 'var/*'
	@$(PY) manage.py compilemessages --ignore .venv

lock: .venv/.installed-dev
	@$(COMPILE) $(if $(UPGRADE),--upgrade) requirements.in -o requirements.txt
	@$(COMPILE) $(if $(UPGRADE),--upgrade) requirements-dev.in -o requirements-dev.txt

# The stamps make every start after the first one instant.
$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Parley needs Python 3.11 or newer; name it with PYTHON=python3.12 make run"; exit 1; }
	@echo "Making a virtual environment in .venv"
	@rm -f .venv/.installed .venv/.installed-dev
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "python3 cannot make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }

.venv/.installed: requirements.txt | $(PY)
	@echo "Installing what Parley runs on (once, about half a minute)"
	@$(PIP) install --require-hashes -r requirements.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt requirements.txt | $(PY)
	@echo "Installing what Parley is tested with (once)"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch .venv/.installed $@
