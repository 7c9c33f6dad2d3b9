"""Sequence layers for Keras 3: the same numbers on TensorFlow, JAX and PyTorch."""

import importlib

from keras_seq import callbacks, crf, decoding, losses, models, schedules
from keras_seq.attention import (
    AdditiveAttention,
    AttentionCell,
    AttentionRNN,
    MultiplicativeAttention,
)
from keras_seq.characters import CharacterCNN, CharacterLSTM
from keras_seq.crf import CRF
from keras_seq.dropout import WordDropout
from keras_seq.errors import InputError
from keras_seq.monte_carlo import monte_carlo_dropout
from keras_seq.pooling import AttentionPooling, MaxPooling, MeanPooling
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
from keras_seq.transformer import (
    LearnedPositions,
    RotaryPositions,
    SinusoidalPositions,
    TransformerDecoderBlock,
    TransformerEncoderBlock,
)
from keras_seq.weight_averaging import average_weights

__version__ = "0.1.0"
__all__ = [
    "AdditiveAttention",
    "AttentionCell",
    "AttentionPooling",
    "AttentionRNN",
    "CRF",
    "CharacterCNN",
    "CharacterLSTM",
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
    "InputError",
    "LSTM",
    "LSTMCell",
    "LearnedPositions",
    "MaxPooling",
    "MeanPooling",
    "MultiplicativeAttention",
    "RotaryPositions",
    "SinusoidalPositions",
    "TransformerDecoderBlock",
    "TransformerEncoderBlock",
    "WordDropout",
    "average_weights",
    "callbacks",
    "crf",
    "data",
    "decoding",
    "export",
    "losses",
    "models",
    "monte_carlo_dropout",
    "schedules",
    "tasks",
]


def __getattr__(name):
    """Imports heavy modules on first use."""
    if name in ("data", "export", "tasks"):
        return importlib.import_module(f"keras_seq.{name}")
    raise AttributeError(f"module 'keras_seq' has no attribute {name!r}")
