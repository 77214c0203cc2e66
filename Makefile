# `make` alone prints the targets. Nothing here depends on the machine: tune through the environment (GOFLAGS, GOMAXPROCS).

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO       ?= go
FUZZTIME ?= 10s
BENCH    ?=
PKG      ?= ./...
SESSIONS ?= 1000000
# The other soaks grow with the worlds: 200 kills, 2,000 crashes, 10,000 flipped bits, 300 s of each plague and 600 s of a
# flood to a million.
KILLS    ?= $(shell echo $$((($(SESSIONS) + 4999) / 5000)))
CRASHES  ?= $(shell echo $$((($(SESSIONS) + 499) / 500)))
FLIPS    ?= $(shell echo $$((($(SESSIONS) + 99) / 100)))
PLAGUE   ?= $(shell echo $$((($(SESSIONS) + 3332) / 3333)))
STORM    ?= 20000
FLOOD    ?= 10000
FLOOD_SECONDS ?= $(shell echo $$((($(SESSIONS) + 1666) / 1667)))
LOAD     ?= 15
DRILL    ?= 10000
GOLANGCI ?= $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.14.0
CYCLONEDX ?= $(GO) run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
COMMIT    ?= $(shell git describe --tags --always --dirty 2>/dev/null)

.PHONY: help
help: ## print this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/sluice, reproducibly
	$(GO) build -trimpath -o bin/sluice ./cmd/sluice

.PHONY: test
test: ## start the database of the tests, then vet, gofmt, all tests and the notebooks
	@if [[ -x .ci/postgres ]]; then .ci/postgres; fi
	$(GO) vet ./...
	@unformatted="$$(gofmt -l .)"; if [[ -n "$$unformatted" ]]; then echo "gofmt -w these files:" >&2; echo "$$unformatted" >&2; exit 1; fi
	$(GO) test ./...
	notebooks/run

.PHONY: notebooks
notebooks: ## run the notebooks from top to bottom; what they show is in bin/notebooks (NOTEBOOKS='fills ab' for some)
	notebooks/run $(NOTEBOOKS)

.PHONY: race
race: ## all tests under the race detector (PKG=./one/package/... for a part)
	$(GO) test -race -short $(PKG)

.PHONY: soak
soak: soak-worlds soak-kill soak-flood ## everything that takes long: random worlds, kills, a flood; SESSIONS=1000000 is a night, 100000 half an hour
	@echo "soak: all of it passed, with SESSIONS=$(SESSIONS) KILLS=$(KILLS) CRASHES=$(CRASHES) PLAGUE=$(PLAGUE)"

# A soak of worlds is a test named TestSoak… that runs when SLUICE_SOAK says how much; its last lines are its summary.
.PHONY: soak-worlds
soak-worlds: ## random worlds with every fault and the model beside them (SESSIONS=1000000, hours; 100000 are minutes)
	@SLUICE_SOAK=$(SESSIONS) $(GO) test -count=1 -timeout 0 -v -run '^TestSoak' ./internal/router | { grep --line-buffered -vE '^(=== |--- (PASS|SKIP)|PASS$$|    .*\[rapid\] OK)' || true; }

.PHONY: mutants
mutants: ## break the sources on purpose, one rule at a time, and count what the tests notice (MUTANTS=regexp for some)
	@$(GO) test -tags mutants -count=1 -timeout 0 -v -run '^TestMutants$$' ./internal/mutants | { grep --line-buffered -vE '^(=== |PASS$$)' || true; }

.PHONY: bench
bench: ## the published benchmarks against their baselines, about 3 minutes (BENCH=regexp PKG=./one/package for others)
	@if [[ -n '$(BENCH)' ]]; then $(GO) test -run '^$$' -bench '$(BENCH)' -benchmem $(PKG); else $(GO) run ./internal/bench; fi

.PHONY: load
load: ## the live router at the steady load, the peak and twice the peak, LOAD=15 seconds each; about 4 minutes, nothing lost
	@SLUICE_LOAD=$(LOAD) $(GO) test -count=1 -timeout 0 -v -run '^TestLoad$$' ./cmd/sluice | { grep --line-buffered -vE '^(=== |--- PASS|PASS$$|ok )' || true; }

.PHONY: drill
drill: ## the kill drill: each trigger alone, all else broken, DRILL=10000 orders at ten venues; a few minutes
	@SLUICE_DRILL=$(DRILL) $(GO) test -count=1 -timeout 0 -v -run '^TestKillDrillFull$$' ./cmd/sluice | { grep --line-buffered -vE '^(=== |    --- PASS|--- PASS|PASS$$|ok )' || true; }

.PHONY: bench-worlds
bench-worlds: ## the learner and published policies over recorded worlds (SLUICE_DATA), or WORLDS=generated ones; a few minutes
	@SLUICE_BENCH_WORLDS='$(or $(WORLDS),recorded)' $(GO) test -count=1 -timeout 0 -v -run '^TestBenchWorlds$$' ./internal/evaluate | { grep --line-buffered -vE '^(=== |--- PASS|PASS$$|ok )' || true; }

