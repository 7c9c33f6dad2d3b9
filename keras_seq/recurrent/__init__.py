"""Recurrent cells and the layers that run them over time."""

from keras_seq.recurrent.conv_gru import ConvGRU2D, ConvGRU2DCell
from keras_seq.recurrent.conv_lstm import (
    ConvLSTM1D,
    ConvLSTM1DCell,
    ConvLSTM2D,
    ConvLSTM2DCell,
    ConvLSTM3D,
    ConvLSTM3DCell,
)
from keras_seq.recurrent.gru import GRU, GRUCell
from keras_seq.recurrent.lstm import LSTM, LSTMCell

__all__ = [
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
]
