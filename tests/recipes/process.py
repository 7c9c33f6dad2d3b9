"""A recipe as its users run it: a process with flags, its exit code and what it prints."""

import contextlib
import io
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_seq  # noqa: F401  (registers what is loaded)

HOUSE = Path(__file__).parents[2]
# The sentiment recipe resumes on every backend, the others on the quickest, which traces no graphs.
resumes_on_torch = pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="resumes on every backend in the sentiment recipe"
)
# What every recipe leaves in `--out`, beside the versions it exports and files of its own.
FILES = {"README.md", "config.json", "figures", "history.csv", "metrics.json", "model.keras"}


def start(recipe, *flags, **environment):
    return launch([], recipe, *flags, **environment)


def launch(through, recipe, *flags, **environment):
    """The recipe in a process of its own, `through` being what stands before its path."""
    return subprocess.Popen(
        [sys.executable, "-u", *map(str, through), path_of(recipe), *map(str, flags)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(HOUSE), **environment},
    )


def finish(process):
    output, errors = process.communicate(timeout=800)
    return process.returncode, output, errors


def run(recipe, *flags, **environment):
    """(exit code, standard output, standard error)."""
    return finish(start(recipe, *flags, **environment))


def cut_off(recipe, *flags, by, after):
    """As `run`, of a process that sends itself the signal `by` as it prints a line that begins so.

    A signal from this process may come late, when training is over already.
    """
    return finish(launch(["-m", "tests.recipes.cut_off", after, by], recipe, *flags))


def sentence(errors):
    """The last line on standard error, with no traceback before it."""
    assert "Traceback" not in errors, errors
    return errors.strip().splitlines()[-1]


def assert_refused(recipe, cases):
    """Of (flags, exit code, words): each is refused so, with one sentence that has the words.

    All in one process, one after the other: most of such a run is its imports.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.recipes.process", recipe],
        input=json.dumps([list(map(str, flags)) for flags, *_ in cases]),
        capture_output=True,
        text=True,
        cwd=HOUSE,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    for (flags, code, words), (exit_code, errors) in zip(cases, found, strict=True):
        assert exit_code == code, f"{flags}: {errors}"
        assert sentence(errors).startswith(recipe), f"{flags}: {errors}"
        assert words in sentence(errors), f"{flags}: {errors}"


def weights_of(out):
    return keras.saving.load_model(out / "model.keras").get_weights()


def assert_same_weights(out, other):
    """Two runs ended with the same weights, bit for bit."""
    for found, wanted in zip(weights_of(out), weights_of(other), strict=True):
        np.testing.assert_array_equal(found, wanted)


def path_of(recipe):
    return str(HOUSE / "recipes" / f"{recipe}.py")


def refusal(recipe, flags):
    """(exit code, standard error) of a recipe that ends this process, were it not held."""
    errors = io.StringIO()
    sys.argv[:] = [path_of(recipe), *flags]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
        try:
            runpy.run_path(sys.argv[0], run_name="__main__")
        except SystemExit as end:
            return end.code, errors.getvalue()
    raise AssertionError(f"{flags}: the recipe did not exit")


if __name__ == "__main__":
    recipe = sys.argv[1]
    print(json.dumps([refusal(recipe, flags) for flags in json.load(sys.stdin)]))
