# Everything that is done with this repo, each in a word. The first time a verb makes .venv; nothing is installed elsewhere
# (but for Chromium, when root asks for the tests). Without make: the same in plain commands stands in README.md.

PYTHON ?=
JOBS ?= 2
LAB_OPTIONS ?=

# The first of these that is 3.11 to 3.14 and can make a virtual environment; `make PYTHON=…` names the one to take.
PYTHONS := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)
RUN := .venv/bin/python
LAB := $(RUN) -m jupyterlab --ServerApp.root_dir=. --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate \
       $(if $(filter 0,$(shell id -u)),--allow-root) $(LAB_OPTIONS)
SANITIZE := tests/notebooks/sanitize.cfg

.NOTPARALLEL:
.PHONY: help lab lab-ru test style types unit notebooks browser outputs texts environment bench clean

help:
	@echo "make lab          the course, in English; make lab-ru: in Russian"
	@echo "make test         all tests, the fast ones first: style types unit notebooks browser"
	@echo "make style        ruff: rules and layout"
	@echo "make types        mypy --strict"
	@echo "make unit         tests of netkit and of this repo, without notebooks and browser"
	@echo "make notebooks    the lessons: rules, and every stored output against a new run"
	@echo "make browser      the lessons and widgets in JupyterLab in Chromium"
	@echo "make outputs      runs the lessons and stores what they show"
	@echo "make texts        the Russian catalogue: takes in new texts of the code, for a translator"
	@echo "make environment  environment.yml (and Binder's) with the versions that are installed here"
	@echo "make bench        speed and memory, as ratios"
	@echo "make clean        takes .venv and the caches away"

lab: .venv/lab
	$(LAB) notebooks/en/00_start.ipynb

lab-ru: .venv/lab
	$(LAB) notebooks/ru/00_start.ipynb

test: style types unit notebooks browser

style: .venv/test
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check

types: .venv/test
	$(RUN) -m mypy

unit: .venv/test
	$(RUN) -m pytest --ignore=tests/notebooks --ignore=tests/browser --ignore=tests/bench -n $(JOBS) --dist loadfile

notebooks: .venv/test
	$(RUN) -m pytest tests/notebooks -n $(JOBS) --dist loadfile
	$(RUN) -m pytest --nbval notebooks --nbval-current-env --nbval-sanitize-with $(SANITIZE) --nbval-cell-timeout 60 \
	  -n $(JOBS) --dist loadfile

browser: .venv/test
	$(RUN) -m tests.browser.chromium --install
	$(RUN) -m pytest tests/browser

outputs: .venv/test
	$(RUN) -m tests.notebooks.outputs

texts: .venv/test
	$(RUN) -m tests.texts

environment: .venv/test
	$(RUN) binder/pin.py

bench: .venv/test .venv/peers/bin/gunicorn
	$(RUN) -m tests.bench

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

# The stamps .venv/lab and .venv/test: what is installed stands there until pyproject.toml changes.
.venv/lab: pyproject.toml
	@set -e; seen=; \
	for python in $(PYTHONS); do \
	  version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>&1) || version="not to be had"; \
	  case $$version in \
	    3.11|3.12|3.13|3.14) \
	      if $$python -c 'import ensurepip, venv' 2>/dev/null; then found=$$python; break; fi; \
	      version="$$version, without venv (Debian and Ubuntu: apt install python3-venv)" ;; \
	  esac; \
	  seen="$$seen  $$python: $$version\n"; \
	done; \
	if [ -z "$$found" ]; then \
	  printf 'The course needs a Python 3.11, 3.12, 3.13 or 3.14 with venv. What is here:\n%bName another one: make PYTHON=/path/to/python3\n' \
	    "$$seen" >&2; exit 1; \
	fi; \
	.venv/bin/python -c '' 2>/dev/null || $$found -m venv --clear .venv
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable .
	$(RUN) -c "import matplotlib.font_manager"
	@touch $@

# The servers that are measured against; without a way to them the bench says that they are missing.
.venv/peers/bin/gunicorn: | .venv/lab
	-$(RUN) -m venv .venv/peers && .venv/peers/bin/python -m pip install --quiet --disable-pip-version-check \
	  gunicorn httpbin mitmproxy

.venv/test: .venv/lab
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	@touch $@
