"""Scores of translations, against ones by hand and against sacreBLEU of each bucket alone."""

import pytest

from keras_seq.tasks.translation.metrics import (
    bleu_by_length,
    bleu_of_longer,
    translation_scores,
)

pytestmark = pytest.mark.once


def test_scores_by_hand():
    """One of two is right; chrF and BLEU of a copy are 100."""
    same = ["the cat sat on the mat", "a dog"]
    assert translation_scores(same, same)["chrf"] == 100.0
    scores = translation_scores(["the cat sat on the mat", "a hog"], same)
    assert scores["exact_match"] == 0.5 and scores["bleu"] < 100


def test_bleu_by_length_is_that_of_each_bucket():
    """sacreBLEU of the bucket alone; what has under 20 sentences is not told."""
    short, long = ["a dog runs here"] * 20, ["the cat sat on the mat"] * 21
    few = ["a b c d e f g h i j k"] * 19
    sources = short + few + long
    outputs = ["a dog runs"] * 20 + few + long
    found = bleu_by_length(sources, outputs, sources)
    alone = translation_scores(outputs[:20], short)["bleu"]
    assert found == [(1, 5, 20, alone), (6, 10, 21, 100.0)] and alone < 100
    assert bleu_of_longer(sources, outputs, sources, 5) == 100.0
    assert bleu_of_longer(sources, outputs, sources, 15) is None
