"""Batches of tagged sentences: no sentence lost, no padding read, the same order again."""

import numpy as np
import pytest

from keras_seq.tasks.tagging.batches import TagBatches

pytestmark = pytest.mark.once


def data(rng, count=53):
    lengths = rng.integers(1, 30, count)
    words = [rng.integers(1, 90, n) for n in lengths]
    letters = [rng.integers(1, 9, (n, 4)) for n in lengths]
    # What a token's tag is can be told from its word, so rows that were mixed up are seen.
    return {"words": words, "characters": letters}, [word % 7 for word in words]


def sentences(batches):
    for inputs, tags in (batches[i] for i in range(len(batches))):
        for words, letters, row in zip(inputs["words"], inputs["characters"], tags, strict=True):
            n = int((words > 0).sum())
            assert not words[n:].any() and not letters[n:].any() and not row[n:].any()
            yield words[:n], letters[:n], row[:n]


def test_every_sentence_comes_once_with_its_own_tags(rng):
    features, tags = data(rng)
    found = sorted((w.tobytes(), c.tobytes(), t.tobytes()) for w, c, t in sentences(
        TagBatches(features, tags, 8, seed=1)
    ))  # fmt: skip
    wanted = sorted(
        tuple(np.asarray(x, "int32").tobytes() for x in row)
        for row in zip(features["words"], features["characters"], tags, strict=True)
    )
    assert found == wanted


def test_the_order_hangs_on_seed_and_epoch_alone(rng):
    features, tags = data(rng)
    first, second = (TagBatches(features, tags, 8, seed=1) for _ in range(2))
    first.set_epoch(3)
    first.set_epoch(1)
    second.set_epoch(1)
    for a, b in zip(sentences(first), sentences(second), strict=True):
        np.testing.assert_array_equal(a[0], b[0])
    assert any(
        len(a[0]) != len(b[0]) or (a[0] != b[0]).any()
        for a, b in zip(sentences(first), sentences(TagBatches(features, tags, 8, 1)), strict=True)
    )


def test_restore_puts_rows_back_and_takes_their_padding_away(rng):
    features, tags = data(rng)
    batches = TagBatches(features, None, 8, seed=1)
    rows = [row % 7 for (inputs,) in (batches[i] for i in range(len(batches)))
            for row in inputs["words"]]  # fmt: skip
    for found, wanted in zip(batches.restore(rows), tags, strict=True):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    "features, tags, message",
    [
        ({"words": []}, [], "`features` must hold at least one sentence"),
        (
            {"words": [[1, 2]], "casing": [[1]]},
            None,
            r"`features\['casing'\]` must hold as many sentences of as many tokens as "
            r"`features\['words'\]`",
        ),
        ({"words": [[1, 2]]}, [[1]], r"`tags\[0\]` must be of shape \(T\) with T=2"),
        ({"words": [[1, 2]]}, [[1, 2], [3]], r"`tags` must be of shape \(B\) with B=1"),
        ({"words": [[1, 2]]}, [[1, 9]], r"`tags\[0\]` must be at least 0 and less than classes=4"),
    ],
)
def test_what_does_not_fit_is_refused(features, tags, message):
    with pytest.raises(ValueError, match="TagBatches: " + message):
        TagBatches(features, tags, 2, seed=0, classes=4)


def test_ids_that_are_no_integers_of_32_bits_are_refused():
    for wrong, came in (([2.7], "dtype=float64"), ([2**32], "4294967296"), ([-1], "-1")):
        with pytest.raises(
            ValueError, match=r"TagBatches: `features\['words'\]\[0\]` must be"
        ) as error:
            TagBatches({"words": [wrong]}, None, 1, seed=0)
        assert came in str(error.value)
    with pytest.raises(ValueError, match="TagBatches: `seed` must be an integer of at least 0"):
        TagBatches({"words": [[1]]}, None, 1, seed=-1)
