"""Attention mechanisms, and recurrent cells that attend at every step."""

from keras_seq.attention.additive import AdditiveAttention
from keras_seq.attention.cell import AttentionCell
from keras_seq.attention.layer import AttentionRNN
from keras_seq.attention.multiplicative import MultiplicativeAttention

__all__ = ["AdditiveAttention", "AttentionCell", "AttentionRNN", "MultiplicativeAttention"]
