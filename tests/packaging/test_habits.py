"""The files that tools read: they are valid, and agree on versions with what is pinned."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import keras_seq

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def project():
    return tomllib.loads(text_of("pyproject.toml"))["project"]


def test_the_workflow_tests_the_pythons_that_are_supported():
    workflow = yaml.safe_load(text_of(".github/workflows/test.yml"))
    (job,) = workflow["jobs"].values()
    prefix = "Programming Language :: Python :: 3."
    minors = [int(c.removeprefix(prefix)) for c in project()["classifiers"] if c.startswith(prefix)]
    oldest, newest = job["strategy"]["matrix"]["python"]
    assert (oldest, newest) == (f"3.{min(minors)}", f"3.{max(minors)}")
    assert project()["requires-python"] == f">={oldest}"
    assert [step["run"] for step in job["steps"] if "run" in step] == ["make test"]


def test_pre_commit_runs_the_pinned_ruff():
    (repository,) = yaml.safe_load(text_of(".pre-commit-config.yaml"))["repos"]
    hooks = {hook["id"]: hook for hook in repository["hooks"]}
    (pin,) = re.findall(r"^ruff==.+$", text_of("constraints.txt"), flags=re.MULTILINE)
    for name in ("ruff-check", "ruff-format"):
        assert hooks[name]["additional_dependencies"] == [pin]


def test_the_citation_and_the_changelog_are_of_this_version():
    citation = yaml.safe_load(text_of("CITATION.cff"))
    assert set(citation) >= {"cff-version", "message", "title", "authors", "version"}
    assert citation["version"] == keras_seq.__version__
    assert citation["license"] == project()["license"]
    headings = re.findall(r"^## (.+)$", text_of("CHANGELOG.md"), flags=re.MULTILINE)
    assert "Unreleased" in headings
    assert any(heading.split(" ")[0] == keras_seq.__version__ for heading in headings)
