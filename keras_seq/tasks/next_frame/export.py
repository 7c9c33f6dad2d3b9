"""Exports a frame predictor that takes `frames` and returns `next_frames`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_seq import checks
from keras_seq.export.saved_model import export_saved_model

_OWNER = "export_frame_predictor"


def export_frame_predictor(
    model_path: str | Path,
    horizon: int,
    out: str | Path,
    examples: Sequence[np.ndarray],
    expected: np.ndarray,
) -> Path:
    """Write the next version of a servable frame predictor and compare it with the trained one.

    The signature `serving_default` takes `frames`, float32 (B, T, H, W, C) in [0, 1], and gives
    `next_frames`, float32 (B, horizon, H, W, C). The batch size and the number
    of frames may have any value, even 0; H, W and C are those of the examples.

    Args:
        model_path: a `.keras` file of a `FramePredictor`.
        horizon: number of frames to predict; it may differ from the horizon in training.
        out: folder of the model, such as `saved_models/next_frame`.
        examples: list of arrays (T, H, W, C), at least two, of different T.
        expected: array (N, horizon, H, W, C), the result of `predict_frames` of the trained model
            for the examples; after mixed-precision training, of `in_float32(model)`.

    Returns:
        pathlib.Path of the new version, such as `saved_models/next_frame/1`.

    Raises:
        InputError: an argument is not as described above.
        ExportError: the export failed; earlier versions are unchanged.
    """
    checks.positive_int(_OWNER, horizon=horizon)
    shapes = [np.shape(frames) for frames in examples]
    frame = shapes[0][1:] if shapes else ()
    if any(len(shape) != 4 or shape[1:] != frame for shape in shapes) or len(set(shapes)) < 2:
        wanted = "frames (T, H, W, C) of at least two lengths and one size"
        checks.refuse(_OWNER, "examples", wanted, shapes)
    known = dict(zip("HWC", frame, strict=True))
    expected = np.asarray(expected, "float32")
    checks.sizes(
        _OWNER, "expected", expected.shape, "N K H W C", N=len(examples), K=horizon, **known
    )
    frames = [np.asarray(example, "float32").tolist() for example in examples]
    return export_saved_model(
        model_path,
        out,
        builder=f"{__name__}:build",
        config={"horizon": horizon, "frame_shape": frame},
        examples={"frames": frames},
        expected={"next_frames": expected},
        probes={
            "no video": {"frames": []},
            "one frame": {"frames": [frames[0][:1]]},
            "frames in [0, 255]": {"frames": [(255 * np.asarray(frames[0])).tolist()]},
        },
    )


def build(model: keras.Model, config: Mapping[str, Any]) -> tuple[Any, list[Any]]:
    """The served function of a frame predictor; see `export_saved_model`."""
    import tensorflow as tf

    shape = [None, None, *config["frame_shape"]]

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32, name="frames")])
    def serve(frames):
        batch, steps = tf.unstack(tf.shape(frames)[:2])
        # Convolutions need at least one video and one frame, so empty inputs get a black frame.
        padding = [[0, tf.maximum(1 - batch, 0)], [0, tf.maximum(1 - steps, 0)]]
        frames = tf.pad(frames, [*padding, [0, 0], [0, 0], [0, 0]])
        return {"next_frames": model.forecast(frames, config["horizon"])[:batch]}

    return serve, []
