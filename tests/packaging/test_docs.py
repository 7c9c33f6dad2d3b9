"""The API reference builds without a fault, and its build sees the faults: `make docs`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
INTERNAL = {"backend", "training"}  # the loops of each backend; what the recipes share


def test_the_reference_builds_without_a_fault(docs, tmp_path):
    built = subprocess.run(
        [sys.executable, docs.__file__, "--out", tmp_path], capture_output=True, text=True, cwd=ROOT
    )
    assert built.returncode == 0, built.stderr
    layers = (tmp_path / "keras_seq" / "recurrent.html").read_text()
    assert 'id="LSTM"' in layers
    assert "sigmoid(x W_i + h R_i + p_i * c + b_i)" in layers
    assert re.search(r"</code></pre>\s*<figure><svg.*?</svg><figcaption>", layers)
    front = (tmp_path / "keras_seq.html").read_text()
    assert 'href="keras_seq/crf.html#CRF"' in front


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ('<a href="b.html#x">b</a>', "a.html: the link b.html#x leads nowhere"),
        ('<p id="y"><a href="#x">x</a>', "a.html: the link #x leads nowhere"),
        ("<code>keras_seq.LSTMM</code>", "a.html: there is no keras_seq.LSTMM"),
        ("see <b>keras_seq</b>.crf.viterbo", "a.html: there is no keras_seq.crf.viterbo"),
        ('<script src="https://cdn/x.js">', "a.html: needs a network for https://cdn/x.js"),
        ('<p id="x"><a href="#x">x</a> <code>keras_seq.crf.viterbi</code>', None),
    ],
)
def test_a_broken_reference_is_a_fault(docs, page, fault):
    assert docs.broken_links({"a.html": page}) == ([fault] if fault else [])


def test_a_public_name_without_a_docstring_is_a_fault(docs, monkeypatch):
    assert docs.undocumented() == []
    monkeypatch.setattr(docs.keras_seq.MaxPooling, "__doc__", None)
    assert "keras_seq.pooling.MaxPooling has no docstring" in docs.undocumented()


def test_every_public_name_has_its_place(docs):
    folders = {path.parent.name for path in (ROOT / "keras_seq").glob("*/__init__.py")}
    assert folders - INTERNAL <= set(docs.FAMILIES)
    tasks = {path.parent.name for path in (ROOT / "keras_seq" / "tasks").glob("*/__init__.py")}
    assert {f"keras_seq.tasks.{task}" for task in tasks} <= set(docs.module_names())
    for name in docs.public_names("keras_seq"):
        assert docs.places_of_names()[f"keras_seq.{name}"][1] == name
