"""Ask a servable model: `python -m keras_seq.export.ask saved_models/sentiment "a text" ...`.

The model is loaded in a clean process, which has TensorFlow but cannot import keras_seq.
"""

import sys

from keras_seq.export.process import ExportError, call_in_clean_process
from keras_seq.export.versions import latest_version


def ask(folder, texts):
    """The answers of a model of text on disk.

    Args:
        folder: a SavedModel, or the folder of its versions: then the newest is asked.
        texts: list of str.

    Returns:
        List of dict of output name -> value, one for each text.

    Raises:
        ExportError: there is no such model, or it cannot be run.
    """
    (answer,) = call_in_clean_process(latest_version(folder).absolute(), [{"text": list(texts)}])
    return [dict(zip(answer, row, strict=True)) for row in zip(*answer.values(), strict=True)]


def shown(text, answer, width):
    """An answer as a line: a label, segmented or translated text, or text with its spans."""
    if "label" in answer:
        return f"{answer['label']:{width}}  {answer['score']:.4f}  {text}"
    if "translation" in answer:
        return f"{answer['translation']}  {answer['score']:.4f}"
    if "segmented" in answer:
        return answer["segmented"]
    tokens = [token for token in answer["tokens"] if token]
    names = ("span_start", "span_end", "span_type", "span_score")
    spans = zip(*(answer[name] for name in names), strict=True)
    for start, end, kind, score in spans:
        if kind:
            tokens[start] = "[" + tokens[start]
            tokens[end - 1] += f"]{kind} {score:.2f}"
    return " ".join(tokens)


def main(arguments):
    """Print the answers, one line each; return the exit code."""
    if len(arguments) < 2:
        print("usage: python -m keras_seq.export.ask FOLDER TEXT [TEXT ...]", file=sys.stderr)
        return 2
    folder, *texts = arguments
    try:
        answers = ask(folder, texts)
    except ExportError as error:
        print(error, file=sys.stderr)
        return 2
    width = max(len(answer.get("label", "")) for answer in answers)
    for text, answer in zip(texts, answers, strict=True):
        print(shown(text, answer, width))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
