"""The embedded data: no bag of words can learn it, an order-aware model can."""

import collections
import itertools
import re

import keras
import numpy as np
import pytest

from keras_seq.data.tokenizer import Tokenizer
from keras_seq.tasks.classification.batches import TextBatches
from keras_seq.tasks.classification.labels import Labels
from keras_seq.tasks.classification.synthetic import (
    ASPECTS,
    BAD,
    DISLIKE,
    GOOD,
    LIKE,
    synthetic_sentiment,
)

pytestmark = pytest.mark.once

OPINIONS = GOOD + BAD + LIKE + DISLIKE


def words(text):
    return re.findall(r"\w+|[^\w\s]", text.lower())


@pytest.fixture(scope="module")
def splits():
    return synthetic_sentiment(seed=0)


def test_sizes_and_balance(splits):
    assert {name: len(split) for name, split in splits.items()} == {
        "train": 6600,
        "validation": 800,
        "test": 1000,
    }
    for split in splits.values():
        assert collections.Counter(split.labels) == dict.fromkeys(
            ("negative", "positive"), len(split) // 2
        )


def test_the_same_seed_gives_the_same_sentences(splits):
    assert synthetic_sentiment(seed=0) == splits
    assert synthetic_sentiment(seed=1)["test"].texts != splits["test"].texts


def test_every_bag_of_words_is_as_often_positive_as_negative(splits):
    """The proof: whatever a function of the bag answers, it is right on one half."""
    for name in ("validation", "test"):
        split = splits[name]
        balance = collections.Counter()
        for text, label in zip(split.texts, split.labels, strict=True):
            balance[tuple(sorted(words(text)))] += 1 if label == "positive" else -1
        assert set(balance.values()) == {0}


def test_the_training_has_short_sentences_beside_twins(splits):
    texts = splits["train"].texts
    short = [text for text in texts if len(words(text)) <= 8 and "," not in text]
    assert len(short) > 250 and "but" not in words(" ".join(short))


def test_logistic_regression_on_word_counts_stays_at_chance(splits, rng):
    texts = [text for split in splits.values() for text in split.texts]
    columns = {word: i for i, word in enumerate(sorted({w for text in texts for w in words(text)}))}

    def counts(split):
        table = np.zeros((len(split), len(columns)))
        for row, text in enumerate(split.texts):
            for word in words(text):
                table[row, columns[word]] += 1
        return table, np.array([label == "positive" for label in split.labels], float)

    inputs, targets = counts(splits["train"])
    weights = 0.01 * rng.standard_normal(len(columns))
    for _ in range(30):
        probabilities = 1 / (1 + np.exp(-inputs @ weights))
        weights -= 0.5 * inputs.T @ (probabilities - targets) / len(targets)
    inputs, targets = counts(splits["test"])
    assert np.mean((inputs @ weights > 0) == targets) == 0.5


def pairs_of(text):
    found = set(words(text))
    return set(itertools.product(found & set(ASPECTS), found & set(OPINIONS)))


def test_the_test_split_holds_pairs_of_words_never_seen_together(splits):
    seen = set().union(
        *(pairs_of(t) for name in ("train", "validation") for t in splits[name].texts)
    )
    assert all(pairs_of(text) - seen for text in splits["test"].texts)
    known = {word for text in splits["train"].texts for word in words(text)}
    assert all(word in known for text in splits["test"].texts for word in words(text))


def test_no_sentence_is_in_two_splits(splits):
    texts = [text for split in splits.values() for text in split.texts]
    assert len(set(texts)) == len(texts)


def test_a_recurrent_network_learns_it(splits):
    tokenizer = Tokenizer.learn(splits["train"].texts)
    labels = Labels.learn(splits["train"].labels)
    batches = {
        name: TextBatches(tokenizer.encode(split.texts), labels.encode(split), 64, seed=0)
        for name, split in splits.items()
    }
    model = keras.Sequential(
        [
            keras.layers.Embedding(len(tokenizer), 32, mask_zero=True),
            keras.layers.LSTM(48),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(batches["train"], epochs=4, shuffle=False, verbose=0)
    assert model.evaluate(batches["test"], verbose=0)[1] > 0.95
