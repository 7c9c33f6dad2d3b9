"""Weights of other libraries' models, copied into ours."""

import numpy as np

from keras_seq import checks

OF_PYTORCH_CRF = {
    "transitions": "transitions",
    "start": "start_transitions",
    "end": "end_transitions",
}


def from_pytorch_crf(source, layer):
    """Copy the weights of a `torchcrf.CRF` of the package pytorch-crf into a `keras_seq.CRF`.

    Both then score every path alike.

    Args:
        source: the module, or its `state_dict()`.
        layer: the `keras_seq.CRF`.

    Returns:
        `layer`.

    Raises:
        ValueError: a weight is missing, or of another size than the layer's.

    Example:

    >>> import keras_seq
    >>> from keras_seq.convert import from_pytorch_crf
    >>> state = {"transitions": np.eye(2), "start_transitions": np.ones(2)}
    >>> crf = from_pytorch_crf({**state, "end_transitions": np.zeros(2)}, keras_seq.CRF(2))
    >>> keras.ops.convert_to_numpy(crf.transitions).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    state = source if isinstance(source, dict) else source.state_dict()
    weights = {}
    for name, theirs in OF_PYTORCH_CRF.items():
        if theirs not in state:
            checks.refuse("from_pytorch_crf", "source", f"one that has {theirs}", sorted(state))
        value = state[theirs]
        value = value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)
        letters = "K K" if name == "transitions" else "K"
        checks.sizes("from_pytorch_crf", theirs, value.shape, letters, K=layer.count)
        weights[name] = value
    for name, value in weights.items():
        getattr(layer, name).assign(value)
    return layer
