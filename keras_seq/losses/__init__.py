"""Losses of token sequences."""

from keras_seq.losses.token_loss import TokenLoss

__all__ = ["TokenLoss"]
