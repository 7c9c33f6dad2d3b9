"""Training on long sequences in less memory: most states are computed twice and never kept.

Time is cut into about sqrt(T) windows. The forward pass keeps the states between windows; the
backward pass runs each window again before it differentiates it. So O(sqrt(T)) states are in memory
at once, and a step costs one more forward pass (Chen et al., Training Deep Nets with Sublinear
Memory Cost, 2016; Gruslys et al., Memory-Efficient Backpropagation Through Time, NeurIPS 2016).

At (B, T, F, U) = (32, 2000, 16, 256), with the outputs of all steps, the peak of a training step
of the peephole LSTM fell from 1098 to 650 MiB on PyTorch and from 734 to 523 MiB on JAX. It rose
from 895 to 1037 MiB on TensorFlow, whose executor starts the second forward passes early; there
`RecurrentLayer` does not use this.
"""

import math
from collections.abc import Callable

import keras
from keras import ops

from keras_seq.dropout import DropoutMasks


class Recomputed:
    """The function `run` of a path, window by window.

    Args:
        run: the function `run` of the path that serves a window.
    """

    def __init__(self, run: Callable):
        self.run = run

    def __call__(
        self,
        cell,
        inputs,
        states: list,
        mask=None,
        dropout_masks: DropoutMasks = DropoutMasks(),
        unroll: bool = False,
        resets=None,
    ):
        """`reference.run`; T must be known."""
        xs = {"inputs": inputs, "mask": mask, "resets": resets, "zoneout": dropout_masks.zoneout}
        xs = {name: x for name, x in xs.items() if x is not None}

        def window(states, xs):
            masks = dropout_masks._replace(zoneout=xs.get("zoneout"))
            given = {"resets": xs["resets"]} if "resets" in xs else {}
            return self.run(
                cell, xs["inputs"], list(states), xs.get("mask"), masks, unroll=unroll, **given
            )

        again = keras.remat(window)
        steps = inputs.shape[0]
        size = math.isqrt(steps)
        whole = steps // size * size
        outputs = []
        if keras.backend.backend() == "jax" and whole > size:  # one program for all windows
            several = keras.tree.map_structure(
                lambda x: ops.reshape(x[:whole], (whole // size, size, *x.shape[1:])), xs
            )
            states, first = ops.scan(lambda s, x: again(s, x)[::-1], list(states), several)
            outputs.append(ops.reshape(first, (whole, *first.shape[2:])))
            starts = [whole] if whole < steps else []
        else:
            starts = range(0, steps, size)
        for start in starts:
            part = keras.tree.map_structure(lambda x, s=start: x[s : s + size], xs)
            output, states = again(states, part)
            outputs.append(output)
        return ops.concatenate(outputs), list(states)
