"""Losses that Keras does not have."""

from keras_seq.losses.token_loss import TokenLoss
from keras_seq.losses.weighted_mean import WeightedMean

__all__ = ["TokenLoss", "WeightedMean"]
