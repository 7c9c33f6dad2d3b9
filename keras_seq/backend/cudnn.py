"""cuDNN, by way of the stock Keras layer, for cells without our options on a GPU."""

import importlib

import keras
from keras import ops

# Options of a cell that cuDNN lacks, with the value that leaves each of them off.
OFF = {
    "peephole": False,
    "coupled": False,
    "forget_gate": True,
    "projection": None,
    "cell_clip": None,
    "reset": "after",
    "update": "keep",
    "layer_norm": False,
    "zoneout": 0.0,
    "recurrent_dropout": 0.0,
    "use_bias": True,
}


def has_gpu() -> bool:
    """Whether the current backend computes on a GPU."""
    devices = importlib.import_module(f"keras_seq.backend.{keras.backend.backend()}.devices")
    return devices.has_gpu()


def why_not(layer, mask=None, resets=None) -> str | None:
    """Why cuDNN does not serve this layer, in words; None where it does."""
    cell = layer.cell
    for name, off in OFF.items():
        if getattr(cell, name, off) != off:
            return f"cuDNN has no {name}={getattr(cell, name)!r}"
    if cell.activation is not keras.activations.tanh:
        return "cuDNN knows activation='tanh' only"
    if cell.recurrent_activation is not keras.activations.sigmoid:
        return "cuDNN knows recurrent_activation='sigmoid' only"
    if cell.dropout and cell.dropout_per_gate:
        return "cuDNN projects all gates from one input"
    if layer.unroll:
        return "unroll=True writes the steps out"
    if mask is not None:
        return "cuDNN takes right-padded masks only"
    if resets is not None:
        return "cuDNN has no resets"
    return None if has_gpu() else "there is no GPU"


class Run:
    """`reference.run` by the stock layer with our weights, whose loop Keras gives to cuDNN."""

    def __init__(self, layer):
        self.stock = None
        if (
            why_not(layer) is None
        ):  # made here, because it has seeds, and no traced call may make those
            self.stock = layer.cudnn_layer(
                layer.cell.units,
                return_sequences=True,
                dtype=layer.cell.dtype_policy,
                name=f"{layer.cell.family}_of_cudnn",
            )

    def __call__(self, cell, inputs, states, mask, dropout_masks, unroll):
        stock = self.stock
        weights = {
            "kernel": cell.value(cell.kernel),
            "recurrent_kernel": cell.dropped_kernel(dropout_masks),
            "bias": cell.value(cell.bias),
        }
        for name, value in weights.items():
            object.__setattr__(
                stock.cell, name, value
            )  # so that they do not become weights of the stock cell
        stock.cell.built = True
        x = inputs if dropout_masks.input is None else inputs * dropout_masks.input
        _, outputs, states = stock.inner_loop(
            ops.transpose(x, (1, 0, 2)), states, mask=None, training=False
        )
        return ops.transpose(outputs, (1, 0, 2)), list(states)
