"""What the native loops of all backends read off a cell, and when they cannot serve it."""

import keras
from keras import ops

from keras_seq.backend.reference import expand_mask


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


def why_not_frames(cell, unroll=False):
    """`why_not` for a convolutional cell."""
    if cell.dropout_per_gate and cell.recurrent_dropout:
        return "dropout_per_gate=True with recurrent_dropout has no native convolution"
    return why_not(cell, unroll)


def update_gate(mask, noise, projected, states):
    """For each state the share of its new value that enters, or None where all of it does.

    A mask (T, B) and zoneout are the same thing to a loop: new = old + share * (new - old).
    """
    shares = noise.zoneout or [None] * states
    if mask is None:
        return shares
    real = ops.cast(expand_mask(mask, projected), projected.dtype)  # (T, B, 1)
    return tuple(real if share is None else real * share for share in shares)
