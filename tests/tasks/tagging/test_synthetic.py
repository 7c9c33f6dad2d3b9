"""The embedded sets of tagging: what they promise of names and of what a list cannot know."""

import itertools

import pytest

from keras_seq.crf.tag_schemes import repaired
from keras_seq.tasks.tagging.segmentation_data import spans_to_words
from keras_seq.tasks.tagging.segmentation_metrics import maximum_matching, segmentation_scores
from keras_seq.tasks.tagging.synthetic_ner import synthetic_entities
from keras_seq.tasks.tagging.synthetic_segmentation import synthetic_segmented_text

pytestmark = pytest.mark.once


def names_of(text):
    return {
        token
        for tokens, spans in zip(text.tokens, text.spans, strict=True)
        for start, end, _ in spans
        for token in tokens[start:end]
    }


def test_names_of_a_split_are_its_own_and_name_all_kinds():
    splits = synthetic_entities(seed=5)
    assert {name: len(text) for name, text in splits.items()} == {
        "train": 4000, "validation": 500, "test": 1000,
    }  # fmt: skip
    for one, other in itertools.combinations(splits.values(), 2):
        assert not names_of(one) & names_of(other)
    other_words = {t for text in splits.values() for row in text.tokens for t in row} - set.union(
        *map(names_of, splits.values())
    )
    assert len(other_words) < 250  # and all of these are in training
    for text in splits.values():
        assert text.types == ["LOC", "ORG", "PER"]
        assert all(repaired(row, "BIO") == row for row in text.tags)
    assert other_words <= {t for row in splits["train"].tokens for t in row}
    assert synthetic_entities(seed=5)["test"] == splits["test"]
    assert synthetic_entities(seed=6)["test"] != splits["test"]


@pytest.mark.parametrize("make", [synthetic_entities, synthetic_segmented_text])
@pytest.mark.parametrize("seed", [0, 5])
def test_a_sentence_is_in_one_split_alone(make, seed):
    """What training has seen a dictionary of sentences would know."""
    splits = [{"".join(row) for row in text.tokens} for text in make(seed=seed).values()]
    assert not any(one & other for one, other in itertools.combinations(splits, 2))


def test_maximum_matching_is_not_enough_to_cut_what_runs_together():
    splits = synthetic_segmented_text(seed=5)
    words = {
        name: [spans_to_words(*row) for row in zip(text.tokens, text.spans, strict=True)]
        for name, text in splits.items()
    }
    known = {word for row in words["train"] for word in row}
    matched = [maximum_matching("".join(row), known) for row in words["test"]]
    scores = segmentation_scores(words["test"], matched, known)
    assert 0.1 < scores["oov_rate"] < 0.4 and scores["oov_recall"] == 0
    assert scores["f1"] < 0.85
    # A text that is cut in two ways in the data: neither is a matter of the dictionary.
    assert maximum_matching("大学生活", known) == ["大学生", "活"]
    assert any("大学 生活" in " ".join(row) for row in words["test"])
    assert synthetic_segmented_text(seed=5)["test"] == splits["test"]
