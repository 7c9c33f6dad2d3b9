"""What the native loops of all backends read off a cell, and when they cannot serve it."""

import keras
from keras import ops


def why_not(cell, unroll=False):
    """Why no native loop serves this cell, in words; None where one does."""
    if cell.activation is not keras.activations.tanh:
        return "the native loop is written for activation='tanh'"
    if cell.recurrent_activation is not keras.activations.sigmoid:
        return "the native loop is written for recurrent_activation='sigmoid'"
    if cell.layer_norm:
        return "layer_norm=True has no native loop"
    if unroll:
        return "unroll=True writes the reference's steps out"
    return None


def let_in(mask, noise, dtype, states):
    """For each state the share of its new value that enters, or None where all of it does.

    A mask (T, B) and zoneout are the same thing to a loop: new = old + share * (new - old).
    """
    shares = noise.zoneout or [None] * states
    if mask is None:
        return shares
    real = ops.cast(ops.expand_dims(mask, -1), dtype)  # (T, B, 1)
    return tuple(real if share is None else real * share for share in shares)
