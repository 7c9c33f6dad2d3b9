"""Recurrent cells and the layers that run them over time."""

from keras_seq.recurrent.gru import GRU, GRUCell
from keras_seq.recurrent.lstm import LSTM, LSTMCell

__all__ = ["GRU", "GRUCell", "LSTM", "LSTMCell"]
