"""Scores, against numbers counted by hand and a plain loop."""

import math

import numpy as np
import pytest

from keras_seq.tasks.classification.metrics import bag_of_words_accuracy, classification_scores

pytestmark = pytest.mark.once


def test_scores_counted_by_hand():
    probabilities = [[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]]
    scores = classification_scores(probabilities, [0, 1, 1, 2], train_labels=[1, 1, 0, 2])
    assert scores["accuracy"] == 0.75
    assert scores["baseline_accuracy"] == 0.5  # "always 1", the commonest in training
    # Class 0: precision 1/2, recall 1; class 1: 1 and 1/2; class 2: 1 and 1.
    assert scores["macro_f1"] == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert scores["loss"] == pytest.approx(-math.log(0.7 * 0.3 * 0.8 * 0.6) / 4)


def test_a_loss_of_certainty_gone_wrong_is_finite():
    scores = classification_scores(np.array([[1.0, 0.0]]), [1], [0, 1])
    assert scores["loss"] == pytest.approx(-math.log(1e-7))


def test_naive_bayes_is_the_loop(rng):
    texts = [rng.integers(1, 9, rng.integers(0, 6)) for _ in range(80)]
    labels = rng.integers(0, 3, 80)
    seen, unseen = slice(0, 60), slice(60, 80)
    right = 0
    for text, label in zip(texts[unseen], labels[unseen], strict=True):
        scores = []
        for k in range(3):
            of_class = [
                set(t.tolist()) for t, y in zip(texts[seen], labels[seen], strict=True) if y == k
            ]
            counts = {w: 1 + sum(w in t for t in of_class) for w in range(9)}
            score = math.log(len(of_class))
            for word in set(text.tolist()):
                score += math.log(counts[word] / sum(counts.values()))
            scores.append(score)
        right += int(np.argmax(scores)) == label
    found = bag_of_words_accuracy(texts[seen], labels[seen], texts[unseen], labels[unseen])
    assert found == right / 20
