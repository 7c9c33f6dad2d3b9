"""All uses of names of Keras that are not documented, in one place.

A release of Keras may rename any of them. `tests/test_keras_internals.py` then says which one is
missing, and this is the only file to change.
"""

from typing import NamedTuple

import keras


def _missing(what: str) -> RuntimeError:
    return RuntimeError(
        f"keras_seq relies on {what}, which Keras {keras.version()} does not have: adapt "
        "keras_seq/keras_internals.py, or install the release of Keras in constraints.txt."
    )


def attribute_of(thing, name: str):
    """An attribute that Keras does not document; the error names it and the release of Keras."""
    if not hasattr(thing, name):
        raise _missing(f"`{type(thing).__name__}.{name}`")
    return getattr(thing, name)


def _dropout_rnn_cell():
    bases = {base.__name__: base for base in keras.layers.LSTMCell.__mro__}
    if "DropoutRNNCell" not in bases:
        raise _missing("a base class `DropoutRNNCell` of `keras.layers.LSTMCell`")
    return bases["DropoutRNNCell"]


# `keras.layers.RNN` draws the dropout masks of a cell before its loop, so that they stay fixed over
# time, but only for cells with this base class, which has no public name.
DropoutRNNCell = _dropout_rnn_cell()

# With this attribute `keras.callbacks.SwapEMAWeights` remembers whether the averaged weights are
# in the model at the moment.
EMA_WEIGHTS_IN_MODEL = "_ema_weights_in_model"


def mask_of(tensor):
    """The mask that a layer has attached to its output, or None."""
    return getattr(tensor, "_keras_mask", None)


class AttentionParts(NamedTuple):
    """The layers inside a built `keras.layers.GroupQueryAttention`."""

    query: keras.layers.Layer
    key: keras.layers.Layer
    value: keras.layers.Layer
    output: keras.layers.Layer
    dropout: keras.layers.Layer


def attention_parts(layer: keras.layers.GroupQueryAttention) -> AttentionParts:
    """The projections and the dropout of a built attention layer."""
    names = ("_query_dense", "_key_dense", "_value_dense", "_output_dense", "_dropout_layer")
    return AttentionParts(*(attribute_of(layer, name) for name in names))


def set_output_equation(layer: keras.layers.GroupQueryAttention, equation: str) -> None:
    """Give the output projection of a built attention layer another einsum equation."""
    output = attention_parts(layer).output
    attribute_of(output, "equation")
    output.equation = equation
