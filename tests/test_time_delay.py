"""The time-delay layer under a mask."""

import keras
import numpy as np

import keras_seq
from tests.gradients import assert_close, to_numpy


def test_masked_steps_are_zeros_and_the_mask_goes_on(rng):
    layer = keras_seq.TimeDelay(4, delays=2)
    x = rng.normal(size=(2, 5, 3)).astype("float32")
    mask = np.array([[True, True, False, True, True], [True, True, True, False, False]])
    spoilt = np.where(mask[..., None], x, np.float32(np.nan))
    zeroed = np.where(mask[..., None], x, np.float32(0.0))
    assert_close(to_numpy(layer(spoilt, mask=mask)), to_numpy(layer(zeroed)))
    inputs = keras.Input((None, 3))
    hidden = keras.layers.Masking()(inputs)
    last = keras_seq.MeanPooling()(layer(hidden))  # uses the mask
    model = keras.Model(inputs, last)
    rows = zeroed[1:]
    expected = to_numpy(layer(rows[:, :3])).mean(axis=1)
    assert_close(to_numpy(model(rows)), expected)
