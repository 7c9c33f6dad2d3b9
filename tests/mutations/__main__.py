"""Mutation tests of the core: `python -m tests.mutations [WORD ...] [--backend NAME]`.

`mutations.toml` lists known mistakes. Each of them is applied to a copy of the tree, where the
test that it names must then fail. Words select the mutations that have one of them in their name.
The exit code is 1 if a mutation survives, if its old text is no longer in its file exactly once,
or if its test fails without it.
"""

import argparse
import collections
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

HOUSE = Path(__file__).parents[2]
COPIED = ("keras_seq", "recipes", "tests", "pyproject.toml")
FAILED = 1  # pytest's exit code where tests ran and some failed; a test that cannot run is another
# The time limits of one test with a mutation, which may make a loop endless, and of all without.
SECONDS, SECONDS_OF_ALL = 900, 7200


class Mutation(NamedTuple):
    """In `file` the text `old` becomes `new`, and then `test` must fail on `backend`."""

    name: str
    file: str
    old: str
    new: str
    test: str
    backend: str = "torch"

    def applied(self, text):
        """The mutated text of the file; ValueError unless the old text is in it exactly once."""
        if (count := text.count(self.old)) != 1:
            raise ValueError(f"{self.file} has the old text {count} times: {self.old}")
        return text.replace(self.old, self.new)


def mutations():
    """All mutations of the list."""
    path = Path(__file__).with_name("mutations.toml")
    return [Mutation(**row) for row in tomllib.loads(path.read_text("utf-8"))["mutation"]]


def run(tree, backend, tests, seconds):
    """pytest's exit code for some tests in a tree, and what it printed."""
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "PYTHONPATH": str(tree),
        # A file that is changed twice within a second would leave bytecode that looks current.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command = [sys.executable, "-m", "pytest", *options, *tests]
    try:
        done = subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, text=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        return FAILED, f"not done after {seconds} s"
    return done.returncode, done.stdout + done.stderr


def verdict(tree, mutation):
    """What became of a mutation: caught, survived, or why that cannot be said."""
    path = tree / mutation.file
    original = path.read_text("utf-8")
    try:
        path.write_text(mutation.applied(original), "utf-8")
        code, output = run(tree, mutation.backend, [mutation.test], SECONDS)
    except ValueError as error:
        return f"NOT APPLIED: {error}"
    finally:
        path.write_text(original, "utf-8")
    if code == FAILED:
        return "caught"
    return "SURVIVED" if code == 0 else f"NOT RUN: {output[-2000:]}"


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="WORD", help="a part of the name of a mutation")
    parser.add_argument(
        "--backend", choices=("tensorflow", "jax", "torch"), help="only those of this backend"
    )
    options = parser.parse_args()
    chosen = [
        mutation
        for mutation in mutations()
        if options.backend in (None, mutation.backend)
        and (not options.words or any(word in mutation.name for word in options.words))
    ]
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        for name in COPIED:
            source = HOUSE / name
            copy = shutil.copytree if source.is_dir() else shutil.copy2
            copy(source, tree / name)
        tests = collections.defaultdict(set)
        for mutation in chosen:
            tests[mutation.backend].add(mutation.test)
        for backend, names in sorted(tests.items()):
            code, output = run(tree, backend, sorted(names), SECONDS_OF_ALL)
            if code:
                print(f"without any mutation, tests fail on {backend}:\n{output[-4000:]}")
                return 1
        for mutation in chosen:
            found = verdict(tree, mutation)
            print(f"{found:8}  {mutation.backend:10}  {mutation.name}", flush=True)
            if found != "caught":
                wrong.append(mutation.name)
    print(f"{len(chosen) - len(wrong)} of {len(chosen)} mutations are caught")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
