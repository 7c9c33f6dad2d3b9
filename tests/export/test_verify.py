"""What an export is held against, with answers made up here."""

import numpy as np
import pytest

from keras_seq.export import ExportError
from keras_seq.export.verify import check_answers, first_not_finite

pytestmark = pytest.mark.once

TEXTS = ["good", "not good at all, but the cast is", "a"]
EXPECTED = np.array([[0.1, 0.9], [0.7, 0.3], [0.5, 0.5]], "float32")


def served(wrong=lambda call, rows: rows):
    """What stands in for the clean process: right answers, passed through `wrong`."""

    def call_in_isolated_process(folder, calls, signature):
        known = dict(zip(TEXTS, EXPECTED.tolist(), strict=True))
        right = [[known.get(text, [0.5, 0.5]) for text in call["text"]] for call in calls]
        return [
            {"probabilities": wrong(call["text"], rows), "label": ["x"] * len(rows)}
            for call, rows in zip(calls, right, strict=True)
        ]

    return call_in_isolated_process


@pytest.fixture
def check(monkeypatch):
    def check(wrong):
        monkeypatch.setattr("keras_seq.export.verify.call_in_isolated_process", served(wrong))
        probes = {"no text": {"text": []}, "the empty text": {"text": [""]}}
        check_answers("folder", {"text": TEXTS}, {"probabilities": EXPECTED}, probes)

    return check


def moved(texts, by):
    """Wrong for the second text, in batches of these texts."""

    def wrong(call, rows):
        rows = [list(row) for row in rows]
        if call == texts:
            rows[call.index(TEXTS[1])][1] += by
        return rows

    return wrong


def test_what_is_right_passes(check):
    check(lambda call, rows: rows)
    check(moved(TEXTS, 0.9e-4))


@pytest.mark.parametrize("texts", [TEXTS, TEXTS[1:2]])
def test_a_difference_is_told_with_its_size_and_its_text(check, texts):
    """Be it in a batch of many or of one: a model that reads its padding errs in one of them."""
    for by, told in ((-0.0123, "0.0123"), (1.5e-4, "0.00015"), (np.nan, "nan")):
        with pytest.raises(ExportError) as caught:
            check(moved(texts, by))
        assert str(caught.value) == (
            f"the exported model differs from the trained one by {told} in `probabilities` of "
            f"{TEXTS[1]!r} (batch of {len(texts)}), where 0.0001 is allowed"
        )


def test_another_shape(check):
    with pytest.raises(
        ExportError, match=r"of shape \(3, 1\) where the trained one gives \(3, 2\)"
    ):
        check(lambda call, rows: [row[:1] for row in rows])
    with pytest.raises(ExportError, match="gives 1 rows of `probabilities` for no text"):
        check(lambda call, rows: rows or [[0.5, 0.5]])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_odd_call_must_be_answered_with_numbers(check, value):
    with pytest.raises(ExportError, match="nan or inf in `probabilities` for the empty text"):
        check(lambda call, rows: [[value, 0.5]] if call == [""] else rows)


def test_the_first_row_that_is_not_finite():
    assert first_not_finite(EXPECTED) is None
    values = np.zeros((4, 2, 3))
    values[2, 1, 0], values[3, 0, 0] = np.nan, np.inf
    assert first_not_finite(values) == 2
    assert first_not_finite(np.array([0.0, -np.inf])) == 1
