# The two commands of a newcomer are `make run` and `make test`.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
VENV := .venv
BIN := $(VENV)/bin
BUILT := src/ipudong/portal/static/built
FRONTEND := $(shell find frontend -path frontend/node_modules -prune -o -type f -print 2>/dev/null)
TEMPLATES := $(shell find src -name '*.html' 2>/dev/null)
CATALOGUES := $(shell find src -name '*.po' 2>/dev/null)
say = @printf '\033[2mprepare\033[0m %s\n' "$(1)" >&2
# Browser tests share one database connection with the test server's threads; what those threads
# complain of when a test takes the server away is no fault of a page.
SHARED_SERVER := -W ignore::pytest.PytestUnhandledThreadExceptionWarning \
  -W ignore::pytest.PytestUnraisableExceptionWarning
install = $(BIN)/uv pip install -q --python $(BIN)/python

.PHONY: help run test check soak docs frontend messages new-system bench clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

run: $(VENV)/.ready ## Start a demonstration district and print its address
	@$(BIN)/ipudong serve

test: $(VENV)/.develop-ready ## Install what the tests need, then run all checks and tests
	@tools/prepare-debian
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m "not soak and not crash and not browser"
	$(BIN)/python -m pytest -q -n 2 --dist loadfile $(SHARED_SERVER) tests/browser
	$(BIN)/python -m pytest -q tests/journeys
	$(BIN)/python -m pytest -q -m "crash and not soak"

check: $(VENV)/.develop-ready ## Lint, format, types, import contracts, translations, docs
	@$(BIN)/python tools/check.py

soak: $(VENV)/.develop-ready ## Long crash, load and fuzz runs
	$(BIN)/python -m pytest -q -m soak --timeout 3600

docs: $(VENV)/.develop-ready ## Write the generated reference pages anew
	@$(BIN)/python tools/reference.py write

bench: $(VENV)/.ready ## Run every benchmark and write the page of figures
	@$(BIN)/python tools/figures.py

new-system: $(VENV)/.develop-ready ## Start a system's folder: make new-system NAME=parking TASK=8
	@$(BIN)/python tools/new_system.py $(NAME) --task $(TASK)

frontend: $(VENV)/.frontend ## Build the browser's part

messages: $(VENV)/.develop-ready ## Bring the message catalogues up to date with the sources
	@$(BIN)/python tools/messages.py extract

clean: ## Remove what was built; a district's data in var/ stays
	rm -rf $(VENV) $(BUILT) frontend/node_modules

$(VENV)/.installer: requirements/bootstrap.txt
	@tools/prepare-python
	@touch $@

$(VENV)/.runtime: $(VENV)/.installer requirements/runtime.txt pyproject.toml
	$(call say,installing $$(grep -c == requirements/runtime.txt) pinned packages)
	@$(install) --require-hashes -r requirements/runtime.txt
	@$(install) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.develop: $(VENV)/.runtime requirements/develop.txt
	$(call say,installing the tools of developers)
	@$(install) --require-hashes -r requirements/develop.txt
	@touch $@

$(VENV)/.frontend: $(VENV)/.installer $(FRONTEND) $(TEMPLATES)
	$(call say,building the front end)
	@set -e; node=$$(tools/prepare-node); export PATH="$$node:$$PATH"; cd frontend; \
	  if [ ! -e node_modules/.ready ] || [ package-lock.json -nt node_modules/.ready ]; then \
	    npm ci --silent --no-audit --no-fund --ignore-scripts && touch node_modules/.ready; fi; \
	  npm run --silent build -- --logLevel warn
	@touch $@

$(VENV)/.messages: $(VENV)/.runtime $(CATALOGUES) tools/messages.py
	@$(BIN)/python tools/messages.py compile
	@touch $@

$(VENV)/.ready: $(VENV)/.runtime $(VENV)/.frontend $(VENV)/.messages
	@touch $@

$(VENV)/.develop-ready: $(VENV)/.develop $(VENV)/.ready
	@touch $@
