# Confab's targets. `make run` opens the window, `make demo` shows what it does, `make test` checks all of it.
# On Linux: bash, make and an internet connection are enough to begin with; `make deps` installs the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build
export PATH := $(HOME)/.local/confab-go/bin:$(PATH)

# FyneApp.toml is the one place of the version.
VERSION := $(shell sed -n 's/^Version = "\(.*\)"/\1/p' FyneApp.toml)
# migrated_fynedo: the window calls fyne.Do wherever Fyne asks for it, so Fyne need not guard itself.
TAGS := migrated_fynedo
# DYNAMIC=1 links libvpx, libopus, libyuv, libturbojpeg and the X libraries as shared ones, for systems without static ones.
ifdef DYNAMIC
TAGS := $(TAGS),dynamic
export GOFLAGS += -tags=dynamic
endif
LDFLAGS := -X main.version=$(VERSION)
GOTEST_FLAGS ?= -race
FUZZTIME ?= 30s
OUTAGE ?= 60s

.PHONY: help deps build run demo test test-interop test-outage bench bench-network bench-audio bench-browser bench-join bench-serve bench-peers lint fmt fuzz vulnerabilities package clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

deps: ## install Go and the system packages (Debian, Ubuntu); elsewhere say what to install
	@.ci/deps

build: ## bin/confab
	@.ci/deps --check build
	go build -trimpath -tags $(TAGS) -ldflags "$(LDFLAGS)" -o bin/confab .

run: build ## the window
	bin/confab

demo: ## a call of three on this machine: a table, and build/demo.png
	@.ci/deps --check demo || .ci/deps
	@$(MAKE) --no-print-directory build
	bin/confab demo --picture build/demo.png

test: ## everything, with the race detector
	@.ci/deps --check test || .ci/deps
	@$(MAKE) --no-print-directory build
	go vet ./...
	go test $(GOTEST_FLAGS) -timeout 15m $$(go list ./... | tail -n +2)
	@# Whole calls between processes want the machine for themselves.
	go test $(GOTEST_FLAGS) -timeout 15m .

test-interop: build ## calls with pages in Chromium: Ant Media's SDK, socket.io, Peerix's wire, the guest page; INTEROP='-run Course'
	@.ci/deps --check browser || .ci/deps browser
	@mkdir -p build/interop
	cp conference/interop/testdata/browser/* conference/server/guest/testdata/guest.mjs build/interop/
	cd build/interop && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	go test ./conference/interop -v -count=1 -timeout 20m $(INTEROP) -browser ../../build/interop
	go test ./conference/server/guest -v -count=1 -timeout 20m $(INTEROP) -browser ../../../build/interop
	go test . -v -count=1 -timeout 20m -run '^TestACallWithAPageOfPeerix$$' $(INTEROP) -interop

test-outage: ## calls whose signaling is gone for a minute, under each driver: 8 minutes; OUTAGE=10s
	go test . -v -count=1 -timeout 1h -outage $(OUTAGE) \
	  -run '^(TestTheServerIsKilledMidCall|TestTheWholeNATSClusterIsKilledMidCall|TestACallWithoutAServerOutlivesItsSignaling)$$'
	go test ./conference/interop -v -count=1 -timeout 1h -run '^TestACallOutlivesItsServer$$' -outage $(OUTAGE)

bench: ## what a picture, a packet, a peer and a newcomer cost
	@.ci/deps --check build
	@.ci/bench

bench-network: ## how calls fare on bad paths; NETWORK='-network.runs 20 -network.links 3000' or '-network.real'
	@.ci/deps --check build
	go test ./conference/conferencetest -v -count=1 -timeout 10h -run TestNetworkTable -network.table $(NETWORK)

bench-audio: ## how sound fares: echo, noise, bad paths, devices, mouth to ear, devices exchanged in calls, two rooms; 10 minutes
	@.ci/deps --check test || .ci/deps
	@missing=0; for table in media/audio/echo:TestEchoTable:echo media/audio/voice:TestVoiceTable:voice conferencetest:TestPlayoutTable:playout \
	  media/audio:TestDevicesTable:devices .:TestMouthToEarTable:mouth ..:TestDevicesAreExchangedInACall:hot \
	  ..:TestTwoRoomsTalkOverLoudspeakers:rooms; do \
	  IFS=: read -r dir run name <<<"$$table"; \
	  go test "./conference/$$dir" -v -count=1 -timeout 1h -run "^$$run$$" "-$$name.table" || missing=1; done; exit $$missing

bench-browser: ## calls beside the same calls in Chromium, 10 minutes on an idle machine; BROWSER='-window 5s', SCENARIO=640x360_N=2
	@.ci/deps --check browser || .ci/deps browser
	@$(MAKE) --no-print-directory build
	@mkdir -p build/browser
	cp conference/benchmark/testdata/browser/* build/browser/
	cd build/browser && npm ci --no-audit --no-fund --loglevel=error
	go test ./conference/benchmark -v -count=1 -timeout 1h -run '^TestAgainstABrowser$$/$(SCENARIO)' -browser ../../build/browser $(BROWSER)

bench-join: build ## how soon a newcomer sees somebody, over 50 joins, and how long a picture is on its way
	go test ./conference/benchmark -v -count=1 -run '^TestHowFastSomebodyIsInACall$$' -joins 50

bench-peers: build ## what one more peer costs who sends 720p: the whole program's processor time
	go test ./conference/benchmark -v -count=1 -timeout 1h -run '^TestWhatOneMorePeerCosts$$' -peers 4 $(PEERS)

bench-serve: build ## 2,000 members in 500 rooms at one server, with a flood of nonsense in between; SERVE='-serve.instances 2'
	go test ./conference/server -v -count=1 -timeout 20m -run '^TestServingUnderLoad$$' -serve.program ../../bin/confab $(SERVE)

lint: ## format, modern Go, vet, staticcheck, dead code, the project's own rules; fast first
	@.ci/lint

fmt: ## format all Go files
	go tool gofumpt -w $$(git ls-files '*.go')

fuzz: ## each fuzz target for FUZZTIME (30s)
	@grep -l '^func Fuzz' -r --include='*_test.go' . | xargs -n 1 dirname | sort -u | while read -r dir; do \
	  for f in $$(grep -ho '^func Fuzz[A-Za-z0-9_]*' $$dir/*_test.go | cut -c 6-); do \
	    echo "$$dir $$f"; go test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$dir; done; done

vulnerabilities: ## known ones in what is compiled in; asks the database of the Go project
	go tool govulncheck -tags $(TAGS) ./...

package: ## build/Confab.tar.xz for Linux, made by Fyne's packager
	@.ci/deps --check package || .ci/deps
	go build -trimpath -tags $(TAGS),release -ldflags "-s -w $(LDFLAGS)" -o build/confab .
	@.ci/package

clean: ## forget what was built
	rm -rf bin build
