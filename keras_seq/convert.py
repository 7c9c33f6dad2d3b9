"""Copies weights of other libraries' models into layers of keras_seq."""

from typing import Any

import numpy as np

from keras_seq import checks
from keras_seq.crf import CRF

PYTORCH_CRF_NAMES = {
    "transitions": "transitions",
    "start": "start_transitions",
    "end": "end_transitions",
}


def from_pytorch_crf(source: Any, layer: CRF) -> CRF:
    """Copy the weights of a `torchcrf.CRF` of the package pytorch-crf into a `keras_seq.CRF`.

    Both then give every sequence of tags the same score.

    Args:
        source: the module, or its `state_dict()`.
        layer: the `keras_seq.CRF`.

    Returns:
        `layer`.

    Raises:
        ValueError: a weight is missing, is not finite, or has not the shape of the layer's weight.

    Example:

    >>> import keras_seq
    >>> from keras_seq.convert import from_pytorch_crf
    >>> state = {"transitions": np.eye(2), "start_transitions": np.ones(2)}
    >>> crf = from_pytorch_crf({**state, "end_transitions": np.zeros(2)}, keras_seq.CRF(2))
    >>> keras.ops.convert_to_numpy(crf.transitions).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    if not isinstance(layer, CRF):
        checks.refuse("from_pytorch_crf", "layer", "a keras_seq.CRF", layer)
    if not isinstance(source, dict) and not hasattr(source, "state_dict"):
        wanted = "a torchcrf.CRF or its state_dict()"
        checks.refuse("from_pytorch_crf", "source", wanted, source)
    state = source if isinstance(source, dict) else source.state_dict()
    weights = {}
    for name, source_name in PYTORCH_CRF_NAMES.items():
        if source_name not in state:
            checks.refuse(
                "from_pytorch_crf", "source", f"one that has {source_name}", sorted(state)
            )
        value = state[source_name]
        value = value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)
        letters = "K K" if name == "transitions" else "K"
        checks.sizes("from_pytorch_crf", source_name, value.shape, letters, K=layer.num_tags)
        if value.dtype.kind not in "iuf" or not np.isfinite(value).all():
            checks.refuse("from_pytorch_crf", source_name, "finite numbers", value.tolist())
        weights[name] = value
    for name, value in weights.items():
        getattr(layer, name).assign(value)
    return layer
