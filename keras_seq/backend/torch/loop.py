"""A loop over time for PyTorch."""

import keras
import torch


def scan(step, carry, xs, outputs=None, reverse=False):
    """carry, x -> carry, y over the first axis of the tensors in `xs`; stacks the ys.

    The tensors are unbound as a whole: a program that torch.jit.trace or the ONNX exporter made of
    it then refuses another number of steps, where reading step by step would ignore further steps.
    """
    slices = zip(*(x.unbind() for x in keras.tree.flatten(xs)), strict=True)
    ys = []
    for x in reversed(list(slices)) if reverse else slices:
        carry, y = step(carry, keras.tree.pack_sequence_as(xs, x))
        ys.append(y)
    if reverse:
        ys.reverse()
    return carry, keras.tree.map_structure(lambda *ys: torch.stack(ys), *ys)
