"""The recurrent layers that models and recipes offer by name."""

from typing import Any, Literal, get_args

from keras_seq.recurrent.gru import GRU
from keras_seq.recurrent.lstm import LSTM

# The type of the option `cell`; the recipes read the choices of the flag `--cell` from it.
CellName = Literal[
    "lstm", "peephole", "coupled", "no_forget", "layer_norm", "gru", "gru_before", "simplified_gru"
]
CELL_NAMES = get_args(CellName)

_VARIANTS = {
    "lstm": (LSTM, {}),
    "peephole": (LSTM, {"peephole": True}),
    "coupled": (LSTM, {"coupled": True}),
    "no_forget": (LSTM, {"forget_gate": False}),
    "layer_norm": (LSTM, {"layer_norm": True}),
    "gru": (GRU, {"reset": "after"}),
    "gru_before": (GRU, {"reset": "before"}),
    "simplified_gru": (GRU, {"reset": None}),
}


def recurrent_variant(name: CellName) -> tuple[type, dict[str, Any]]:
    """The layer class for a name in `CELL_NAMES`, and the arguments that select this variant.

    Example:

    >>> from keras_seq.recurrent.variants import recurrent_variant
    >>> recurrent_variant("peephole")
    (<class 'keras_seq.recurrent.lstm.LSTM'>, {'peephole': True})
    """
    layer_class, options = _VARIANTS[name]
    return layer_class, dict(options)
