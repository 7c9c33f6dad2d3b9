"""Losses that Keras does not have."""

from keras_seq.losses.token_loss import TokenLoss

__all__ = ["TokenLoss"]
