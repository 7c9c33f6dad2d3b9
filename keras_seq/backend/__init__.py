"""Picks the loop that runs a cell: cuDNN's, our own for the backend, or the reference."""

import importlib

import keras
from keras import ops

from keras_seq.backend import cudnn, reference


def pick(layer, mask=None):
    """The function that runs `layer`'s cell over time.

    Returns:
        run(cell, inputs, states, mask, noise, unroll) -> outputs, states, with
        the meaning of `reference.run`.

    Raises:
        ValueError: the layer insists on a path that cannot serve, with the reason.
    """
    for option, use, path, reason in _paths(layer, mask):
        if use is True and reason:
            raise ValueError(
                f"{type(layer).__name__}: `{option}=True` cannot be had on "
                f"{keras.backend.backend()}: {reason}."
            )
        if use is not False and not reason:
            return path
    return reference.run


def _paths(layer, mask):
    """(the option that governs it, its value, the path, why it cannot serve), best first."""
    if layer.cudnn is not None:
        yield "use_cudnn", layer.use_cudnn, layer.cudnn, cudnn.why_not(layer, mask)
    loop = native(layer.cell.native) if layer.cell.native else None
    reason = loop.why_not(layer.cell, layer.unroll) if loop else "none is written"
    yield "use_native", layer.use_native, loop, reason


def native(name):
    """The native function of that name on the current backend."""
    module = importlib.import_module(f"keras_seq.backend.{keras.backend.backend()}.{name}")
    return getattr(module, name)


def static_value(tensor):
    """A tensor of the current backend as a NumPy array, or None while a program is traced."""
    return _values().static_value(tensor)


def write_slice(tensor, part, axis, first, spend):
    """`tensor` with `part` in the places `first`, first + 1, ... of an axis.

    With `spend` the tensor itself may be written to, and is not to be used again.
    """
    if spend and keras.backend.backend() == "torch":
        return _values().write_slice(tensor, part, axis, first)
    start = [0] * len(tensor.shape)
    start[axis] = first
    return ops.slice_update(tensor, start, part)


def _values():
    return importlib.import_module(f"keras_seq.backend.{keras.backend.backend()}.values")
