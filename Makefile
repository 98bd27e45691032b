# Mailman Classic.  `make help` lists what there is.
#
# There are two builds, which do not disturb each other: the checkout as its own
# prefix, for trying and testing (build/, .venv/), and the one that configure.py
# prepares for `make install` (build/configured/).

# Any Python from 3.11 on; PYTHON=... overrides.
PYTHON := $(or $(PYTHON),$(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && exit; done))
VENV = .venv
RUN = $(VENV)/bin/python
CONFIGURED = build/configured
DESTDIR =
PYTEST_FLAGS = -q

.DEFAULT_GOAL := all
.PHONY: all help run demo test bench lint docs messages install dist clean distclean \
	programs pages ready check-python

all: ## build what is configured; without configure.py: what `make run` needs
	@if [ -f $(CONFIGURED)/install.json ]; then $(MAKE) --no-print-directory built; \
	else $(MAKE) --no-print-directory ready && \
	echo 'Ready to try: make run.  To install: python3 configure.py --help'; fi

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | \
	while IFS='|' read name words; do printf '  make %-9s %s\n' "$$name" "$$words"; done

run: ready ## a trial site in this folder, until Ctrl-C
	@$(RUN) -m mailman.trial

demo: ready ## the same once, without questions; the exit status tells
	@$(RUN) -m mailman.trial --once

test: ready $(VENV)/test ## all tests; those for servers that are not here are skipped aloud
	$(RUN) -m pytest $(PYTEST_FLAGS)

bench: ready $(VENV)/test ## the measurements of docs/tests.md
	$(RUN) -m tests.bench

lint: $(VENV)/lint ## ruff and mypy --strict
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

docs: ready ## write the generated pages of docs/ anew
	$(RUN) docs/generate.py

messages: ready ## gather the texts to translate; docs/translating.md
	@$(RUN) messages/update.py

install: ## install what was configured; as root
	@[ -f $(CONFIGURED)/install.json ] || \
	{ echo 'First: python3 configure.py (see its --help), then make' >&2; exit 1; }
	@$(MAKE) --no-print-directory built
	@$(PYTHON) -B -m installer.install --destdir '$(DESTDIR)'

dist: ## dist/mailman-classic-VERSION.tar.gz of the last commit
	@mkdir -p dist
	@version=$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml); \
	name=mailman-classic-$$version; \
	git archive --prefix=$$name/ -o dist/$$name.tar.gz HEAD && \
	echo dist/$$name.tar.gz

clean: ## remove what was built; lists, mail and settings of the trial site stay
	rm -rf build dist templates/web-compiled .mypy_cache .pytest_cache .ruff_cache
	rm -f mail/mailman $(filter-out %.c %.h %/Makefile %.md,$(wildcard cgi-bin/*))
	find . -name .venv -prune -o -name __pycache__ -type d -print | xargs rm -rf

distclean: clean ## also remove the trial site, its lists and its Python
	rm -rf $(VENV) Mailman data locks logs qfiles spam outbox mail/mailman.conf
	find lists archives -mindepth 1 ! -name README.md -delete

# --- the checkout as its own prefix -------------------------------------------

# Everything that `make run` and the tests stand on.
ready: check-python $(VENV)/run build/install.json programs pages

check-python:
	@[ -n '$(PYTHON)' ] || { echo 'Python 3.11 or newer is missing.  Debian, Ubuntu:' \
	'apt install python3 python3-venv;  or name one: make PYTHON=/path/to/python3' >&2; \
	exit 1; }

# The first look at the machine, before anything is fetched: it names what is missing.
build/checked: configure.py $(wildcard installer/*.py)
	@$(MAKE) --no-print-directory check-python
	@$(PYTHON) -B configure.py --trial
	@touch $@

$(VENV)/bin/python: | build/checked
	@echo '  VENV $(VENV)'
	@$(PYTHON) -m venv $(VENV)

# One stamp per set of packages; pyproject.toml names them.
$(VENV)/run $(VENV)/test $(VENV)/browser $(VENV)/lint: pyproject.toml | $(VENV)/bin/python
	@echo '  PIP  $(@F)'
	@$(RUN) -m pip install --quiet --disable-pip-version-check \
	$$($(PYTHON) -B -m installer.dependencies $(@F))
	@touch $@

build/install.json: build/checked $(VENV)/bin/python
	@$(PYTHON) -B configure.py --trial

programs: build/install.json
	@$(MAKE) -s -C mail
	@$(MAKE) -s -C cgi-bin

pages: build/pages

# The templates of pages, as Python modules.
build/pages: mailman/site/pages.py $(shell find templates/web -type f) | $(VENV)/run
	@[ ! -d templates/web ] || $(RUN) -m mailman.site.pages templates
	@mkdir -p $(@D) && touch $@

# --- what configure.py prepared -----------------------------------------------

.PHONY: built
built: $(CONFIGURED)/pythonlib/.complete
	@$(MAKE) -s -C mail BUILD=../$(CONFIGURED) OUT=../$(CONFIGURED)
	@$(MAKE) -s -C cgi-bin BUILD=../$(CONFIGURED) OUT=../$(CONFIGURED)

# The dependencies, fetched now so that `make install` needs no network.
$(CONFIGURED)/pythonlib/.complete: pyproject.toml $(CONFIGURED)/install.json
	@echo '  PIP  $(@D)'
	@$(PYTHON) -B -m installer.dependencies --into $(@D)
	@touch $@
