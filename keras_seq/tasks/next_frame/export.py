"""Exports a frame predictor that takes `frames` and returns `next_frames`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_seq import checks
from keras_seq.export.requests import checked_frames
from keras_seq.export.saved_model import export_saved_model
from keras_seq.tasks.next_frame.value_range import ROUNDING

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
    `next_frames`, float32 (B, horizon, H, W, C). The batch and the number of
    frames may be any, even 0; H and W are those of the model, or any where it takes any. Frames
    with a value outside [0, 1] are refused.

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
        config={"horizon": horizon},
        examples={"frames": frames},
        expected={"next_frames": expected},
        probes={
            "no video": {"frames": []},
            "one frame": {"frames": [frames[0][:1]]},
        },
    )


def build(model: keras.Model, config: Mapping[str, Any]) -> tuple[Any, list[Any]]:
    """The served function of a frame predictor; see `export_saved_model`."""
    import tensorflow as tf

    shape = [None, None, *model.frame_shape]

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32, name="frames")])
    def serve(frames):
        frames = checked_frames(frames, model.frame_shape, ROUNDING)
        shape = tf.shape(frames)
        # Convolutions need a video, a frame and a pixel: where there is none, they get a dark one.
        padding = [[0, missing] for missing in tf.unstack(tf.maximum(1 - shape[:4], 0))]
        following = model.forecast(tf.pad(frames, [*padding, [0, 0]]), config["horizon"])
        following = following[: shape[0], :, : shape[2], : shape[3]]
        known = [None, config["horizon"], *model.frame_shape]
        return {"next_frames": tf.ensure_shape(following, known)}

    return serve, []
