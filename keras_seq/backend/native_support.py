"""What the native loops of all backends need to know of a cell, resolved once.

Masks and zoneout are the same thing to a loop: after each step new = old + rate * (new - old). A
rate is None where the new state simply replaces the old one. Where gates can keep the state by
themselves, a mask costs nothing in the loop: at masked steps their projections are set to
FROZEN or -FROZEN, and the state stays exactly what it was, forward and backward.
"""

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from keras_seq.backend.reference import expand_mask
from keras_seq.dropout import DropoutMasks

FROZEN = 1e4  # sigmoid(-FROZEN) is 0 and sigmoid(FROZEN) is 1, in every float type


@dataclass(frozen=True)
class LSTMLoop:
    """An LSTM of vectors or of frames over the steps of one call.

    R, p, P: recurrent kernel, peepholes (None without) and projection (None without).
    forget: "own" with weights of its own, "coupled" where f = 1 - i, or "none" where f = 1.
    clip: bound of the cell state, or None.
    drop: the dropout mask of the hidden state, or None.
    frozen: ((number of a gate, value), ...), for the masked steps.
    rate_h, rate_c: the rates of the two states: None, a number or (T, B, size).
    """

    R: Any
    p: Any
    P: Any
    forget: str
    clip: float | None
    drop: Any
    frozen: tuple
    rate_h: Any
    rate_c: Any


def lstm_loop(cell, mask, dropout_masks: DropoutMasks, inputs) -> LSTMLoop:
    """Resolve the options of an LSTM cell.

    Args:
        cell: the cell.
        mask: (T, B), True where a step is real, or None.
        dropout_masks: those of the batch.
        inputs: (T, B, ...), for its dtype and its number of axes.
    """
    rate_h, rate_c = rates = dropout_masks.update_rates(2)
    frozen = ()
    if mask is not None:
        rate_h, rate_c = _rates_under(mask, rates, inputs)
        frozen = ((0, -FROZEN),)  # the input gate is shut
        if "f" in cell.gates:
            frozen += ((1, FROZEN),)  # and the forget gate open
        if not cell.zoneout and cell.cell_clip is None:
            rate_c = None  # the frozen gates keep the cell state
    return LSTMLoop(
        R=cell.dropped_kernel(dropout_masks),
        p=cell.value(cell.peephole_kernel) if cell.peephole else None,
        P=cell.value(cell.projection_kernel) if cell.projection else None,
        forget="own" if "f" in cell.gates else "coupled" if cell.coupled else "none",
        clip=cell.cell_clip,
        drop=dropout_masks.recurrent,
        frozen=frozen,
        rate_h=rate_h,
        rate_c=rate_c,
    )


@dataclass(frozen=True)
class GRULoop:
    """A GRU over the steps of one call.

    R, d: recurrent kernel and recurrent bias (None without).
    reset: "after", "before" or None.
    update: "keep" or "candidate".
    drop: the dropout mask of the state, or None.
    frozen: ((number of a gate, value), ...), for the masked steps.
    rate: the rate of the state: None, a number or (T, B, U).
    """

    R: Any
    d: Any
    reset: str | None
    update: str
    drop: Any
    frozen: tuple
    rate: Any


def gru_loop(cell, mask, dropout_masks: DropoutMasks, inputs) -> GRULoop:
    """Resolve the options of a GRU cell; the arguments are those of `lstm_loop`."""
    (rate,) = rates = dropout_masks.update_rates(1)
    frozen = ()
    if mask is not None and cell.zoneout:
        (rate,) = _rates_under(mask, rates, inputs)
    elif mask is not None:
        # The update gate keeps the state.
        frozen = ((0, FROZEN if cell.update == "keep" else -FROZEN),)
    return GRULoop(
        R=cell.dropped_kernel(dropout_masks),
        d=cell.recurrent_bias(),
        reset=cell.reset,
        update=cell.update,
        drop=dropout_masks.recurrent,
        frozen=frozen,
        rate=rate,
    )


def _rates_under(mask, rates, inputs):
    """The rates, and 0 at masked steps."""
    real = ops.cast(expand_mask(mask, inputs), inputs.dtype)  # (T, B, 1)
    return tuple(real if rate is None else real * rate for rate in rates)


def why_not(cell, unroll: bool = False) -> str | None:
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


def why_not_frames(cell, unroll: bool = False) -> str | None:
    """`why_not` for a convolutional cell."""
    if cell.dropout_per_gate and cell.recurrent_dropout:
        return "dropout_per_gate=True with recurrent_dropout has no native convolution"
    return why_not(cell, unroll)
