"""A masked layer gives what it gives without a mask on the sequence without the masked steps."""

import functools

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import keras_seq
from keras_seq.crf import log_likelihood, viterbi
from tests.crf.compiled import run
from tests.gradients import assert_close, to_numpy

BATCH, TIME, FEATURES, UNITS = 6, 4, 3, 4
MASKS = hnp.arrays(bool, (BATCH, TIME))
SEEDS = st.integers(0, 2**32 - 1)
LAYERS = {
    "LSTM": ("LSTM", {}),
    "LSTM, peephole, projection": ("LSTM", {"peephole": True, "projection": 2}),
    "LSTM, coupled, cell clip": ("LSTM", {"coupled": True, "cell_clip": 0.5}),
    "GRU": ("GRU", {}),
    "GRU, before, zoneout": ("GRU", {"reset": "before", "zoneout": 0.2}),
}


@functools.cache
def models_of(name, use_native):
    """Of a layer: a model with a mask, and one of the outputs and states after 1, 2, ... steps."""
    kind, options = LAYERS[name]
    layer = getattr(keras_seq, kind)(
        UNITS, **options, use_native=use_native, return_sequences=True, return_state=True
    )
    inputs, mask = keras.Input((TIME, FEATURES)), keras.Input((TIME,), dtype="bool")
    masked = keras.Model([inputs, mask], layer(inputs, mask=mask))
    prefixes = keras.Model(inputs, [layer(inputs[:, : n + 1]) for n in range(TIME)])
    random = np.random.default_rng(7)
    for variable in layer.trainable_variables:
        variable.assign(random.normal(0.0, 0.8, variable.shape))
    return masked, prefixes


def compressed(x, mask):
    """The real steps of x (B, T, ...) at the front, zeros behind them."""
    result = np.zeros_like(x)
    for row, real in enumerate(mask):
        result[row, : real.sum()] = x[row, real]
    return result


@pytest.mark.parametrize("use_native", [True, False], ids=["native", "reference"])
@pytest.mark.parametrize("name", LAYERS)
@settings(max_examples=15)
@given(mask=MASKS, seed=SEEDS)
def test_recurrent_layer(name, use_native, mask, seed):
    masked, prefixes = models_of(name, use_native)
    x = np.random.default_rng(seed).normal(size=(BATCH, TIME, FEATURES)).astype("float32")
    hidden = np.where(mask[..., None], x, np.nan)
    outputs, *states = map(to_numpy, masked.predict_on_batch([hidden, mask]))
    after = prefixes.predict_on_batch(compressed(x, mask))
    after = [[to_numpy(array) for array in one] for one in after]
    for row, real in enumerate(mask):
        steps = np.cumsum(real)
        whole = after[-1][0][row]
        wanted = [whole[n - 1] if n else np.zeros_like(whole[0]) for n in steps]
        assert_close(outputs[row], wanted, what="outputs")
        for number, state in enumerate(states):
            end = after[steps[-1] - 1][1 + number][row] if steps[-1] else np.zeros_like(state[row])
            assert_close(state[row], end, what=f"state {number}")


@settings(max_examples=15)
@given(mask=MASKS, seed=SEEDS)
def test_crf(mask, seed):
    random, mask = np.random.default_rng(seed), mask[:, :3]
    emissions = random.normal(size=(BATCH, 3, FEATURES)).astype("float32")
    weights = [random.normal(size=shape).astype("float32") for shape in ((FEATURES,) * 2, 3, 3)]
    tags = random.integers(0, FEATURES, (BATCH, 3)).astype("int32")
    hidden = np.where(mask[..., None], emissions, np.nan)
    found = run(log_likelihood, hidden, tags, *weights, mask=mask)
    paths, scores = run(viterbi, hidden, *weights, mask=mask)
    short, short_tags = compressed(emissions, mask), compressed(tags, mask)
    for n in (1, 2, 3):
        rows = mask.sum(axis=1) == n
        # All rows, so that what is compiled is compiled once for each length.
        wanted = run(log_likelihood, short[:, :n], short_tags[:, :n], *weights)
        best, best_scores = run(viterbi, short[:, :n], *weights)
        assert_close(found[rows], wanted[rows])
        assert_close(scores[rows], best_scores[rows])
        np.testing.assert_array_equal(compressed(paths, mask)[rows, :n], best[rows])
    nothing = ~mask.any(axis=1)
    assert not found[nothing].any() and not scores[nothing].any() and not paths[~mask].any()


@pytest.mark.parametrize("kind", ["MeanPooling", "MaxPooling", "AttentionPooling"])
@settings(max_examples=15)
@given(mask=MASKS, seed=SEEDS)
def test_pooling(kind, mask, seed):
    """One row with a mask against the row alone; a permutation of the steps changes nothing."""
    model = pooling_model(kind)
    x = np.random.default_rng(seed).normal(size=(BATCH, TIME, FEATURES)).astype("float32")
    pooled = to_numpy(model.predict_on_batch([np.where(mask[..., None], x, np.nan), mask]))
    front = np.arange(TIME) < mask.sum(axis=1, keepdims=True)
    assert_close(pooled, to_numpy(model.predict_on_batch([compressed(x, mask), front])))
    assert not pooled[~mask.any(axis=1)].any()
    real = np.where(mask[..., None], x, np.nan)
    for row in np.flatnonzero(mask.any(axis=1)):
        if kind == "MeanPooling":
            assert_close(pooled[row], np.nanmean(real[row], axis=0))
        if kind == "MaxPooling":
            assert_close(pooled[row], np.nanmax(real[row], axis=0))


@functools.cache
def pooling_model(kind):
    inputs, mask = keras.Input((TIME, FEATURES)), keras.Input((TIME,), dtype="bool")
    layer = getattr(keras_seq.pooling, kind)()
    model = keras.Model([inputs, mask], layer(inputs, mask=mask))
    random = np.random.default_rng(3)
    model.set_weights([random.normal(size=w.shape) for w in model.get_weights()])
    return model
