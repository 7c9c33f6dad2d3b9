"""Batches of pairs: every pair once, in an order of the epoch, within the limits."""

import numpy as np
import pytest

from keras_seq.tasks.translation.batches import PairBatches

pytestmark = pytest.mark.once


def refused(call):
    with pytest.raises(ValueError) as error:
        call()
    return str(error.value)


def test_batches_of_pairs(rng):
    sources = [rng.integers(3, 9, rng.integers(1, 30)) for _ in range(101)]
    targets = [np.append(row[::-1], 2) for row in sources]
    batches = PairBatches(sources, targets, 120, seed=1)
    orders = []
    for epoch in (0, 1, 0):
        batches.set_epoch(epoch)
        found = []
        for n in range(len(batches)):
            (batch,) = batches[n]
            B, T = batch["source"].shape
            assert batch["target"].shape == (B, T) and B * T <= 120
            for source, target in zip(batch["source"], batch["target"], strict=True):
                if source.any():
                    found.append(tuple(source[source > 0]))
                    assert tuple(target[target > 0]) == (*found[-1][::-1], 2)
        assert sorted(found) == sorted(tuple(row) for row in sources)
        orders.append(found)
    assert orders[0] == orders[2] != orders[1]
    shapes = {batches[n][0]["source"].shape for n in range(len(batches))}
    assert len(shapes) <= 6, "every shape is compiled once"
    assert refused(lambda: PairBatches([], [], 9, 0)).startswith("PairBatches: `sources, targets`")


def test_batches_have_at_most_so_many_pairs_and_a_share_for_each_device(rng):
    sources = [rng.integers(3, 9, rng.integers(1, 30)) for _ in range(50)]
    targets = [np.append(row, 2) for row in sources]
    for options, wanted in (
        ({"max_batch_size": 3}, {3}),
        ({"max_batch_size": 7, "multiple": 3}, {6, 3}),
    ):
        batches = PairBatches(sources, targets, 120, seed=1, **options)
        rows = [batches[n][0]["source"] for n in range(len(batches))]
        assert {len(batch) for batch in rows} <= wanted
        assert sum(int(batch.any(axis=1).sum()) for batch in rows) == 50
    assert refused(lambda: PairBatches(sources, targets, 9, 0, max_batch_size=0)).startswith(
        "PairBatches: `max_batch_size` must be a positive integer"
    )


def test_ids_that_are_no_integers_of_32_bits_are_refused():
    for wrong, came in (([2.7], "dtype=float64"), ([2**32], "4294967296"), ([0], "Received: 0")):
        message = refused(lambda wrong=wrong: PairBatches([wrong], [[2]], 6, seed=0))
        assert message.startswith("PairBatches: `sources[0]` must be") and came in message
        message = refused(lambda wrong=wrong: PairBatches([[2]], [wrong], 6, seed=0))
        assert message.startswith("PairBatches: `targets[0]` must be") and came in message
