"""Asking a model on disk, from Python and from the shell."""

import subprocess
import sys

import pytest

from keras_seq.export import isolated_process
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
