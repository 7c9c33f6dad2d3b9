# make run [RECIPE=sentiment] [BACKEND=tensorflow|jax|torch] [ARGS="..."]   train, export, ask the export
# make test [PYTEST_ARGS="..."]                                            lint, then the suite on each backend
# make check [BACKEND=...] [PYTEST_ARGS="..."]                              lint, then one case of each test on one backend
# make mutate [ARGS="--backend torch"]                                     known mistakes, each of which a test must catch
# make lint | make benchmark [OF=recurrent] [BACKEND=...] [ARGS="..."] | make clean
# make docs                                                                the API reference, to build/docs

PYTHON ?= python3
RECIPE ?= sentiment
OF ?= recurrent
BACKEND ?= tensorflow
ARGS ?=
PYTEST_ARGS ?=
OUT ?= saved_models/$(RECIPE)
export TF_CPP_MIN_LOG_LEVEL ?= 2

# What the exported model is asked at the end.
ASK_sentiment := "I like the story." "I do not like the story, but I do like the cast." \
	"I like the cast, but I do not like the story."
ASK_ner := "Belk grew up in Drumond." "Belk opened a factory in Drumond." "Belk lies north of Drumond."
ASK_translation := "the third of May, nineteen eighty-four" "Monday, 4 July 2061" "four thousand and seventeen"
ASK_segmentation := "他从小学毕业已经十年了。" "他从小学钢琴。"

BACKENDS := tensorflow jax torch
comma := ,

ifeq ($(filter $(BACKEND),$(BACKENDS)),)
$(error BACKEND must be one of: $(BACKENDS). Received: BACKEND=$(BACKEND))
endif

# The constraints hold for the build environment too, hence the variable and not -c. Old ways to build
# (seqeval comes as source) miss what they need to build with.
PIP_INSTALL = PIP_USE_PEP517=1 PIP_CONSTRAINT=constraints.txt $(1)/bin/python -m pip install --quiet --editable '.[$(2)]'

.PHONY: run test check mutate lint benchmark docs clean

ifeq ($(wildcard recipes/$(RECIPE).py),)
run:
	@echo "RECIPE must be one of: $(notdir $(basename $(wildcard recipes/*.py))). Received: RECIPE=$(RECIPE)" >&2; exit 2
else
run: .venv/.installed-$(BACKEND)
	@touch .venv/.started
	.venv/bin/python recipes/$(RECIPE).py --backend $(BACKEND) --out $(OUT) $(ARGS)
ifneq ($(ASK_$(RECIPE)),)
	@newest=$$(find $(OUT) -mindepth 1 -maxdepth 1 -type d -name '[0-9]*' -newer .venv/.started | sort -V | tail -n 1); \
	test -z "$$newest" || .venv/bin/python -m keras_seq.export.ask "$$newest" $(ASK_$(RECIPE))
endif
endif

test: .venv-test/.installed
	@failed=""; \
	.venv-test/bin/ruff check . || failed="$$failed ruff-check"; \
	.venv-test/bin/ruff format --check . || failed="$$failed ruff-format"; \
	for backend in $(BACKENDS); do \
		echo "=== KERAS_BACKEND=$$backend"; \
		KERAS_BACKEND=$$backend .venv-test/bin/python -m pytest tests -n auto --maxprocesses 4 --dist worksteal $(PYTEST_ARGS) || failed="$$failed $$backend"; \
	done; \
	if [ -n "$$failed" ]; then echo "make test: failed:$$failed" >&2; exit 1; fi; \
	echo "make test: lint and all backends passed: $(BACKENDS)"

check: lint
	KERAS_BACKEND=$(BACKEND) .venv-test/bin/python -m pytest tests --quick -n 2 --dist worksteal $(PYTEST_ARGS)

mutate: .venv-test/.installed
	.venv-test/bin/python -m tests.mutations $(ARGS)

lint: .venv-test/.installed
	.venv-test/bin/ruff check .
	.venv-test/bin/ruff format --check .

benchmark: .venv-test/.installed
	.venv-test/bin/python -m tests.benchmarks.$(OF) --backend $(BACKEND) $(ARGS)

docs: .venv-test/.installed
	.venv-test/bin/python .docs/build.py

# Stamps: nothing is installed again until what is to be installed has changed.
.venv/.installed-%: pyproject.toml constraints.txt | .venv/.created
	@echo "installing keras_seq and what it needs for $* into .venv (minutes, once)"
	@$(call PIP_INSTALL,.venv,recipes$(addprefix $(comma),$(filter-out tensorflow,$*)))
	@touch $@

.venv-test/.installed: pyproject.toml constraints.txt | .venv-test/.created
	@echo "installing keras_seq and all three backends into .venv-test (minutes, once)"
	@$(call PIP_INSTALL,.venv-test,jax$(comma)torch$(comma)recipes$(comma)dev$(comma)docs)
	@touch $@

%/.created:
	@$(PYTHON) -m venv --clear $*
	@touch $@

.PRECIOUS: %/.created

# Trained models are the user's: saved_models/ stays.
clean:
	rm -rf .venv .venv-test build dist .hypothesis .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
