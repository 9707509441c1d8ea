# The entry point. Bare `make` lists what there is. The work is done in deploy/scripts.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help check test-one doc setup setup-tests demo up foreign-client stop down status ports logs images dev-up dev-down fmt lint unit integration e2e test bench fuzz deny

scripts := deploy/scripts
# docker-compose is read by Compose v2 and v1; lib.sh finds out which one is here.
compose := . $(scripts)/lib.sh && compose

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing (root on Debian or Ubuntu; elsewhere it says what to do)
	@$(scripts)/setup.sh

# The tests run on this machine, so they need Rust here; the demo may build in a container.
setup-tests:
	@$(scripts)/setup.sh tests

demo: up ## Start the whole system and show its main job, step by step (JSON=1: a summary for programs)
	@DEMO_JSON=$(JSON) $(scripts)/demo.sh

up: setup images ## Start the whole system and wait until it is healthy
	@$(scripts)/up.sh

foreign-client: up ## Change a password from Python, by reflection alone: no generated code, nothing of ours
	@deploy/foreign-client/run.sh

stop: ## Stop it and keep all data (`make up` goes on from there)
	@$(compose) stop

down: ## Remove everything: containers, networks, volumes, secrets, images (KEEP=1 keeps images)
	@$(scripts)/down.sh

status: ## Which parts run, and are they healthy
	@$(compose) ps

ports: ## What listens where in the running system, and who can reach it (tried, not read)
	@$(scripts)/ports.sh

logs: ## Follow the logs (S=connector for one part)
	@$(compose) logs --follow --tail=100 $(S)

images: ## Build what has changed of the images
	@$(scripts)/build-images.sh

dev-up: setup-tests ## Start a domain controller and a Postgres for development; prints the environment for tests
	@$(scripts)/build-images.sh dc postgres
	@$(scripts)/test-containers.sh start groundwire-dev .run/dev
	@cat .run/dev/env

dev-down: ## Remove those of dev-up
	@$(scripts)/test-containers.sh stop groundwire-dev .run/dev

fmt: ## Format the code
	@. $(scripts)/lib.sh && cargo fmt --all

lint: ## Formatting, the contract (buf), clippy and shellcheck, warnings are errors
	@$(scripts)/test.sh format lint

unit: ## Unit tests: no database, no domain
	@$(scripts)/test.sh unit

check: ## Lint and unit tests of one crate, fast (CRATE=connector, directory, kit, …)
	@CRATE=$(CRATE) $(scripts)/one.sh check

test-one: ## One test, or all whose names hold a text (T=a_reset_that; needs `make dev-up` where it needs a database)
	@T=$(T) $(scripts)/one.sh test

doc: ## The documentation of all crates with private items, warnings are errors
	@$(scripts)/test.sh doc

integration: setup-tests ## The crates' integration tests against a Postgres and a domain of their own
	@$(scripts)/test.sh integration

e2e: setup-tests ## The scenarios through the public API, with the whole system in compose
	@$(scripts)/test.sh e2e

test: setup-tests ## Everything that must hold before a change lands
	@$(scripts)/test.sh

bench: setup-tests images ## Measure against the floor (bare LDAPS modifies, plain inserts), side by side
	@COMPOSE_OVERRIDES="deploy/compose/test.yml deploy/compose/bench.yml" $(scripts)/up.sh
	@$(scripts)/bench.sh

fuzz: ## Fuzz each parser for SECONDS_EACH=20 (TARGETS='connector_*' for some); says where a failing input is
	@SECONDS_EACH=$(SECONDS_EACH) $(scripts)/fuzz.sh $(TARGETS)

deny: ## Licences, sources, bans and advisories of what is depended on (cargo-deny; needs the advisory database)
	@cargo deny --version >/dev/null 2>&1 || { \
		echo "error: cargo-deny is missing; install it with: cargo install --locked cargo-deny" >&2; exit 1; }
	@cargo deny --config .deny.toml check $(CHECK)
