"""`PatchMotion`: motions beside shifts in NumPy, generated pixels, and their mixture."""

import keras
import numpy as np
import pytest

from keras_seq.models.frame_predictor.patch_motion import PatchMotion

P = 4


def whole(x, channels):
    """Patches (B, h, w, P P C) as frames."""
    B, h, w, _ = x.shape
    x = x.reshape(B, h, w, P, P, channels).swapaxes(2, 3)
    return x.reshape(B, h * P, w * P, channels)


def layer_of(channels, motions, bias):
    layer = PatchMotion(channels, P, num_motions=motions)
    layer.build((None, 3, 5, 6))
    weights = [np.zeros(layer.kernel.shape, "float32"), np.asarray(bias, "float32")]
    layer.set_weights([*weights, *layer.get_weights()[2:]])
    return layer


def one(count, at):
    """Logits of a choice without doubt."""
    return np.where(np.arange(count) == at, 40.0, -40.0)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_motion_shifts_a_frame_by_whole_pixels(channels, rng):
    x = rng.random((2, 3, 5, P * P * channels)).astype("float32")
    outputs = np.zeros((2, 3, 5, 6), "float32")
    frame = np.pad(whole(x, channels), [(0, 0), (P, P), (P, P), (0, 0)])
    for down, across in ((0, 0), (2, -3), (-4, 4), (1, 0)):
        paint = np.zeros(P * P * channels)
        still = np.concatenate([one(9, P), one(9, P)])
        moving = np.concatenate([one(9, P + down), one(9, P + across)])
        layer = layer_of(channels, 2, np.concatenate([paint, still, moving, one(3, 2)]))
        found = whole(keras.ops.convert_to_numpy(layer(outputs, x)), channels)
        wanted = frame[:, P + down : P + down + 12, P + across : P + across + 20]
        np.testing.assert_allclose(found, wanted, atol=1e-6)


@pytest.mark.parametrize("channels, down, across", [(1, 2, -3), (3, 0, 4), (1, 0, 0)])
def test_before_training_what_moves_moves_on(channels, down, across, rng):
    """Two frames of a film that drifts over the field give the third, but for what comes in."""
    world = rng.random((1, 60, 60, channels)).astype("float32")
    film = [world[:, 20 + t * down :, 20 + t * across :][:, :24, :28] for t in range(3)]
    patches = [f.reshape(1, 6, P, 7, P, channels).swapaxes(2, 3).reshape(1, 6, 7, -1) for f in film]
    layer = PatchMotion(channels, P, num_motions=2)
    outputs = 0.1 * rng.normal(size=(1, 6, 7, 5)).astype("float32")
    found = whole(keras.ops.convert_to_numpy(layer(outputs, patches[1], patches[0])), channels)
    inner = (slice(None), slice(8, -8), slice(8, -8))
    error = np.square(found - film[2])[inner].mean()
    assert error < 0.02 * np.square(film[1] - world[:, :24, :28])[inner].mean()
    still = whole(keras.ops.convert_to_numpy(layer(outputs, patches[1])), channels)
    assert np.square(still - film[1])[inner].mean() < 0.002


def test_paint_and_motions_are_mixed(rng):
    x = rng.random((2, 3, 5, P * P)).astype("float32")
    outputs = np.zeros((2, 3, 5, 6), "float32")
    paint = rng.normal(size=P * P)
    painted = 1 / (1 + np.exp(-paint))
    motion = np.concatenate([one(9, P), one(9, P)])
    mix = np.log([0.25, 0.75])
    layer = layer_of(1, 1, np.concatenate([paint, motion, mix]))
    found = keras.ops.convert_to_numpy(layer(outputs, x))
    np.testing.assert_allclose(found, 0.25 * painted + 0.75 * x, atol=1e-6)
    found = keras.ops.convert_to_numpy(layer_of(1, 0, paint)(outputs, x))
    np.testing.assert_allclose(found, np.broadcast_to(painted, x.shape), atol=1e-6)


def test_values_stay_between_0_and_1(rng):
    layer = PatchMotion(1, P, num_motions=2)
    x = rng.random((2, 3, 5, P * P)).astype("float32")
    found = keras.ops.convert_to_numpy(layer(5 * rng.normal(size=(2, 3, 5, 6)), x))
    assert found.min() >= 0 and found.max() <= 1 and np.ptp(found) > 0.5


@pytest.mark.parametrize("name", ["channels", "patch_size", "num_motions", "kernel_size"])
def test_refusals(name):
    with pytest.raises(ValueError, match=f"^PatchMotion: `{name}` must be a positive integer"):
        PatchMotion(**{"channels": 1, "patch_size": 4, name: -1})
