"""Asking a model on disk, from Python and from the shell."""

import subprocess
import sys

import pytest

from keras_seq.export import isolated_process
from keras_seq.export.answer_format import AnswerFormat
from keras_seq.export.ask import main
from tests.export.stand_in import SENTENCES

pytestmark = pytest.mark.once


def test_the_newest_version_is_asked_from_the_shell(exported):
    texts = [*SENTENCES, ""]
    done = subprocess.run(
        [sys.executable, "-m", "keras_seq.export.ask", exported.folder.parent, *texts],
        capture_output=True,
        text=True,
        check=True,
    )
    (answer,) = isolated_process.answer(str(exported.folder), [{"text": texts}])
    width = max(map(len, answer["label"]))
    rows = zip(texts, answer["label"], answer["score"], strict=True)
    wanted = [f"{label:{width}}  {score:.4f}  {text}" for text, label, score in rows]
    assert done.stdout.splitlines() == wanted


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "usage: python -m keras_seq.export.ask FOLDER TEXT [TEXT ...]"),
        (["folder"], "usage: python -m keras_seq.export.ask FOLDER TEXT [TEXT ...]"),
        (["/no/such", "a"], "/no/such: there is no SavedModel here, nor a version of one"),
    ],
)
def test_what_cannot_be_asked(capsys, arguments, message):
    assert main(arguments) == 2
    assert capsys.readouterr().err == message + "\n"


def test_a_model_without_a_format_answers_in_names_and_values(monkeypatch, capsys, tmp_path):
    (tmp_path / "saved_model.pb").touch()
    rows = [{"label": "good", "score": 0.5}, {"label": "bad", "score": 0.25}]
    monkeypatch.setattr("keras_seq.export.ask.answers_of", lambda *_: rows)
    assert main([str(tmp_path), "a", "b"]) == 0
    assert capsys.readouterr().out == "label=good  score=0.5\nlabel=bad  score=0.25\n"


def test_the_format_of_answers_is_kept_beside_the_model(tmp_path):
    assert AnswerFormat.load(tmp_path) is None
    answer_format = AnswerFormat("{tokens}: {score:.1f}", span="<{span}>{span_type}")
    answer_format.save(tmp_path)
    assert AnswerFormat.load(tmp_path) == answer_format
    answer = {
        "tokens": ["a", "b", "c", "d", ""], "score": 0.25, "span_start": [1, 3, -1],
        "span_end": [3, 4, -1], "span_type": ["X", "Y", ""],
    }  # fmt: skip
    assert answer_format.lines(["a b c d"], [answer]) == ["a <b c>X <d>Y: 0.2"]
