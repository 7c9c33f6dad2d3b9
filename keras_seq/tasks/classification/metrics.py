"""Scores of predicted classes, and of baselines."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np


def classification_scores(probabilities: Any, labels: Any, train_labels: Any) -> dict[str, float]:
    """The scores of a classifier, and of always predicting the most frequent class.

    Args:
        probabilities: array (B, K).
        labels: integer array (B,), the true classes.
        train_labels: integer array, the classes of the training data, of which the most frequent
            is the baseline.

    Returns:
        Dictionary of `accuracy`, `baseline_accuracy`, `macro_f1` and `loss` (nats per example).

    Example:

    >>> from keras_seq.tasks.classification.metrics import classification_scores
    >>> scores = classification_scores([[0.9, 0.1], [0.4, 0.6], [0.8, 0.2]], [0, 1, 1], [0, 1, 0])
    >>> {name: round(score, 3) for name, score in scores.items()}
    {'accuracy': 0.667, 'baseline_accuracy': 0.333, 'macro_f1': 0.667, 'loss': 0.742}
    """
    probabilities, labels = np.asarray(probabilities), np.asarray(labels)
    most_frequent = np.bincount(train_labels).argmax()
    f1 = keras.metrics.F1Score(average="macro")
    f1.update_state(np.eye(probabilities.shape[1])[labels], probabilities)
    of_truth = probabilities[np.arange(len(labels)), labels]
    return {
        "accuracy": float(np.mean(probabilities.argmax(axis=1) == labels)),
        "baseline_accuracy": float(np.mean(labels == most_frequent)),
        "macro_f1": float(f1.result()),
        "loss": float(-np.log(np.maximum(of_truth, 1e-7)).mean()),
    }


def bag_of_words_accuracy(
    train_ids: Sequence[Any], train_labels: Any, ids: Sequence[Any], labels: Any
) -> float:
    """The accuracy of naive Bayes on the set of tokens of a text, a baseline without word order.

        p(k | text) ~ p(k) * product over the distinct tokens w of the text of p(w | k)

    The probabilities are counts of texts with add-one smoothing. It has no hyperparameters.

    Args:
        train_ids, ids: lists of integer arrays (T,).
        train_labels, labels: integer arrays (B,).

    Returns:
        float.

    Example:

    >>> from keras_seq.tasks.classification.metrics import bag_of_words_accuracy
    >>> bag_of_words_accuracy([[2, 3], [4, 3]], [0, 1], [[2], [4, 4], [2, 3]], [0, 1, 1])
    0.6666666666666666

    Reference: Wang and Manning, Baselines and Bigrams: Simple, Good Sentiment and Topic
    Classification, ACL 2012 (multinomial naive Bayes on binarized counts).
    """
    train_labels = np.asarray(train_labels)
    size = 1 + max(int(max(row, default=0)) for row in [*train_ids, *ids])
    counts = np.ones((train_labels.max() + 1, size))
    for row, label in zip(train_ids, train_labels, strict=True):
        counts[label, np.unique(row).astype("int64")] += 1
    log_share = np.log(counts / counts.sum(axis=1, keepdims=True))
    log_class = np.log(np.bincount(train_labels))
    predicted = [
        (log_class + log_share[:, np.unique(row).astype("int64")].sum(axis=1)).argmax()
        for row in ids
    ]
    return float(np.mean(predicted == np.asarray(labels)))
