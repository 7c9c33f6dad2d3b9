"""Picks the loop that runs a cell: cuDNN's, our own for the backend, or the reference."""

import importlib
from collections.abc import Callable
from types import ModuleType

import keras
from keras import ops

from keras_seq.backend import cudnn, parallel, reference
from keras_seq.errors import InputError


def pick(layer, cell, mask=None, resets=None, reason: str | None = None) -> Callable:
    """The function that runs the `cell` of a `layer` over time.

    Args:
        layer: it has `use_native`, `unroll`, and `cudnn`; if that is not None also `use_cudnn`.
        cell: a `keras_seq.recurrent.cell.RecurrentCell`, or another cell of Keras's contract.
        mask: the mask of this call, or None.
        resets: where rows start anew in this call, or None.
        reason: why no native loop can serve this layer, whatever its cell, in words; or None.

    Returns:
        run(cell, inputs, states, mask, dropout_masks, unroll) -> outputs, states, with
        the meaning of `reference.run`.

    Raises:
        ValueError: the layer insists on a path that cannot serve, with the reason.
    """
    for option, use, run, why_not in _paths(layer, cell, mask, resets, reason):
        if use is True and why_not:
            raise InputError(
                f"{type(layer).__name__}: `{option}=True` cannot be had on "
                f"{keras.backend.backend()}: {why_not}."
            )
        if use is not False and not why_not:
            return run
    return reference.run


def _paths(layer, cell, mask, resets, reason):
    """(the option that governs it, its value, its function, why it cannot serve), best first."""
    if layer.cudnn is not None:
        yield "use_cudnn", layer.use_cudnn, layer.cudnn, cudnn.why_not(layer, mask, resets)
    name = getattr(cell, "native", None)
    if name is None:
        yield "use_native", layer.use_native, None, reason or "none is written"
    else:
        path = parallel if name == "parallel" else native(name)
        if resets is not None and path is not parallel:
            reason = "`resets` has no native loop"
        why_not = reason or path.why_not(cell, layer.unroll)
        yield "use_native", layer.use_native, path.run, why_not


def native(name: str) -> ModuleType:
    """The module of that name for the current backend; its function is `run`."""
    return importlib.import_module(f"keras_seq.backend.{keras.backend.backend()}.{name}")


def is_traced(tensor) -> bool:
    """Whether a tensor has no values yet; unlike `static_value` it never waits for a GPU."""
    return native("values").is_traced(tensor)


def static_value(tensor):
    """A tensor of the current backend as a NumPy array, or None while a program is traced."""
    return native("values").static_value(tensor)


def sum_over_devices(tensor):
    """The sum of a tensor over the devices that share a batch."""
    if keras.backend.backend() == "tensorflow":
        return native("devices").sum_over_devices(tensor)
    return tensor  # JAX sees whole batches, and PyTorch has one device


def custom_gradient(with_gradient: Callable, plain: Callable, x):
    """plain(x), with a hand-written gradient.

    Args:
        with_gradient: function of x that returns the value, and a function from the gradient of
            the value to the gradient of x.
        plain: function of x that returns the value. PyTorch differentiates it for second
            derivatives and forward mode.
        x: a tensor.
    """
    if keras.backend.backend() == "torch":
        return native("custom_gradient").run(with_gradient, plain, x)
    return ops.custom_gradient(with_gradient)(x)


def write_slice(tensor, part, axis: int, first, spend: bool):
    """`tensor` with `part` written to the indices `first`, first + 1, ... of an axis.

    With `spend` the tensor itself may be written to, and must not be used again.
    """
    if spend and keras.backend.backend() == "torch":
        return native("values").write_slice(tensor, part, axis, first)
    start = [0] * len(tensor.shape)
    start[axis] = first
    return ops.slice_update(tensor, start, part)
