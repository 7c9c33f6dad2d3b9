"""The rules of CONTRIBUTING.md that a machine can check."""

import ast
import doctest
import importlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_seq

HOUSE = Path(__file__).parent.parent
CODE = sorted(
    p for room in ("keras_seq", "recipes", "tests", ".docs") for p in (HOUSE / room).rglob("*.py")
)
PACKAGE = [p for p in CODE if p.is_relative_to(HOUSE / "keras_seq")]
TEXT = CODE + sorted(
    p
    for p in [*HOUSE.iterdir(), *(HOUSE / "recipes").iterdir(), *(HOUSE / ".ci").iterdir()]
    if p.name in ("LICENSE", "Makefile", "run")
    or p.suffix in (".cff", ".md", ".toml", ".txt", ".yaml")
)
BACKENDS = ("tensorflow", "jax", "torch")
CALCULATORS = {"tensorflow", "jax", "jaxlib", "torch", "tensorflow_text"}


def source_of(path):
    return path.read_text(encoding="utf-8")


def imports_of(path):
    """Every module a file imports, at the top or inside a function."""
    for node in ast.walk(ast.parse(source_of(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{a.name}" for a in node.names)


def allowed_calculators(path):
    """Only backend/ computes with a library; data/ and export/ use tf.data and SavedModel."""
    room, *rest = path.relative_to(HOUSE / "keras_seq").with_suffix("").parts
    if room == "backend":
        return {rest[0]} if rest[0] in BACKENDS else set()
    return {"tensorflow", "tensorflow_text"} if room in ("data", "export", "tasks") else set()


@pytest.mark.once
def test_only_backend_imports_a_calculating_library():
    for path in PACKAGE:
        found = {name.split(".")[0] for name in imports_of(path)} & CALCULATORS
        assert found <= allowed_calculators(path), path


@pytest.mark.once
def test_nothing_private_of_keras_and_no_recipe_is_imported():
    for path in CODE:
        for name in imports_of(path):
            assert not f"{name}.".startswith(
                ("keras.src.", "recipes.", "keras_seq.recipes.", ".")
            ), f"{path}: {name}"


TASKS = sorted(p.parent.name for p in (HOUSE / "keras_seq" / "tasks").glob("*/__init__.py"))


@pytest.mark.once
def test_a_task_is_imported_by_itself_and_by_recipes_alone():
    """No task imports another, and nothing else in the package imports a task."""
    for path in PACKAGE:
        room, *rest = path.relative_to(HOUSE / "keras_seq").with_suffix("").parts
        own = f"keras_seq.tasks.{rest[0]}." if room == "tasks" else None
        for name in imports_of(path):
            if f"{name}.".startswith("keras_seq.tasks."):
                assert own and name.startswith(own), f"{path}: {name}"


@pytest.mark.once
def test_layers_and_models_know_nothing_of_data_training_and_export():
    for path in PACKAGE:
        room = path.relative_to(HOUSE / "keras_seq").parts[0]
        if room in ("data", "training", "export", "tasks"):
            continue
        for name in imports_of(path):
            outer = re.match(r"keras_seq\.(data|training|export)\b", name)
            assert not outer, f"{path}: {name}"


@pytest.mark.once
def test_data_know_nothing_of_models_training_and_export():
    for path in (HOUSE / "keras_seq" / "data").glob("*.py"):
        for name in imports_of(path):
            assert not re.match(r"keras_seq\.(models|training|export)\b", name), f"{path}: {name}"


@pytest.mark.once
@pytest.mark.parametrize("task", TASKS)
def test_a_task_lists_what_its_recipes_and_its_users_call(task):
    """Each name is imported by a recipe, or is for users and has an example."""
    module = importlib.import_module(f"keras_seq.tasks.{task}")
    prefix = f"keras_seq.tasks.{task}."
    recipes = [name for path in (HOUSE / "recipes").glob("*.py") for name in imports_of(path)]
    called = {name.removeprefix(prefix) for name in recipes if name.startswith(prefix)}
    assert called <= set(module.__all__)
    for name in set(module.__all__) - called:
        assert ">>>" in getattr(module, name).__doc__, f"{name} is in no recipe and has no example"
    imported = imports_of(HOUSE / "keras_seq" / "tasks" / task / "__init__.py")
    assert {name.rpartition(".")[2] for name in imported} == set(module.__all__)


@pytest.mark.once
def test_no_function_has_the_name_of_its_module():
    for path in PACKAGE:
        names = [n.name for n in ast.parse(source_of(path)).body if hasattr(n, "name")]
        assert path.stem not in names, path


@pytest.mark.once
def test_no_file_is_a_drawer_for_odds_and_ends():
    for path in CODE:
        assert path.stem not in ("utils", "util", "helpers", "common", "misc"), path


@pytest.mark.once
def test_no_error_is_swallowed():
    """No bare or broad except that passes, and NotImplementedError does not steer."""
    for path in PACKAGE:
        for node in ast.walk(ast.parse(source_of(path))):
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type else "BaseException"
                where = f"{path}:{node.lineno}"
                assert "NotImplementedError" not in caught, where
                if caught in ("Exception", "BaseException"):
                    assert not isinstance(node.body[0], ast.Pass), where


@pytest.mark.once
def test_no_code_is_loaded_from_a_file():
    for path in PACKAGE:
        assert not {"pickle", "dill", "marshal"} & set(imports_of(path)), path
        assert not re.search(
            r"safe_mode\s*=\s*False|enable_unsafe|layers\.Lambda\(", source_of(path)
        )


@pytest.mark.once
def test_no_file_names_a_place_on_somebodys_machine():
    places = "|".join(("work", "root", "home", "opt", "Users", "mnt"))
    pattern = rf"(?<![\w.\-}}])/(?:{places})/|\.\./{'shared'}|https?://(?:localhost|\d)"
    for path in TEXT:
        assert not (found := re.search(pattern, source_of(path))), f"{path}: {found}"


@pytest.mark.once
def test_everything_the_package_asks_for_is_pinned():
    project = tomllib.loads(source_of(HOUSE / "pyproject.toml"))["project"]
    asked = sum(project["optional-dependencies"].values(), project["dependencies"])
    lines = source_of(HOUSE / "constraints.txt").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    for requirement in asked:
        name, bound = requirement.split(">=")
        pin = pins[name.lower().replace("_", "-")]
        assert numbers(bound) <= numbers(pin), requirement


def numbers(version):
    return [int(n) for n in re.findall(r"\d+", version)]


@pytest.mark.once
def test_a_word_for_every_public_name():
    for name in keras_seq.__all__:
        if name == "__version__":
            continue
        thing = getattr(keras_seq, name)
        assert thing.__doc__, name
        if isinstance(thing, type) or callable(thing):
            assert ">>>" in thing.__doc__, f"{name} has no example"


@pytest.mark.parametrize(
    "module", [".".join(p.relative_to(HOUSE).with_suffix("").parts) for p in PACKAGE]
)
def test_examples_run(module):
    """The examples of every docstring, on every backend."""
    name = module.removesuffix(".__init__")
    backend = re.match(r"keras_seq\.backend\.(tensorflow|jax|torch)\b", name)
    if backend and backend[1] != keras.backend.backend():
        pytest.skip("belongs to another backend")
    found = importlib.import_module(name)
    names = {"keras": keras, "np": np, "keras_seq": keras_seq}
    result = doctest.testmod(found, extraglobs=names, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0, "see the captured output"


IMPORTED = """
import json, sys, time
def imported(name):
    before, start = set(sys.modules), time.process_time()
    __import__(name)
    return time.process_time() - start, sorted(set(sys.modules) - before)
print(json.dumps([imported("keras"), imported("keras_seq")]))
"""


def test_importing_is_light():
    """After `import keras`, `import keras_seq` brings in nothing of others, in a moment."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True, cwd=HOUSE
    )
    (theirs, _), (ours, modules) = json.loads(done.stdout.splitlines()[-1])
    libraries = {name.split(".")[0] for name in modules}
    assert libraries - sys.stdlib_module_names == {"keras_seq"}
    # Seconds of this process, and a thirtieth as a rule: a busy machine does not matter.
    assert ours < 0.5 * theirs
