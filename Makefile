# Every target sets up what it needs itself: Go modules through the module proxy,
# nothing else. Targets that want more (wine, qemu, promtool) say so in one line.
GO      ?= go
export CGO_ENABLED ?= 0
PKGS    ?= ./...
SRC     ?=
FUZZTIME?= 10s
SHELL   := /bin/bash
CROSS   := linux/386 linux/arm64 linux/s390x windows/amd64 windows/arm64 darwin/amd64 darwin/arm64 freebsd/amd64 netbsd/amd64 openbsd/amd64 \
           illumos/amd64 aix/ppc64 js/wasm wasip1/wasm plan9/amd64

# The ring's protocol with a checker between it and its memory.
CHECKED := -tags shmcheck ./shm/ring

# Waiting as on macOS and the BSDs, by FIFOs, and fences as on them.
FIFO := -tags shmfifo ./internal/futex ./shm/...

# Views whose use after Release faults.
DEBUGGED := -tags shmdebug ./memmapfs

.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 16

demo: ## stream a file tree through shared memory to a second process (SRC=/some/tree)
	@$(GO) run ./examples/demo $(if $(SRC),-src $(SRC))

test: ## all tests; CI=true makes a skip without need a failure
	@set -o pipefail; { $(GO) test -json $(PKGS) && $(GO) test -json $(CHECKED) && $(GO) test -json $(FIFO) && $(GO) test -json -run 'Debug|View' $(DEBUGGED); } | $(GO) run ./internal/testreport $(if $(CI),-strict)
	@$(if $(filter ./...,$(PKGS)),for m in bench bridge/nats; do (cd $$m && $(GO) vet ./... && $(GO) test ./...) || exit 1; done)

race: ## all tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race $(PKGS)
	CGO_ENABLED=1 $(GO) test -race -tags shmfifo -run 'Bell|Ring|Wait|Wake|Pipe|Poller' ./internal/futex ./shm/ring

soak: ## the long variants of the tests
	SHMKIT_SOAK=1 $(GO) test -timeout 60m $(PKGS)
	SHMKIT_SOAK=1 $(GO) test -timeout 60m -v $(CHECKED)

BENCH := -results results -charts ../docs/bench -doc ../docs/performance.md
bench: ## every comparison with the rivals, charts and the table of speed goals (about 15 minutes)
	cd bench && $(GO) run ./cmd/shmbench $(BENCH) $(BENCHFLAGS)

bench-quick: ## the same with fewer sizes and rounds, under 3 minutes; keeps the committed results
	@dir=$$(mktemp -d) && cd bench && $(GO) run ./cmd/shmbench -quick -results $$dir $(BENCHFLAGS); s=$$?; rm -rf "$$dir"; exit $$s

model: ## the ring's protocol as a Promela model, under spin (installs spin on Debian as root)
	@./scripts/model.sh

fuzz: ## every fuzz target for FUZZTIME each
	@GO="$(GO)" FUZZTIME="$(FUZZTIME)" ./scripts/fuzz.sh

lint: ## gofmt, vet, staticcheck (pinned in go.mod), house rules
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "gofmt needed:"; echo "$$out"; exit 1; }
	$(GO) vet ./...
	$(GO) vet $(CHECKED)
	$(GO) vet $(FIFO)
	$(GO) vet $(DEBUGGED)
	$(GO) tool staticcheck ./...
	$(GO) tool staticcheck $(FIFO)
	$(GO) test -count=1 ./internal/house
	$(GO) mod verify >/dev/null

cross: ## vet and compile all tests for every platform
	@GO="$(GO)" ./scripts/cross.sh $(CROSS)

test-windows: ## the tests, cross-built, under Wine (installs wine64 on Debian as root)
	@GO="$(GO)" ./scripts/test-windows.sh $(PKGS)

test-386: ## the tests as a 32-bit program
	@GO="$(GO)" ./scripts/test-qemu.sh 386 $(PKGS)

test-arm64: ## the tests under QEMU (installs qemu-user-static on Debian as root)
	@GO="$(GO)" ./scripts/test-qemu.sh arm64 $(PKGS)

test-s390x: ## the tests on a big-endian machine, under QEMU
	@GO="$(GO)" ./scripts/test-qemu.sh s390x $(PKGS)

test-wasm: ## what a platform without maps does, run under Node.js
	GOOS=js GOARCH=wasm $(GO) test -exec "$$($(GO) env GOROOT)/lib/wasm/go_js_wasm_exec" -run 'Unsupported|WithoutMaps' ./shm ./memmapfs
	GOOS=js GOARCH=wasm $(GO) test -exec "$$($(GO) env GOROOT)/lib/wasm/go_js_wasm_exec" ./sigbus ./internal/mmap ./internal/cpu ./internal/explore

api: ## write the exported API anew; a difference is a decision
	$(GO) test -count=1 -run TestExportedAPI ./internal/house -update

clean: ## remove what the targets built
	rm -rf bin .wine

.PHONY: help demo test race soak model bench bench-quick fuzz lint cross test-windows test-386 test-arm64 test-s390x test-wasm api clean
