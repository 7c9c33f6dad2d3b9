"""Batches by length: every text once, few shapes, an order that any process can repeat."""

import itertools

import keras
import numpy as np
import pytest

from keras_seq.tasks.classification.batches import TextBatches

once = pytest.mark.once


@pytest.fixture
def texts(rng):
    """Ids that tell which text they are: the first one is the text's own."""
    lengths = np.minimum(rng.geometric(0.06, 203), 90)
    ids = [np.full(n, 1 + i, "int64") for i, n in enumerate(lengths)]
    return ids, np.arange(203) % 7


def batches_of(texts, **options):
    options = {"batch_size": 16, "seed": 5, **options}
    return TextBatches(*texts, **options)


@once
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("epoch", [0, 3])
def test_every_text_once_with_its_label_and_only_padding_added(texts, shuffle, epoch):
    batches = batches_of(texts, shuffle=shuffle)
    batches.set_epoch(epoch)
    seen = []
    for ids, labels in batches:
        assert ids.dtype == labels.dtype == np.int32
        for row, label in zip(ids, labels, strict=True):
            text = row[0] - 1
            length = len(texts[0][text])
            assert (row[:length] == text + 1).all()
            assert (row[length:] == 0).all()
            assert label == texts[1][text]
            seen.append(text)
    assert sorted(seen) == list(range(203))


