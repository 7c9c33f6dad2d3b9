"""Ask a servable model: `python -m keras_seq.export.ask saved_models/sentiment "a text" ...`.

A SavedModel that does not say how its answers are printed answers in lines of `output=value`. The
model is loaded in an isolated process, which has TensorFlow but cannot import keras_seq.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from keras_seq.export.answer_format import AnswerFormat
from keras_seq.export.process import ExportError, call_in_isolated_process
from keras_seq.export.versions import latest_version


def answers_of(folder: str | Path, texts: Iterable[str]) -> list[dict[str, Any]]:
    """The answers of a model of text on disk.

    Args:
        folder: a SavedModel, or the folder of its versions: then the newest one answers.
        texts: list of str.

    Returns:
        List of dict of output name -> value, one for each text.

    Raises:
        ExportError: there is no such model, or it cannot be run.
    """
    version = latest_version(folder).absolute()
    (answer,) = call_in_isolated_process(version, [{"text": list(texts)}])
    return [dict(zip(answer, row, strict=True)) for row in zip(*answer.values(), strict=True)]


def main(arguments: Sequence[str]) -> int:
    """Print the answers, one line each; return the exit code."""
    if len(arguments) < 2:
        print("usage: python -m keras_seq.export.ask FOLDER TEXT [TEXT ...]", file=sys.stderr)
        return 2
    folder, *texts = arguments
    try:
        version = latest_version(folder)  # once: a run may publish a newer one meanwhile
        answer_format = AnswerFormat.load(version)
        answers = answers_of(version, texts)
    except ExportError as error:
        print(error, file=sys.stderr)
        return 2
    if answer_format is None:
        lines = ["  ".join(f"{name}={value}" for name, value in row.items()) for row in answers]
    else:
        lines = answer_format.lines(texts, answers)
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
