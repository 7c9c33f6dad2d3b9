"""The predictions of a classifier as a table."""

from collections.abc import Sequence

import numpy as np

from keras_seq.tasks.classification.data import LabeledText


def prediction_columns(
    examples: LabeledText, names: Sequence[str], probabilities: np.ndarray
) -> dict[str, list]:
    """The columns of a table with the text, its label and what was predicted.

    Args:
        examples: `LabeledText` of N texts.
        names: of the K classes.
        probabilities: array (N, K).

    Returns:
        Dictionary of `text`, `label`, `predicted` and `score`, lists of N.

    Example:

    >>> from keras_seq.tasks.classification import LabeledText
    >>> from keras_seq.tasks.classification.report import prediction_columns
    >>> examples = LabeledText(["so good"], ["yes"], "made here")
    >>> columns = prediction_columns(examples, ["no", "yes"], np.array([[0.75, 0.25]]))
    >>> columns["predicted"], columns["score"]
    (['no'], ['0.7500'])
    """
    return {
        "text": examples.texts,
        "label": examples.labels,
        "predicted": [names[k] for k in probabilities.argmax(axis=1)],
        "score": [f"{p:.4f}" for p in probabilities.max(axis=1)],
    }