@once
def test_few_lengths_and_one_short_batch(texts):
    batches = batches_of(texts)
    sizes = sorted(len(labels) for _, labels in batches)
    assert sizes == [203 % 16] + [16] * (203 // 16)
    assert {ids.shape[1] for ids, _ in batches} <= set(batches.boundaries.tolist())
    assert len(batches.boundaries) <= 6
    padded = sum(ids.size for ids, _ in batches)
    cuts = range(0, 203, 16)
    in_order = sum(16 * max(map(len, texts[0][cut : cut + 16])) for cut in cuts)
    assert padded < 0.8 * in_order


@once
def test_ends_have_the_least_padding_of_all_choices(rng):
    for _ in range(5):
        lengths = rng.integers(1, 80, 60)
        batches = TextBatches([np.ones(n, int) for n in lengths], None, 8, seed=0)
        steps = np.unique(np.minimum(-(-lengths // 8) * 8, lengths.max()))

        def cells(ends, lengths=lengths):
            return sum(min(end for end in ends if end >= n) for n in lengths)

        best = min(
            cells((*some, lengths.max()))
            for count in range(6)
            for some in itertools.combinations(steps[:-1], count)
        )
        assert cells(batches.boundaries) == best


@once
def test_given_boundaries_and_the_longest_text(texts):
    longest = max(map(len, texts[0]))
    assert batches_of(texts, boundaries=[10, 100]).boundaries.tolist() == [10, 100]
    assert batches_of(texts, boundaries=[10, 20]).boundaries.tolist() == [10, 20, longest]
    lengths = {ids.shape[1] for ids, _ in batches_of(texts, boundaries=[10, 100])}
    assert lengths == {10, 100}


@once
def test_long_texts_are_cut_and_counted(texts):
    batches = batches_of(texts, max_length=12)
    assert batches.truncated == sum(len(ids) > 12 for ids in texts[0]) > 0
    assert max(ids.shape[1] for ids, _ in batches) == 12
    assert batches_of(texts).truncated == 0


@once
def test_a_text_of_no_tokens_is_all_padding():
    ids, labels = TextBatches([np.array([]), np.array([], int)], [1, 0], 2, seed=0)[0]
    assert ids.shape == (2, 1)
    assert not ids.any()
    assert sorted(labels) == [0, 1]


def orders(batches, epochs):
    for epoch in epochs:
        batches.set_epoch(epoch)
        yield [row[0].tolist() for ids, _ in batches for row in ids]


@once
def test_the_order_is_a_function_of_seed_and_epoch(texts):
    first, second, again = orders(batches_of(texts), [0, 1, 0])
    assert first == again != second
    assert next(orders(batches_of(texts), [1])) == second
    assert next(orders(batches_of(texts, seed=6), [0])) != first
    kept, same = orders(batches_of(texts, shuffle=False), [0, 1])
    assert kept == same


class Sees(keras.layers.Layer):
    """Keeps the first ids of every batch it is called on."""

    def __init__(self):
        super().__init__()
        self.total = self.add_weight(shape=(), initializer="zeros", trainable=False)
        self.scale = self.add_weight(shape=(), initializer="ones")

    def call(self, ids):
        first = keras.ops.cast(ids[:, 0], "float32")
        self.total.assign(self.total * 1.001 + keras.ops.sum(first))
        return self.scale * first


def seen_by_fit(texts, epochs, initial_epoch=0, **options):
    """A number that depends on the order of all batches of the epochs."""
    batches = batches_of(texts, **options)
    batches.set_epoch(initial_epoch)
    sees = Sees()
    model = keras.Sequential([keras.Input((None,), dtype="int32"), sees])
    model.compile(keras.optimizers.SGD(1e-9), "mse")
    model.fit(batches, epochs=epochs, initial_epoch=initial_epoch, shuffle=False, verbose=0)
    return float(sees.total)


def test_fit_takes_the_order_of_each_epoch(texts):
    """Keras's loop, on each backend, starts epoch e with the order of epoch e."""
    total = np.float64(0)
    batches = batches_of(texts)
    for epoch in range(3):
        batches.set_epoch(epoch)
        for ids, _ in batches:
            total = total * 1.001 + ids[:, 0].sum()
    assert seen_by_fit(texts, 3) == pytest.approx(total, rel=1e-5)


def test_fit_resumes_where_it_was(texts):
    total = np.float64(0)
    batches = batches_of(texts)
    batches.set_epoch(2)
    for ids, _ in batches:
        total = total * 1.001 + ids[:, 0].sum()
    assert seen_by_fit(texts, 3, initial_epoch=2) == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_fit_is_told_that_lengths_differ(texts, seed):
    """Keras takes the shape of the first two batches for that of all."""
    seen_by_fit(texts, 1, seed=seed, boundaries=[60, 90])


def test_predictions_come_back_in_the_order_of_the_texts(texts):
    for shuffle in (True, False):
        batches = batches_of((texts[0], None), shuffle=shuffle)
        model = keras.Sequential([keras.Input((None,), dtype="int32"), Sees()])
        predictions = batches.restore(model.predict(batches, verbose=0))
        assert predictions.tolist() == [ids[0] for ids in texts[0]]


ONE = [np.array([1, 2])]


@once
@pytest.mark.parametrize(
    ("ids", "labels", "options", "said"),
    [
        ([], None, {}, "`ids` must hold at least one text"),
        (
            [np.array([1, 9])],
            None,
            {"vocabulary_size": 9},
            r"`ids\[0\]` must be at least 1 and less than vocabulary_size=9. Received: 9",
        ),
        (
            [ONE[0], np.array([3, -1])],
            None,
            {},
            r"`ids\[1\]` must be at least 1. Received: -1 at position 1",
        ),
        ([np.array([1, 0])], None, {}, r"`ids\[0\]` must be at least 1. Received: 0 at position 1"),
        ([np.array([2**40])], None, {}, r"`ids\[0\]` must be at least 1. Received: 1099511627776"),
        ([np.array([1.0])], None, {}, r"`ids\[0\]` must be one row of integers. .*float64"),
        ([np.array([True])], None, {}, r"`ids\[0\]` must be one row of integers. .*bool"),
        ([np.array([[1]])], None, {}, r"`ids\[0\]` must be one row of integers. .*shape=\(1, 1\)"),
        (
            ONE,
            [2],
            {"classes": 2},
            "`labels` must be at least 0 and less than classes=2. Received: 2 at position 0",
        ),
        (ONE, [-1], {}, "`labels` must be at least 0. Received: -1"),
        (ONE, [0.0], {}, "`labels` must be one row of integers. .*float64"),
        (ONE, [0, 1], {}, r"`labels` must be of shape \(B\) with B=1. .*\(2,\)"),
        (ONE, None, {"batch_size": 0}, "`batch_size` must be a positive integer"),
        (ONE, None, {"max_length": 0}, "`max_length` must be a positive integer"),
        (ONE, None, {"boundaries": [4, 4]}, "`boundaries` must be ascending positive integers"),
        (ONE, None, {"boundaries": []}, "`boundaries` must be ascending positive integers"),
        (ONE, None, {"boundaries": [0, 4]}, "`boundaries` must be ascending positive integers"),
    ],
)
def test_what_is_refused(ids, labels, options, said):
    with pytest.raises(ValueError, match="^TextBatches: " + said):
        TextBatches(ids, labels, **{"batch_size": 4, "seed": 0, **options})
