"""Requests that a server answers before it accepts real ones.

The file `assets.extra/tf_serving_warmup_requests` is a TFRecord of `PredictionLog` messages
(tensorflow_serving/apis: prediction_log.proto, predict.proto, model.proto). All fields that
are needed are strings or messages, which protocol buffers encode in the same way: number, length,
bytes.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def write_warm_up_requests(
    folder: str | Path, name: str, requests: Sequence[Mapping[str, Any]]
) -> None:
    """Write the warm-up file of a SavedModel.

    Args:
        folder: the SavedModel.
        name: the model's name on the server.
        requests: list of dict of input name -> tensor, at most 1,000.
    """
    import tensorflow as tf

    path = Path(folder, "assets.extra", "tf_serving_warmup_requests")
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as file:
        for inputs in requests:
            file.write(prediction_log(name, inputs))


def prediction_log(name: str, inputs: Mapping[str, Any]) -> bytes:
    """A PredictionLog of a request to the signature serving_default of model `name`, as bytes."""
    import tensorflow as tf

    model_spec = _field(1, name.encode()) + _field(3, b"serving_default")
    predict_request = _field(1, model_spec)
    for input_name, values in inputs.items():
        message = tf.make_tensor_proto(values).SerializeToString()
        predict_request += _field(2, _field(1, input_name.encode()) + _field(2, message))
    predict_log = _field(1, predict_request)
    return _field(6, predict_log)


def _field(number, payload):
    # Wire type 2: a length, and so many bytes.
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _varint(value):
    groups = bytearray()
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)
