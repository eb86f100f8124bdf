# The developers' manual on one screen. Every target does its own set-up and may be repeated.
#
#   make demo [SAY="…"]   speak a sentence to a real daemon and see what comes of it
#   make test             format, lint, types, then all tests (JOBS=0 for one after another)
#   make systemd-test     the service under a real systemd, in a container (as root)
#   make setup            system packages and .venv (TORCH=cuda for the CUDA build)
#   make lint             format, lint and types alone
#   make format           let ruff rewrite what it can
#   make bench            every benchmark, the quick version
#   make train            train the shipped models anew, by the commands of their cards (hours)
#   make clean            forget .venv and caches

VENV := .venv
PYTHON ?= python3
# As many tests at a time as there are cores, which wait for sound more than they compute; each
# worker may hold torch, hence no more than four.
JOBS ?= logical --maxprocesses 4
export SAY ?= computer, generate a sunset with a boat on a lake
# Asking for the CUDA build after a first set-up is a set-up of its own.
READY := $(VENV)/.ready$(addprefix -,$(TORCH))
TRAINED := painter-training
SHARED := $(patsubst %,benchmarks/%.py,__init__ background listening sentences talk)
BENCHMARKS := $(patsubst benchmarks/%.py,%,$(filter-out $(SHARED),$(wildcard benchmarks/*.py))) \
	$(patsubst benchmarks/%/__main__.py,%,$(wildcard benchmarks/*/__main__.py))

.PHONY: setup demo test systemd-test lint format bench train clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt scripts/system-packages scripts/private-pulseaudio scripts/install-torch
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mused needs Python 3.11 or newer: make PYTHON=python3.12 setup")'
	scripts/system-packages dev
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	scripts/private-pulseaudio $(VENV)
	@echo 'mused: installing torch and others into $(VENV), about 1.3 GB; this takes a minute or a few'
	scripts/install-torch $(VENV)
	@echo 'mused: torch is there; now the others, another minute or two'
	$(VENV)/bin/pip install -q --disable-pip-version-check -c constraints.txt -e '.[art,systemd,dev]'
	touch $@

demo: $(READY)
	$(VENV)/bin/mused demo "$$SAY"

lint: $(READY)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

test: lint
	$(VENV)/bin/python -m pytest -n $(JOBS) --dist worksteal

systemd-test: $(READY)
	scripts/systemd-test $(VENV)/bin/python

format: $(READY)
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

bench: $(READY)
	@for each in $(BENCHMARKS); do $(VENV)/bin/python -m benchmarks.$$each --quick || exit 1; done

# The painter in the order of art/bundled/README.md.
train: $(READY)
	$(VENV)/bin/mused train vqgan --steps 2400
	$(VENV)/bin/mused train clip --vqgan $(TRAINED)/vqgan/vqgan.safetensors
	$(VENV)/bin/mused train vqgan --from $(TRAINED)/vqgan/vqgan.safetensors --steps 6000 --seed 2 \
		--clip $(TRAINED)/clip/clip.safetensors --folder $(TRAINED)/vqgan-2
	$(VENV)/bin/mused train clip --from $(TRAINED)/clip/clip.safetensors --steps 6000 --seed 2 \
		--vqgan $(TRAINED)/vqgan/vqgan.safetensors --folder $(TRAINED)/clip-2
	$(VENV)/bin/mused train clip --from $(TRAINED)/clip-2/clip.safetensors --steps 5000 --seed 3 \
		--vqgan $(TRAINED)/vqgan-2/vqgan.safetensors --folder $(TRAINED)/clip-3
	$(VENV)/bin/mused train transformer --vqgan $(TRAINED)/vqgan/vqgan.safetensors
	$(VENV)/bin/mused train transformer --from $(TRAINED)/transformer/drafter.safetensors \
		--vqgan $(TRAINED)/vqgan/vqgan.safetensors --steps 4500 --seed 1 \
		--folder $(TRAINED)/transformer-2
	$(VENV)/bin/mused train transformer --from $(TRAINED)/transformer-2/drafter.safetensors \
		--vqgan $(TRAINED)/vqgan-2/vqgan.safetensors --steps 2400 --seed 2 \
		--folder $(TRAINED)/transformer-3
	$(VENV)/bin/mused train enlarger --drafter $(TRAINED)/transformer-3/drafter.safetensors \
		--vqgan $(TRAINED)/vqgan-2/vqgan.safetensors --steps 4500 --seed 5
	$(VENV)/bin/mused train judge
	$(VENV)/bin/mused train speech

clean:
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .pytest_cache build *.egg-info
