# Every command of the house. `make help` reads the lines that carry two hashes.

PY := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help run test check prove bench lint format translations lock runtime dev browser

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: runtime ## migrate, seed the demo chain on first run, serve on http://127.0.0.1:8000 (PORT=…)
	@exec scripts/run.sh

test: dev browser ## every test, on SQLite and a real PostgreSQL, Redis and browser (ARGS=…)
	@CHROMIUM="$$(scripts/browser.sh)" $(PY) -m pytest --numprocesses=2 $(ARGS)

check: lint test ## format, lint, types, import contracts, template lint, then every test

prove: dev ## the promises at full size, resumable: races, kills, a million cards, hostile input
	@$(PY) -m tests.prove $(ARGS)

bench: dev ## every figure as a ratio to a limit measured in the same run
	@$(PY) -m bench $(ARGS)

lint: dev ## what `make check` does before the tests
	@scripts/lint.sh

format: dev ## let ruff rewrite what it can
	@$(PY) -m ruff format . && $(PY) -m ruff check --fix .

translations: runtime ## bring the catalogues up to date with code and templates, compile them
	@scripts/translations.sh

lock: runtime ## write the lock files from requirements*.in (ARGS=--upgrade)
	@scripts/lock.sh $(ARGS)

runtime:
	@scripts/setup.sh runtime

dev:
	@scripts/setup.sh test

browser:
	@scripts/browser.sh >/dev/null
