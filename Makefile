# akin needs Go to build and run. Its tests need more, which make tools installs:
# a browser, Java, DynamoDB Local, and validators.

GO_DIRS = $(shell go list -f '{{.Dir}}' ./...)

.PHONY: build release release-check wordpress-plugin test checks tests vulnerabilities tools background pictures widget widget-package widget-frameworks tune bench bench-compare cases bench-import torture fuzz torture-dynamo bench-dynamo

# Without cgo the program is static, and shares what is compiled with the functions.
build:
	CGO_ENABLED=0 go build -trimpath -o bin/akin .

# What a release consists of, bin/release: static programs for Linux, macOS and
# Windows in archives, with manual page and completions, bills of materials, and
# SHA256SUMS. make release VERSION=1.2.3 gives it a number.
VERSION =
release:
	go run ./infra/release --version '$(VERSION)' bin/release

# The plugin for WordPress, bin/wordpress/akin-related.zip, which the dashboard takes
# as it is. make release makes it too.
wordpress-plugin:
	go run ./infra/release --only wordpress bin/wordpress

# That release of this commit once more, from another folder and with nothing built
# before, and the same bytes. It takes some minutes of two processors.
release-check: release
	@dir=$$(mktemp -d) && trap 'chmod -R u+w $$dir; rm -rf $$dir' EXIT && git clone -q . $$dir/elsewhere && cd $$dir/elsewhere && \
	GOCACHE=$$dir/cache go run ./infra/release --version '$(VERSION)' $$dir/release && \
	cmp $$dir/release/SHA256SUMS $(CURDIR)/bin/release/SHA256SUMS && (cd $(CURDIR)/bin/release && sha256sum --check --quiet SHA256SUMS) && \
	echo "both builds are equal, byte for byte"

# All that guards main.
test: tools checks tests vulnerabilities

# Garbage is collected less often in what follows, which saves a tenth of the work.
checks tests: export GOGC = 300

# The race detector takes five to fifteen times as long as what it watches, and
# sees something only where things run at once. So tests run without it, built as
# the program is and sharing what is compiled; and under it run those of RACED, the
# packages whose code starts goroutines or holds locks, atomic values or pools
# (infra/test/arch holds the list to that). Of these, FULL run both ways, since some
# of their tests are left out under the race detector, or do less there: those that
# run long on one goroutine, and those in a browser, whose pages TestPagesAtOnce
# asks for all at once in their place (tools.Raced and tools.SkipRaced say which).
# The others of RACED run under it only. That leaves what reads foreign files, and
# the Lambda functions: they are these packages put together, and the tests of
# infra/test/e2e run them as processes, which no detector sees.
RACED = akin/functions/akin akin/functions/web akin/recommend/engine akin/infra/dynamo \
	akin/recommend/coverage akin/functions/web/api akin/functions/web/pages akin/functions/web/serve \
	akin/functions/wire akin/infra/bolt akin/infra/emf akin/infra/memory akin/infra/remote akin/infra/webhook \
	akin/infra/test/storetest akin/recommend/index akin/recommend/parallel akin/recommend/text
FULL = akin/functions/web akin/infra/dynamo akin/recommend/engine akin/recommend/coverage

# Of the checks of pointers that come with the race detector, only those of akin's
# own packages; those of the libraries would be a twelfth of the work. Without the
# folder of the project in it, what is compiled is that of every other clone on the
# machine.
RACE = -race -trimpath -gcflags=all=-d=checkptr=0 -gcflags=akin/...=

# Vetted as most tests are built, so that every package is compiled once for both.
checks: export CGO_ENABLED = 0
checks:
	@unformatted=$$(gofmt -l main.go functions infra recommend testdata); \
	if [ -n "$$unformatted" ]; then echo "not formatted by gofmt:"; echo "$$unformatted"; exit 1; fi
	go vet -trimpath ./...
	staticcheck=$$(go tool -n staticcheck) && GOFLAGS="$$(go env GOFLAGS) -trimpath" $$staticcheck ./...

# The packages that take longest are named first, so that none runs alone at the
# end. Each has been vetted, and no test binary need wait a second as it ends. What
# the functions take to start is measured before, while nothing else runs; under the
# race detector, as the errand that they are compared with was.
tests: export GORACE = atexit_sleep_ms=50
tests: export GOMEMLIMIT = 1GiB
tests:
	go test $(RACE) -vet=off ./infra/test/e2e -run '^TestProgramsStartSoon$$'
	CGO_ENABLED=0 go test -trimpath -vet=off -timeout 15m -skip '^TestProgramsStartSoon$$' $(FULL) $(filter-out $(RACED),$(shell go list ./...))
	go test $(RACE) -vet=off -timeout 15m $(RACED)

# The database of vulnerabilities is on the net; without it there is nothing to check.
vulnerabilities:
	@if curl -fsS -m 10 -o /dev/null https://vuln.go.dev/index/db.json 2>/dev/null; then \
		go run golang.org/x/vuln/cmd/govulncheck@v1.1.4 ./...; \
	else echo "govulncheck: not run, https://vuln.go.dev does not answer"; fi

