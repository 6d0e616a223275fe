# Two commands do everything: `make run` and `make test`. `make help` lists all.

BUILD ?= build
PRESET ?= release
JOBS ?= $(shell nproc)
PYTHON ?= /usr/bin/python3
PACKAGES = $(shell grep -v '^\#' apt-packages.txt)
SUDO = $(shell [ "$$(id -u)" = 0 ] || echo sudo)

CXX_FILES = $(shell git ls-files '*.cpp' '*.h')

.DEFAULT_GOAL := help
.PHONY: help deps build run test test-slow bench docs deb format lint coverage clean

help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

deps: ## Installs the Debian packages of apt-packages.txt
	@if ! dpkg -s $(PACKAGES) >/dev/null 2>&1; then \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $(PACKAGES); \
	fi

$(BUILD)/build.ninja: | deps
	cmake --preset $(PRESET) -B $(BUILD)

build: deps $(BUILD)/build.ninja ## Builds everything into build/, binaries in build/bin/
	cmake --build $(BUILD) -j $(JOBS)

run: build ## Compiles a real int8 network for VTA, runs and checks it; maps a transformer block
	PYTHONPATH=python $(PYTHON) -m accel.demo --bin $(BUILD)/bin --out $(BUILD)/run

test: build ## Runs every test but the slow ones
	ctest --test-dir $(BUILD) --output-on-failure -LE slow -j $(JOBS)

test-slow: build ## Runs the long property tests
	ctest --test-dir $(BUILD) --output-on-failure -L slow

bench: build ## Runs all benchmarks into build/bench/
	@mkdir -p $(BUILD)/bench
	@if [ -x $(BUILD)/bin/accel-bench ]; then \
	  for suite in model mapper deepbench gradient; do \
	    $(BUILD)/bin/accel-bench $$suite --csv $(BUILD)/bench/$$suite.csv || exit 1; \
	  done; \
	fi

docs: build ## Writes all pages and the reference as static HTML into build/docs/html/
	cmake --build $(BUILD) --target accel-docs

deb: build ## Builds a Debian package, build/accel_<version>_<architecture>.deb
	cpack --config $(BUILD)/CPackConfig.cmake -B $(BUILD) -G DEB

format: ## Formats the C++ sources
	clang-format-22 -i $(CXX_FILES)

lint: build ## Checks format, Python and clang-tidy
	clang-format-22 --dry-run --Werror $(CXX_FILES)
	flake8
	run-clang-tidy-22 -quiet -p $(BUILD) -j $(JOBS) '^$(CURDIR)/(lib|tools|python)/'

coverage: deps ## Prints the line coverage of lib/
	cmake --preset coverage
	cmake --build build-coverage -j $(JOBS)
	rm -rf build-coverage/profile
	LLVM_PROFILE_FILE=$(CURDIR)/build-coverage/profile/%8m.profraw \
	  ctest --test-dir build-coverage -LE slow -j $(JOBS)
	llvm-profdata-22 merge -sparse build-coverage/profile/*.profraw \
	  -o build-coverage/all.profdata
	llvm-cov-22 report build-coverage/bin/accel-opt \
	  $$(find build-coverage/bin build-coverage/test/Unit build-coverage/lib -maxdepth 1 \
	    -type f -executable -printf '-object %p ') \
	  -instr-profile build-coverage/all.profdata $(CURDIR)/lib | tail -n 1

clean: ## Removes the build
	rm -rf $(BUILD)
