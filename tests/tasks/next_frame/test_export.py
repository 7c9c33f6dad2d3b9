"""Frames in, next frames out: the served predictor against the one that was trained."""

import numpy as np
import pytest
import tensorflow as tf

from keras_seq.export import isolated_process
from keras_seq.models import FramePredictor
from keras_seq.tasks.next_frame.export import export_frame_predictor


def trained(tmp_path, rng, shape=(6, 8, 1), cell="peephole"):
    model = FramePredictor(shape, horizon=2, filters=3, num_layers=1, patch_size=2, cell=cell)
    model.set_weights([w + rng.normal(0, 0.3, w.shape) for w in model.get_weights()])
    model.save(tmp_path / "model.keras")
    films = [rng.random((steps, 6, 8, 1)).astype("float32") for steps in (5, 5, 3)]
    expected = [model.predict_frames(film[None], 4)[0] for film in films]
    return model, films, np.stack(expected)


def test_served_frames_are_those_of_the_backend_that_trained(tmp_path, rng):
    model, films, expected = trained(tmp_path, rng)
    out = tmp_path / "saved_models" / "next_frame"
    folder = export_frame_predictor(tmp_path / "model.keras", 4, out, films, expected)
    assert folder == out / "1"
    # Of other frames, another batch size and another length than the export has compared.
    frames = rng.random((4, 7, 6, 8, 1)).astype("float32")
    (answer, none) = isolated_process.answer(
        str(folder), [{"frames": frames.tolist()}, {"frames": []}]
    )
    wanted = model.predict_frames(frames, 4)
    np.testing.assert_allclose(answer["next_frames"], wanted, atol=1e-5)
    assert np.ptp(wanted) > 0.1 and none == {"next_frames": []}
    signature = tf.saved_model.load(str(folder)).signatures["serving_default"]
    spec = tf.TensorSpec([None, None, 6, 8, 1], tf.float32, name="frames")
    assert signature.structured_input_signature == ((), {"frames": spec})
    assert signature.structured_outputs["next_frames"].shape.as_list() == [None, 4, 6, 8, 1]
    assert (folder / "assets.extra" / "tf_serving_warmup_requests").is_file()


@pytest.mark.once
def test_frames_of_any_size_and_no_odd_ones(tmp_path, rng):
    model, films, expected = trained(tmp_path, rng, (None, None, 1), "lstm")
    folder = export_frame_predictor(tmp_path / "model.keras", 4, tmp_path, films, expected)
    serve = tf.saved_model.load(str(folder)).signatures["serving_default"]
    frames = rng.random((2, 4, 7, 5, 1)).astype("float32")
    answer = serve(frames=tf.constant(frames))["next_frames"]
    np.testing.assert_allclose(answer, model.predict_frames(frames, 4), atol=1e-5)
    for odd, words in (
        (frames * 255, r"`frames` must have values in \[0, 1\]"),
        (frames * np.nan, r"`frames` must have values in \[0, 1\]"),
        (frames[0], r"`frames` must be of shape \(B, T, H, W, C\)"),
        (np.repeat(frames, 3, axis=-1), "with C=1"),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match=words):
            serve(frames=tf.constant(odd))


@pytest.mark.once
@pytest.mark.parametrize(
    "change, message",
    [
        ({"horizon": 0}, "`horizon` must be a positive integer"),
        ({"examples": [np.zeros((3, 6, 8, 1))] * 2}, "`examples` must be frames .* two lengths"),
        ({"examples": []}, "`examples` must be frames"),
        (
            {"expected": np.zeros((2, 5, 6, 8, 1))},
            r"`expected` must be of shape \(N, K, H, W, C\) with N=2, K=4, H=6, W=8, C=1",
        ),
    ],
)
def test_arguments_that_cannot_be(tmp_path, change, message):
    arguments = {
        "model_path": tmp_path / "model.keras",
        "horizon": 4,
        "out": tmp_path,
        "examples": [np.zeros((3, 6, 8, 1)), np.zeros((2, 6, 8, 1))],
        "expected": np.zeros((2, 4, 6, 8, 1)),
    }
    with pytest.raises(ValueError, match="export_frame_predictor: " + message):
        export_frame_predictor(**arguments | change)