# Each script installs one thing, and nothing where it is there.
tools:
	@for script in infra/test/install/*.sh; do echo "$$script"; bash $$script || exit 1; done

# The shares of general language, recommend/text/background/general.bin, from the
# words of a tokenizer at an exact version; NOTICE says whose they are.
WORDS = js-tiktoken@1.0.21
WORDS_SHA512 = 6e23a3ffa339a9d831e532a30e7153d72992a4ce6d6dddf29700edad0bc5412bb467b6c1624a36745f96fda5245d43ee93a215a51c64ff7436b073b31a54b7ea

background:
	@dir=$$(mktemp -d) && trap 'rm -rf $$dir' EXIT && cd $$dir && npm pack --silent $(WORDS) && \
	echo "$(WORDS_SHA512)  $$(ls *.tgz)" | sha512sum --check --quiet && tar xzf *.tgz && \
	cd $(CURDIR) && go test -count=1 -v -run '^TestMakeGeneral$$' ./recommend/text -ranks $$dir/package/dist/ranks/o200k_base.js

# The sample's pictures, testdata/corpus/pictures, drawn anew.
pictures:
	go test -count=1 ./infra/test/artwork -update

# The widget that akin serves, functions/web/pages/assets/widget-VERSION.js, from its
# source, and its hash in docs/widget.md.
widget:
	go test -count=1 ./infra/widget -run '^TestScript' -update

# The npm package of the widget, bin/akin-related and the file that npm makes of it.
PACKAGE = $(CURDIR)/bin/akin-related
widget-package:
	rm -rf $(PACKAGE) $(PACKAGE)-*.tgz
	go test -count=1 ./infra/widget -run '^TestPackage$$' -package $(PACKAGE)
	cd bin && npm pack --silent ./akin-related

# That package in pages that React, Vue, Svelte, Astro and Eleventy build, in Chromium.
# They come from npm, at exact versions, into .cache; it takes some minutes.
widget-frameworks: widget-package
	infra/test/frameworks/build.sh $(PACKAGE)-*.tgz
	go test -count=1 -v ./functions/web -run '^TestWidgetInFrameworks$$' -frameworks $(CURDIR)/.cache/frameworks

# What each part of the weighing does to the judged sets of a folder.
SETS = testdata
tune:
	go run . eval --sets $(SETS) --ablate

# make bench ITEMS=FILE measures on the items of a file, JSON Lines, gzipped or not.
# Garbage is collected as often as akin does it.
bench: export AKIN_BENCH_ITEMS = $(abspath $(ITEMS))
bench: export GOGC = 60
bench:
	go test -run '^$$' -bench . -benchmem ./...

# The benchmarks of a commit and of this folder in turn, in so many rounds, and how many
# times as long the latter take: make bench-compare BASE=403636a BENCH='Publish$$'. It
# goes by the items of a file as bench does.
ROUNDS = 5
BENCH = Terms|Plain|Detect|AllLists|Nearest|OneAgainstAll|Publish$$|RelatedReader|Withdraw|ImportAndReindex|Handler|Loopback|Pages$$|Store$$|Report
bench-compare: export AKIN_BENCH_ITEMS = $(abspath $(ITEMS))
bench-compare: export GOGC = 60
bench-compare:
	go run ./infra/test/compare --rounds $(ROUNDS) --bench '$(BENCH)' '$(BASE)'

# What real sites hand over, and what is right of it, in a folder that is kept
# beside the project; make cases CASES=FOLDER names another.
CASES = ../shared/cases
cases:
	AKIN_CASES=$(abspath $(CASES)) go test -count=1 -timeout 20m -run '^TestCases$$' ./functions/akin

# Imports of so many works from each kind of source, and then their first lists, with
# seconds, user+sys and the largest resident size of each. With 25,000 the imports
# are held to a minute and 500 MB, and the lists to 500 MB.
WORKS = 25000
bench-import:
	go test -count=1 -v -timeout 60m -run '^TestImportMany$$' ./functions/akin -works $(WORKS)

# The engine on DynamoDB Local under 10,000 faults, and what publishes, views and
# cold starts take there; for 60,000 items name a file of them in AKIN_BENCH_ITEMS.
torture-dynamo:
	AKIN_DYNAMO_FAULTS=10000 go test -run 'TestEngine|TestFault' -v -timeout 90m ./infra/dynamo/

bench-dynamo:
	go test -run '^$$' -bench Engine -benchtime 5x -timeout 60m ./infra/dynamo/

# Short runs of every fuzz test, each from its own corpus on: so many inputs, or
# so long (make fuzz FUZZ_TIME=1h). Inputs are counted by default, as Go before
# 1.27 now and then takes the end of the time for a failure of the test, "context
# deadline exceeded" (go.dev/issue/75804). So is what goes into making an input
# smaller, which may take a minute otherwise. All run, even after one has failed.
FUZZ_TIME = 20000x
fuzz:
	@failed=; for dir in $(GO_DIRS); do \
		for name in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$dir/*_test.go 2>/dev/null); do \
			go test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZ_TIME) -fuzzminimizetime 1000x $$dir || failed="$$failed $$name"; \
		done; \
	done; \
	if [ -n "$$failed" ]; then echo "failed:$$failed"; exit 1; fi

# Long forms of the tests that kill akin, cut its power, damage its file, and walk
# its listings while they change. The seed is printed; make torture SEED=N repeats its choices.
SEED = $(shell date +%s)
KILLS = 200
DAMAGES = 2000
torture:
	go test -count=1 -v -timeout 60m -run '^TestKill$$' ./functions/akin -kills $(KILLS) -kill-seed $(SEED)
	go test -count=1 -v -timeout 60m -run '^TestKillBesideServe$$' ./functions/akin -kills $(KILLS) -kill-seed $(SEED)
	go test -count=1 -v -timeout 60m -run '^TestPowerLoss$$' ./infra/bolt -cuts $(KILLS) -cut-seed $(SEED)
	go test -count=1 -v -timeout 60m -run '^TestDamage$$' ./infra/bolt -damages $(DAMAGES) -damage-seed $(SEED)
	go test -count=1 -v -timeout 60m -run '^TestListsAreExactAfterAnything$$' ./recommend/engine -rapid.checks 2000 -rapid.seed $(SEED)
	go test -count=1 -v -timeout 60m -run '^TestWalks$$' ./recommend/engine -walks 10000 -walk-seed $(SEED)

include infra/lambda.mk
