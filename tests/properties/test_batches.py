"""Every example once in every epoch, whatever the lengths, the batch size and the seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_seq.tasks.classification import TextBatches
from keras_seq.tasks.tagging import TagBatches
from keras_seq.tasks.translation import PairBatches

pytestmark = pytest.mark.once

LENGTHS = st.lists(st.integers(1, 60) | st.sampled_from([1, 8, 200]), min_size=1, max_size=40)
SEEDS = st.integers(0, 2**31)


def rows_of(lengths):
    """For each example an array of its number, counted from 1."""
    return [np.full(length, number) for number, length in enumerate(lengths, 1)]


def text_batches(lengths, size, seed, shuffle):
    return TextBatches(rows_of(lengths), np.arange(len(lengths)), size, seed, shuffle)


def tag_batches(lengths, size, seed, shuffle):
    rows = rows_of(lengths)
    return TagBatches({"words": rows}, [row - 1 for row in rows], size, seed, shuffle)


def pair_batches(lengths, size, seed, shuffle):
    """The targets are those of the reversed lengths, so that either side may be the longer."""
    targets = [np.full(n, k) for k, n in enumerate(reversed(lengths), 1)]
    return PairBatches(rows_of(lengths), targets, 10 * size, seed, shuffle, max_batch_size=size)


KINDS = {"text": text_batches, "tags": tag_batches, "pairs": pair_batches}
EACH = pytest.mark.parametrize("kind", KINDS)


def sides(batch):
    """The arrays of ids (B, T) in a batch."""
    inputs = batch[0]
    return list(inputs.values()) if isinstance(inputs, dict) else [inputs]


def epoch(batches):
    """All batches, as lists."""
    return [[side.tolist() for side in sides(batches[i])] for i in range(len(batches))]


@EACH
@given(lengths=LENGTHS, size=st.integers(1, 9), seed=SEEDS, shuffle=st.booleans())
def test_every_example_once_and_whole(kind, lengths, size, seed, shuffle):
    batches = KINDS[kind](lengths, size, seed, shuffle)
    wanted = [lengths, list(reversed(lengths))] if kind == "pairs" else [lengths]
    for _ in range(2):
        found = [[] for _ in wanted]
        for index in range(len(batches)):
            for ids, lengths_found in zip(sides(batches[index]), found, strict=True):
                assert len(ids) <= size and ids.shape[1] in batches.boundaries
                real = ids > 0
                assert (real[:, :-1] >= real[:, 1:]).all(), "padding stands at the end"
                lengths_found += [(row.max(), (row > 0).sum()) for row in ids if row.any()]
                assert all(len(set(row[row > 0])) <= 1 for row in ids)
        for lengths_found, all_lengths in zip(found, wanted, strict=True):
            assert sorted(lengths_found) == list(enumerate(all_lengths, 1))
        batches.on_epoch_begin()


@pytest.mark.parametrize("kind", ["text", "tags"])
@given(lengths=LENGTHS, size=st.integers(1, 9), seed=SEEDS)
def test_what_belongs_together_stays_together(kind, lengths, size, seed):
    batches = KINDS[kind](lengths, size, seed, True)
    for index in range(len(batches)):
        inputs, labels = batches[index]
        if kind == "text":
            np.testing.assert_array_equal(labels, inputs[:, 0] - 1)
        else:
            np.testing.assert_array_equal(labels, np.maximum(inputs["words"] - 1, 0))


@EACH
@given(lengths=LENGTHS, size=st.integers(1, 9), seed=SEEDS, number=st.integers(0, 5))
def test_an_epoch_is_a_function_of_seed_and_number(kind, lengths, size, seed, number):
    """However the batches were read before."""
    one, two = (KINDS[kind](lengths, size, seed, True) for _ in range(2))
    for _ in range(number):
        for index in range(len(one)):
            one[index]
        one.on_epoch_begin()
    two.set_epoch(number)
    assert epoch(one) == epoch(two)


@pytest.mark.parametrize("kind", ["text", "tags"])
@given(lengths=LENGTHS, size=st.integers(1, 9), seed=SEEDS, shuffle=st.booleans())
def test_restored_outputs_are_in_the_order_of_the_data(kind, lengths, size, seed, shuffle):
    batches = KINDS[kind](lengths, size, seed, shuffle)
    outputs = [row for i in range(len(batches)) for row in sides(batches[i])[0]]
    if kind == "text":
        outputs = [row[0] for row in outputs]
        assert batches.restore(outputs).tolist() == list(range(1, len(lengths) + 1))
        return
    for restored, wanted in zip(batches.restore(outputs), rows_of(lengths), strict=True):
        np.testing.assert_array_equal(restored, wanted)
