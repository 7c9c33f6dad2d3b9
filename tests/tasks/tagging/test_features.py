"""What a tagger sees of tokens, against what Python says of the same strings."""

import collections
import re

import numpy as np
import pytest
import tensorflow as tf

from keras_seq.data.word_vectors import read_word_vectors
from keras_seq.tasks.tagging.features import CHARACTERS_OF_TOKEN, TokenFeatures, normalize_words

pytestmark = pytest.mark.once

ROWS = [
    ["Ada", "saw", "U.S.", "troops", "on", "1996-08-22", "."],
    ["McCoy", "Straße", "北", "京", "İstanbul"],
    ["a" * 12 + "b" * 12],
    [],
    ["the", "the", "ADA"],
]


def encoded(rows=ROWS, **options):
    features = TokenFeatures.learn(ROWS, **options)
    return features, features.encode(rows)


def shape(token):
    """Casing, written in Python."""
    signs = [
        "X" if c.isupper() else "x" if c.isalpha() else "0" if c.isdigit() else c for c in token
    ]
    return re.sub(r"X{2,}", "XX", re.sub(r"0+", "0", re.sub(r"x+", "x", "".join(signs))))


def test_each_feature_is_what_python_says():
    features, ids = encoded()
    names = {name: np.array(v, object) for name, v in features.vocabularies.items()}
    for row, tokens in enumerate(ROWS):
        lower = [re.sub(r"\d", "0", t.lower()) for t in tokens]
        assert [*names["casing"][ids["casing"][row]]] == [shape(t) for t in tokens]
        pairs = [f"{a} {b}" for a, b in zip(tokens, [*tokens[1:], "[END]"], strict=False)]
        assert [*names["bigrams"][ids["bigrams"][row]]] == pairs
        if "İstanbul" in tokens:  # Python makes two characters of the first
            continue
        assert [*names["words"][ids["words"][row]]] == lower
        assert [*names["prefixes"][ids["prefixes"][row]]] == [t[:3] for t in lower]
        assert [*names["suffixes"][ids["suffixes"][row]]] == [t[-3:] for t in lower]
    characters = names["characters"][ids["characters"][0][2]]
    assert "".join(characters) == "U.S." and len(characters) == CHARACTERS_OF_TOKEN
    assert "".join(names["characters"][ids["characters"][2][0]]) == "a" * 10 + "b" * 10


def test_the_vocabulary_is_that_of_counting():
    features, _ = encoded(features=("words",), minimum_count=2)
    counts = collections.Counter(t.lower() for row in ROWS for t in row)
    assert set(features.vocabularies["words"][2:]) == {w for w, n in counts.items() if n > 1}
    features, _ = encoded(features=("words", "casing"), vocabulary_size=3)
    assert features.sizes == {"words": 3, "casing": 3}
    with pytest.raises(ValueError, match="TokenFeatures.learn: 5 sentences give no words with"):
        encoded(features=("words",), minimum_count=9)


def test_unknown_and_padding():
    features, _ = encoded()
    batch = features(tf.ragged.constant([["Ada", "xyz"], ["ada"], []]))
    ada = features.vocabularies["words"].index("ada")
    assert batch["words"].numpy().tolist() == [[ada, 1], [ada, 0], [0, 0]]
    assert batch["characters"].shape == (3, 2, CHARACTERS_OF_TOKEN)
    assert not batch["characters"][2].numpy().any()
    assert batch["bigrams"].numpy()[2].tolist() == [0, 0]
    empty = features(tf.RaggedTensor.from_row_lengths(tf.constant([], tf.string), [0]))
    assert empty["words"].shape == (1, 0)


def test_batches_and_single_rows_are_encoded_alike():
    features, _ = encoded()
    together = features(tf.ragged.constant(ROWS))
    for row, tokens in enumerate(ROWS):
        for name, (alone,) in features.encode([tokens]).items():
            padded = together[name].numpy()[row]
            np.testing.assert_array_equal(padded[: len(tokens)], alone)
            assert not padded[len(tokens) :].any()


def test_it_comes_back_from_its_config_and_out_of_a_saved_model(tmp_path):
    features, ids = encoded()
    again = TokenFeatures.from_config(features.to_config())
    for name, rows in again.encode(ROWS).items():
        for a, b in zip(rows, ids[name], strict=True):
            np.testing.assert_array_equal(a, b)
    module = tf.Module()
    module.features = features
    module.call = tf.function(
        features.__call__,
        input_signature=[tf.RaggedTensorSpec([None, None], tf.string, ragged_rank=1)],
    )
    tf.saved_model.save(module, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    batch = tf.ragged.constant(ROWS[:2])
    for name, values in loaded.call(batch).items():
        np.testing.assert_array_equal(values, features(batch)[name])


@pytest.mark.parametrize(
    "vocabularies, message",
    [
        ({"words": ["", "[UNK]", "a", "a"]}, "`words` must be '', '\\[UNK\\]' and distinct"),
        ({"words": ["a"]}, "`words` must be '', '\\[UNK\\]' and distinct"),
        ({"casing": ["", "[UNK]", "a"]}, "`vocabularies` must be a dictionary that contains `word"),
        ({"lemmas": ["", "[UNK]"]}, "`feature` must be one of 'words', 'characters'"),
    ],
)
def test_vocabularies_that_cannot_be(vocabularies, message):
    with pytest.raises(ValueError, match="TokenFeatures: " + message):
        TokenFeatures(vocabularies)


def test_word_vectors_of_word2vec_and_glove(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("the 0.5 1\nof 2 3\nthe 9 9\n. . . 4 5\n", encoding="utf-8")
    words, vectors = read_word_vectors(path)
    assert words == ["the", "of", ". . ."]
    np.testing.assert_array_equal(vectors, [[0.5, 1], [2, 3], [4, 5]])
    path.write_text("2 2\nthe 0.5 1 \nof 2 3\n")
    with pytest.warns(
        UserWarning, match="vectors.txt: 1 vectors are read, 1 after the first 1 are"
    ):
        assert read_word_vectors(path, max_words=1)[0] == ["the"]
    path.write_text("5 2\nthe 0.5 1 \nof 2 3\nParis 4 5\nnew york 6 7\nRome 8 9\n")
    with pytest.warns(UserWarning, match="3 vectors are read, 2 after the first 1 are not: their"):
        words, vectors = read_word_vectors(path, {"paris", "new york"}, max_words=1)
    assert words == ["the", "Paris", "new york"]
    np.testing.assert_array_equal(vectors, [[0.5, 1], [4, 5], [6, 7]])
    assert normalize_words(["Of", "1990"]) == ["of", "0000"]
    for text, message in (
        ("the 1 2\nof 1\n", "vectors.txt:2: a word and 2 numbers expected"),
        ("the 1 2\nof 1 x\n", "vectors.txt:2: a word and 2 numbers expected"),
        ("the 1 2\nof 1 nan\n", "vectors.txt:2: a word and 2 numbers expected"),
        ("the 1 2\nof\n", "vectors.txt:2: a word and 2 numbers expected"),
        ("the\n", "vectors.txt:1: a word and 0 numbers expected"),
        ("5 2\n", "vectors.txt: no word vector in the file"),
        ("3 2\nthe 0.5 1\nof 2 3\n", "vectors.txt:1: 3 words announced, 2 lines follow"),
    ):
        path.write_text(text)
        with pytest.raises(ValueError, match=message):
            read_word_vectors(path)
