"""Picks the loop that runs a cell: cuDNN's, the backend's own, or the reference."""

import importlib

import keras

from keras_seq.backend import reference


def pick(layer, mask=None):
    """The function that runs `layer`'s cell over time.

    Returns:
        run(cell, projected, states, mask, noise, unroll, training) -> outputs, states, with
        the meaning of `reference.run`.

    Raises:
        ValueError: the layer insists on a path that cannot serve, with the reason.
    """
    native = _native(layer.cell.native)
    reason = native.why_not(layer.cell, layer.unroll) if native else "none is written"
    if layer.use_native is True and reason:
        raise ValueError(
            f"{type(layer).__name__}: `use_native=True` cannot be had on "
            f"{keras.backend.backend()}: {reason}."
        )
    return reference.run if reason or layer.use_native is False else native


def _native(name):
    """The native function of that name on the current backend, or None."""
    if name is None:
        return None
    module = importlib.import_module(f"keras_seq.backend.{keras.backend.backend()}.{name}")
    return getattr(module, name)
