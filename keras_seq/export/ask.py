"""Ask a servable model: `python -m keras_seq.export.ask saved_models/sentiment "a text" ...`.

The model is loaded in a clean process, which has TensorFlow but cannot import keras_seq.
"""

import sys

from keras_seq.export.process import ExportError, call_in_clean_process
from keras_seq.export.versions import latest_version


def ask(folder, texts):
    """The answers of a text classifier or translator on disk.

    Args:
        folder: a SavedModel, or the folder of its versions: then the newest is asked.
        texts: list of str.

    Returns:
        List of dict: of a classifier `label` (str), `score` (float) and `probabilities` (list of
        float), of a translator `translation` (str) and `score` (float).

    Raises:
        ExportError: there is no such model, or it cannot be run.
    """
    (answer,) = call_in_clean_process(latest_version(folder).absolute(), [{"text": list(texts)}])
    return [dict(zip(answer, row, strict=True)) for row in zip(*answer.values(), strict=True)]


def main(arguments):
    """Print label or translation, score and text, one line each; return the exit code."""
    if len(arguments) < 2:
        print("usage: python -m keras_seq.export.ask FOLDER TEXT [TEXT ...]", file=sys.stderr)
        return 2
    folder, *texts = arguments
    try:
        answers = ask(folder, texts)
    except ExportError as error:
        print(error, file=sys.stderr)
        return 2
    said = [answer.get("label", answer.get("translation")) for answer in answers]
    width = max(map(len, said))
    for text, word, answer in zip(texts, said, answers, strict=True):
        print(f"{word:{width}}  {answer['score']:.4f}  {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
