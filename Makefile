# Confab's targets. `make demo` shows what it does; `make test` checks all of it.
# On Linux: bash, make and an internet connection are enough to begin with; `make deps` installs the rest.
SHELL := /bin/bash
VERSION := 0.1.0
GOTEST_FLAGS ?= -race
export PATH := $(HOME)/.local/confab-go/bin:$(PATH)

.PHONY: all deps build run demo test bench lint fmt package clean fuzz screenshots

all: build

deps: ## install the system packages (Debian, Ubuntu); elsewhere say what to install
	@.ci/deps

build: ## bin/confab
	@.ci/deps --check build
	go build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/confab .

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
	go test $(GOTEST_FLAGS) -timeout 15m ./...

bench: ## what a frame, a packet and a peer cost
	go test -run '^$$' -bench . -benchtime 2s ./conference/... 

fuzz: ## each fuzz target for half a minute
	@for p in $$(go list ./...); do for f in $$(go test -list '^Fuzz' $$p 2>/dev/null | grep ^Fuzz); do \
	  echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime 30s $$p || exit 1; done; done

lint: ## fast first
	@test -z "$$(go tool gofumpt -l $$(git ls-files '*.go'))" || { go tool gofumpt -l $$(git ls-files '*.go'); echo "Run 'make fmt'."; exit 1; }
	go vet ./...
	go tool staticcheck -checks all,-ST1000 ./...
	go tool deadcode -test ./...

fmt: ## gofumpt
	go tool gofumpt -w $$(git ls-files '*.go')

package: build ## Confab.tar.xz for Linux, by Fyne's packager
	go tool fyne package --os linux --release
	@mkdir -p build && mv -f Confab.tar.xz build/ && ls -l build/Confab.tar.xz

clean:
	rm -rf bin build
