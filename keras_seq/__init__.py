"""Sequence layers for Keras 3: the same numbers on TensorFlow, JAX and PyTorch."""

from keras_seq.dropout import WordDropout
from keras_seq.recurrent import GRU, LSTM, GRUCell, LSTMCell

__version__ = "0.1.0"
__all__ = ["GRU", "GRUCell", "LSTM", "LSTMCell", "WordDropout"]
