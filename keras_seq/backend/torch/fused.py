"""PyTorch's own loops: its fused LSTM, for a cell without options, and how they are called."""

import torch

from keras_seq.backend import reference
from keras_seq.backend.torch.transforms import derived_or_compiled, gives_way_to


def why_not(cell, mask, dropout_masks):
    """Why torch.lstm does not serve this run, in words; None where it does."""
    options = (cell.peephole, cell.coupled, not cell.forget_gate, cell.projection, cell.zoneout)
    if any(options) or cell.cell_clip is not None:
        return "the cell has options that torch.lstm lacks"
    if cell.kernel.value.device.type != "cpu":
        return "on a GPU cuDNN serves such a cell"
    if mask is not None:
        return "torch.lstm takes no mask"
    if dropout_masks.recurrent is not None:
        return "torch.lstm has no recurrent dropout"
    if cell.dropout_per_gate and dropout_masks.input is not None:
        return "torch.lstm projects all gates from one input"
    if cell.compute_dtype not in ("float32", "float64"):
        return f"torch.lstm was not measured in {cell.compute_dtype}"
    return None


@gives_way_to(reference.run, when=derived_or_compiled)
def run(cell, inputs, states, mask, dropout_masks):
    """`reference.run` by torch.lstm.

    Beside the loop of this folder a training step took 0.66, 0.23 and 0.74 of the time, and an
    inference step 0.35, 0.15 and 0.44, at (B, T, F, U) = (32, 128, 128, 256), (8, 200, 64, 64)
    and (64, 64, 256, 512) on 2 CPU cores.
    """
    outputs, h, c = call(torch.lstm, cell, inputs, [s[None] for s in states], dropout_masks)
    return outputs, [h[0], c[0]]


def call(function, cell, inputs, states, dropout_masks):
    """torch.lstm, torch.rnn_tanh or torch.rnn_relu with the weights of a cell.

    Args:
        function: the function.
        cell: a cell with one kernel, one recurrent kernel and one bias.
        inputs: (T, B, F).
        states: what the function starts from, (1, B, U) each.
        dropout_masks: those of the batch; one mask of the inputs for all gates, none of the state.
    """
    x = inputs if dropout_masks.input is None else inputs * dropout_masks.input
    weights = [cell.value(cell.kernel).t(), cell.dropped_kernel(dropout_masks).t()]
    if cell.use_bias:
        bias = cell.value(cell.bias)
        weights += [bias, torch.zeros_like(bias)]
    return function(
        x.contiguous(),
        states,
        [w.contiguous() for w in weights],
        has_biases=cell.use_bias,
        num_layers=1,
        dropout=0.0,
        train=torch.is_grad_enabled() or torch.jit.is_tracing(),  # it is part of what is recorded
        bidirectional=False,
        batch_first=False,
    )
