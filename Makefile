# The two commands that matter need no make: see README.md. This is the rest.

MODULES := $(shell go list -m -f '{{.Dir}}')
TOOL    := GOWORK=off go tool -modfile=$(CURDIR)/tools/go.mod

.PHONY: check
check: fmt tidy vet lint api alone apart newer prove vuln race stress ## everything that CI checks after the tests

.PHONY: fmt
fmt: ## fails if gofmt would change a file
	@out=$$(gofmt -l .); test -z "$$out" || { echo "run gofmt -w on:" $$out; exit 1; }

.PHONY: tidy
tidy: ## fails if a go.mod or go.sum is not tidy
	@for dir in $(MODULES); do (cd $$dir && GOWORK=off go mod tidy -diff) || exit 1; done

.PHONY: vet
vet: ## also for the platforms that CI does not run on
	go vet work
	GOOS=darwin go vet .
	GOOS=windows go vet .
	GOARCH=386 go vet ./...
	GOARCH=arm64 go vet ./...

.PHONY: lint
lint:
	@for dir in $(MODULES); do echo "staticcheck $$dir"; (cd $$dir && $(TOOL) staticcheck ./...) || exit 1; done

.PHONY: api
api: ## writes api.txt; a test compares it
	go test -run="^TestAPI$$" -api .

.PHONY: alone
alone: ## every module builds without the workspace
	@for dir in $(MODULES); do (cd $$dir && GOWORK=off go build -o /dev/null ./...) || exit 1; done

# Libraries that do not build with what other modules of the workspace require.
APART := examples/adk examples/genkit

.PHONY: apart
apart: ## the modules that are not in the workspace: tidy, vetted, tested
	@for dir in $(APART); do (cd $$dir && export GOWORK=off && go mod tidy -diff && go vet ./... && go test ./...) || exit 1; done

.PHONY: newer
newer: ## integrations with a version of their library that needs a newer Go than the workspace
	@tools/newer integrations/mutfantasy charm.land/fantasy@v0.46.0 go1.27.3

.PHONY: prove
prove: ## a fresh module installs every module by version, and builds the README and the examples
	go run ./tools/release prove

.PHONY: vuln
vuln: ## known vulnerabilities; passes with a notice where the database cannot be reached
	@out=$$($(TOOL) govulncheck ./... 2>&1) && echo "$$out" || case "$$out" in \
	*"fetching vulnerabilities"*) echo "not checked, the vulnerability database cannot be reached";; \
	*) echo "$$out"; exit 1;; esac

.PHONY: race
race:
	go test -race work
	go test -count=1 ./internal/mutagentapi/schematest # its inputs are not all in its own module

.PHONY: stress
stress: ## the lock-free code, and what runs beside the program, on one processor and on more than there are
	go test -cpu=1,4,16 -count=20 ./internal/queue
	go test -race -cpu=1,4,16 -count=5 ./internal/queue ./internal/intake
	go test -race -cpu=1,2,8 -count=1 -run='$(CONCURRENT)' . ./internal/outbox ./internal/freeze

CONCURRENT = Concurrent|ManyGoroutines|LiveSpans|Snapshot|Goexit|Late|DuringShutdown|FlushUnderLoad|KeepErrors|Deadlines|LeakOf

FUZZTIME ?= 20s

.PHONY: fuzz
fuzz: ## every fuzz test in turn
	@for pkg in $$(go list ./...); do for name in $$(go test -list '^Fuzz' $$pkg | grep ^Fuzz); do \
		go test -run='^$$' -fuzz="^$$name$$" -fuzztime=$(FUZZTIME) $$pkg || exit 1; done; done

.PHONY: bench
bench: ## ratios against others, see benchmarks/README.md
	cd benchmarks && go run ./ratios
	cd benchmarks && go run ./deliver

KILLS ?= 200
SOAK  ?= 10m

.PHONY: soak
soak: ## kills (of the viewer, too), faults for half an hour, and a minute of load against a dead server, again and again; see docs/faults.md
	go test -count=1 -v -run='^TestKill$$' -kills=$(KILLS) -timeout=0 ./internal/testing/faults
	go test -count=1 -v -run='^TestKill$$' -kills=50 ./cmd/mutview
	go test -count=1 -v -run='^TestSoak$$' -soak=$(SOAK) -timeout=0 ./internal/testing/faults
	go test -race -run='DeadServer|RoundsGoOn|Steady|Shutdown' -count=20 -timeout=60m .