# The seeds are not those on which any policy was tuned. Everything printed is of simulated markets.
.PHONY: bench-learning
bench-learning: build ## does learning pay, in simulated markets: learning curve, nothing to learn, a change, random markets; about 40 minutes
	bin/sluice compare --scenario scenarios/balanced.toml --policies static,ganchev,learner --parents 30000 --seed 4000 --seeds 2
	bin/sluice compare --scenario scenarios/null.toml --policies static,learner --parents 3000 --seed 4000 --seeds 10
	bin/sluice compare --scenario scenarios/shift.toml --policies static,ganchev,learner --parents 2000 --seed 4000 --seeds 16
	bin/sluice compare --random 5000 --worlds 30 --parents 2500 --seeds 1 --policies proportional,ganchev,llp,epsilon,linucb,squarecb,learner

.PHONY: fuzz
fuzz: ## fuzz every decoder for FUZZTIME (10s) each
	@grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sed -E 's|/[^/]+:func | |' | sort -u | \
	while read -r dir target; do echo "$$dir $$target"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$dir" </dev/null; done

.PHONY: soak-kill
soak-kill: ## kill -9 of the real router under load, and every fault of its disk and links (KILLS=200 CRASHES=2000 …)
	SLUICE_KILLS=$(KILLS) $(GO) test -count=1 -timeout 0 -v -run '^TestKillNine$$' ./cmd/sluice | grep --line-buffered -vE '^ *[a-z_]+\.go:[0-9]+: kill [0-9]*[1-9]:'
	SLUICE_CRASHES=$(CRASHES) SLUICE_FLIPS=$(FLIPS) $(GO) test -count=1 -timeout 0 -v -run '^Test(KillAtEveryOperation|PowerLossAtEveryOperation|OneFailedOperation|BitFlips)$$' ./serve/shard
	SLUICE_STORM=$(STORM) $(GO) test -count=1 -timeout 0 -v -run '^TestResendStorm' ./fixgw/session
	SLUICE_PLAGUE_SECONDS=$(PLAGUE) $(GO) test -count=1 -timeout 0 -v -run '^Test(ToxicLinks|SyncFails|FlippedBit)$$' ./cmd/sluice

.PHONY: soak-flood
soak-flood: ## 10,000 connections that never log on, kept up for ten minutes (FLOOD=10000 FLOOD_SECONDS=600)
	SLUICE_FLOOD=$(FLOOD) SLUICE_FLOOD_SECONDS=$(FLOOD_SECONDS) $(GO) test -count=1 -timeout 0 -v -run '^TestConnectionFlood$$' ./cmd/sluice

.PHONY: lint
lint: ## golangci-lint with .golangci.yml; the first time builds it, a few minutes (GOLANGCI=command for your own)
	$(GOLANGCI) run ./...

.PHONY: security
security: ## vet, staticcheck, gosec, licences, secrets, govulncheck where its database answers (GOLANGCI=command as for lint)
	@GOLANGCI='$(GOLANGCI)' $(GO) run ./internal/security

.PHONY: sbom
sbom: build ## bin/sluice.cdx.json, what the binary is made of (CycloneDX), and bin/SHA256SUMS
	$(CYCLONEDX) bin -json -licenses -version '$(or $(COMMIT),unknown)' -output bin/sluice.cdx.json bin/sluice
	cd bin && sha256sum sluice sluice.cdx.json > SHA256SUMS && cat SHA256SUMS

# The second build has an empty cache, so that it is one.
.PHONY: reproducible
reproducible: ## build the last commit in two directories and compare the hashes; minutes, because one build is from nothing
	@dir="$$(mktemp -d)"; trap 'chmod -R u+w "$$dir"; rm -rf "$$dir"' EXIT; \
	for to in one a/longer/path/two; do git clone -q . "$$dir/$$to"; done; \
	$(MAKE) -s -C "$$dir/one" build; GOCACHE="$$dir/cache" $(MAKE) -s -C "$$dir/a/longer/path/two" build; \
	sum() { sha256sum < "$$1/bin/sluice"; }; one="$$(sum "$$dir/one")"; two="$$(sum "$$dir/a/longer/path/two")"; \
	[[ "$$one" == "$$two" ]] || { echo "not reproducible: $$one and $$two" >&2; exit 1; }; \
	echo "reproducible: two builds of $(COMMIT) in two directories are $${one%% *}"

.PHONY: fmt
fmt: ## format all Go files
	gofmt -w .

.PHONY: proto-check
proto-check: ## check that event.proto describes the journal's bytes
	$(GO) test -count=1 -run Schema ./internal/event

.PHONY: conversations
conversations: ## the golden FIX conversations, each through the engine in every pair of versions and over real sessions
	@$(GO) test -count=1 ./internal/talk -all -v | grep -vE '^(=== |ok|PASS|--- PASS: Test[A-Za-z]+ )' | sed -E 's/ \([0-9.]+s\)$$//; s/^ *--- PASS: /pass  /; s/^ *--- FAIL: /FAIL  /'

.PHONY: demo
demo: build ## the whole system in one process on embedded defaults
	bin/sluice demo

.PHONY: clean
clean: ## remove what build, bench and demo left
	rm -rf bin demo-data
	find . -name '*.test' -o -name '*.prof' | xargs -r rm -f
