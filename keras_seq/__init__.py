"""Sequence layers for Keras 3: the same numbers on TensorFlow, JAX and PyTorch."""

import importlib

from keras_seq import crf, models
from keras_seq.crf import CRF
from keras_seq.dropout import WordDropout
from keras_seq.monte_carlo import monte_carlo
from keras_seq.recurrent import (
    GRU,
    LSTM,
    ConvGRU2D,
    ConvGRU2DCell,
    ConvLSTM1D,
    ConvLSTM1DCell,
    ConvLSTM2D,
    ConvLSTM2DCell,
    ConvLSTM3D,
    ConvLSTM3DCell,
    GRUCell,
    LSTMCell,
)

__version__ = "0.1.0"
__all__ = [
    "CRF",
    "ConvGRU2D",
    "ConvGRU2DCell",
    "ConvLSTM1D",
    "ConvLSTM1DCell",
    "ConvLSTM2D",
    "ConvLSTM2DCell",
    "ConvLSTM3D",
    "ConvLSTM3DCell",
    "GRU",
    "GRUCell",
    "LSTM",
    "LSTMCell",
    "WordDropout",
    "crf",
    "models",
    "monte_carlo",
]


def __getattr__(name):
    """Imports what is heavy on first use."""
    if name in ("data", "export"):
        return importlib.import_module(f"keras_seq.{name}")
    raise AttributeError(f"module 'keras_seq' has no attribute {name!r}")
