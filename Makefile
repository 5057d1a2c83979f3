# make build: set up and run the main job; make test: set up and pass the tests; make prove: the
# long ones, too.
# Everything lands in .venv, from the hash-pinned locks; the tests use the system's Chromium.
.PHONY: build test prove lint lock benchmark clean
PYTHON ?= python3
BIN := .venv/bin

build: .venv/run.stamp
	$(BIN)/erdao-geo build

test: .venv/dev.stamp
	sh scripts/ensure_chromium.sh
	$(BIN)/python -m pytest

prove: .venv/dev.stamp
	$(BIN)/python -m pytest -m slow

lint: .venv/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

benchmark: .venv/dev.stamp
	$(BIN)/pip install --quiet --require-hashes -r requirements-bench.txt
	$(BIN)/python benchmarks/measure.py
	$(BIN)/python benchmarks/overlap.py
	$(BIN)/python benchmarks/overlap_areas.py
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/import.py
	$(BIN)/python benchmarks/page.py

.venv/run.stamp: requirements.txt requirements-build.txt pyproject.toml scripts/hatch_assets.py assets/package-lock.json
	sh scripts/make_venv.sh $(PYTHON)
	$(BIN)/pip install --quiet --require-hashes -r requirements.txt -r requirements-build.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.txt
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

# Needs uv. The locks hold versions and hashes, and no registry's address.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock"
lock:
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) --group build -c requirements.txt -o requirements-build.txt
	$(LOCK) --group build --group dev -c requirements.txt -o requirements-dev.txt
	$(LOCK) --group bench -c requirements.txt -o requirements-bench.txt

clean:
	rm -rf .venv src/erdao_geo/_assets maps/*.html .mypy_cache .ruff_cache .pytest_cache
