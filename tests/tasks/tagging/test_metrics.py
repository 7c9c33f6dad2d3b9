"""Scores of spans: against counts by hand, and the scorer's two ways."""

import numpy as np
import pytest

from keras_seq.crf.tag_schemes import spans_of
from keras_seq.tasks.tagging.data import TaggedText
from keras_seq.tasks.tagging.metrics import (
    entity_scores,
    frequent_errors,
    informative_rows,
    majority_tags,
    pair_spans,
)
from keras_seq.tasks.tagging.preprocessor import TaggerPreprocessor
from keras_seq.tasks.tagging.segmentation_metrics import (
    differing_words,
    maximum_matching,
    segmentation_scores,
)

pytestmark = pytest.mark.once

TRUTH = [["B-PER", "I-PER", "O", "B-LOC"], ["O", "B-LOC", "B-LOC", "O"], ["O"]]
SAID = [["B-PER", "I-PER", "O", "I-LOC"], ["O", "B-LOC", "I-LOC", "O"], ["B-PER"]]


def test_entities_are_counted_in_both_ways():
    """Said: PER right; I-LOC without B-, an entity in the default way alone; two wrong."""
    scores = entity_scores(TRUTH, SAID, "BIO")
    # strict: 1 right of 3 said, of 4 true; default: 2 right of 4 said, of 4 true.
    assert [scores[k] for k in ("precision", "recall")] == pytest.approx([1 / 3, 1 / 4])
    assert scores["f1"] == pytest.approx(2 / 7)
    assert [scores[k + "_default"] for k in ("precision", "recall", "f1")] == [0.5, 0.5, 0.5]
    per = scores["per_type"]
    assert per["PER"] == {
        "precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3), "support": 1,
    }  # fmt: skip
    assert per["LOC"]["support"] == 3 and per["LOC"]["f1"] == 0.0


def test_where_there_is_nothing_there_is_no_error():
    scores = entity_scores([["O"]], [["O"]], "BIOES")
    assert scores["f1"] == 0.0 and scores["per_type"] == {}
    assert entity_scores([["S-X"]], [["O"]], "BIOES")["recall"] == 0.0


def test_the_majority_tag_of_a_word_or_of_its_casing():
    train = TaggedText(
        [["May", "Bonn", "may"], ["Bonn", "Rome", "x1"], ["Bonn", "GDP"]],
        [["O", "B-LOC", "O"], ["B-ORG", "B-LOC", "O"], ["B-LOC", "O"]],
        "BIO",
        "here",
    )
    # Of the casing Xx, May (O) and Rome (B-LOC) came once: B-LOC sorts first.
    rows = [["Bonn", "Oslo", "NATO", "went", "--"]]
    assert majority_tags(train, rows) == [["B-LOC", "B-LOC", "O", "O", "O"]]


def test_true_and_predicted_spans_are_paired_by_what_they_share():
    truth = [(0, 2, "A"), (3, 6, "B"), (7, 8, "C")]
    said = [(0, 2, "B"), (5, 7, "B"), (9, 10, "A")]
    assert pair_spans(truth, said) == [
        ((0, 2, "A"), (0, 2, "B")),
        ((3, 6, "B"), (5, 7, "B")),
        ((7, 8, "C"), None),
        (None, (9, 10, "A")),
    ]


def test_errors_by_frequency():
    tokens = [["Ada", "of", "Rome"]] * 3 + [["Ada", "of", "Oslo"]]
    truth = [[(0, 1, "PER"), (2, 3, "LOC")]] * 4
    said = [[(0, 1, "PER"), (2, 3, "PER")]] * 2 + [[(0, 3, "PER")], [(0, 1, "PER")]]
    errors = frequent_errors(tokens, truth, said)
    assert [(e["text"], e["is"], e["said"], e["count"]) for e in errors] == [
        ("Rome", "LOC", "PER", 2),
        ("Ada", "PER", "PER (Ada of Rome)", 1),
        ("Oslo", "LOC", "nothing", 1),
        ("Rome", "LOC", "nothing", 1),
    ]
    shown = informative_rows(tokens, truth, said, count=2)
    assert shown == [(tokens[0], truth[0], said[0]), (tokens[1], truth[1], said[1])]


def test_words_as_the_bakeoff_counts_them():
    """By hand: 10 characters; true ab c de f ghij, said ab cd e f ghij."""
    truth, said = [["ab", "c", "de", "f", "ghij"]], [["ab", "cd", "e", "f", "ghij"]]
    scores = segmentation_scores(truth, said, {"ab", "c", "de"})
    assert scores["precision"] == scores["recall"] == scores["f1"] == pytest.approx(3 / 5)
    assert scores["oov_rate"] == pytest.approx(2 / 5)
    assert scores["oov_recall"] == 1.0 and scores["iv_recall"] == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="segmentation_scores: row 0 is not the same text"):
        segmentation_scores([["ab"]], [["ac"]], set())


def test_the_longest_known_word_from_the_left(rng):
    known = {"研究", "研究生", "生命", "的"}
    assert maximum_matching("研究生命的起源", known) == ["研究生", "命", "的", "起", "源"]
    letters = "".join(rng.choice(list("abc"), 60))
    known = {letters[i : i + int(rng.integers(1, 5))] for i in range(0, 60, 4)}
    words = maximum_matching(letters, known)
    assert "".join(words) == letters
    assert all(len(word) == 1 or word in known for word in words)


def test_where_two_cuts_differ():
    truth, said = ["ab", "c", "de", "f"], ["a", "b", "cd", "e", "f"]
    assert differing_words(truth, said) == [("ab", "a b"), ("c de", "cd e")]
    assert differing_words(truth, truth) == []


def test_given_vectors_are_of_words_as_the_features_have_them():
    train = TaggedText([["Ada", "saw", "42"]], [["B-PER", "O", "O"]], "BIO", "here")
    vectors = ["Saw", "saw", "rome", "17"], np.arange(8.0).reshape(4, 2)
    tagging = TaggerPreprocessor(train, ("words",), vectors=vectors)
    known = tagging.features.vocabularies["words"]
    assert set(known[2:]) == {"ada", "saw", "00", "rome"}

    class Taken:
        def set_word_vectors(self, rows, found):
            self.found = {known[row]: v.tolist() for row, v in zip(rows, found, strict=True)}

    model = Taken()
    tagging.set_word_vectors(model)
    assert model.found == {"saw": [2, 3], "rome": [4, 5], "00": [6, 7]}
    assert spans_of(tagging.tag_names([[1, 2, 0]])[0]) == [(0, 2, "PER")]
