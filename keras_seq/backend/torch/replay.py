"""Runs a native loop again on the reference path, for gradients that will be differentiated."""

import keras
import torch

from keras_seq.backend import reference
from keras_seq.backend.torch.transforms import gradients


class Replay:
    """What the backward pass of a native loop needs to run the reference path.

    Args:
        cell, mask, dropout_masks: as for `reference.run`.
    """

    def __init__(self, cell, mask, dropout_masks):
        self.cell, self.mask, self.dropout_masks = cell, mask, dropout_masks
        self.variables = [cell.kernel, *([cell.bias] if cell.use_bias else [])]

    def values(self):
        """The weights of the input's product, which the loop saves together with its inputs."""
        return [variable.value for variable in self.variables]

    def gradients(self, saved, states, weights, upstream):
        """The gradients for the projections, for each state and for each weight.

        Args:
            saved: the inputs of the run and its `values()`.
            states: the first states.
            weights: name -> recurrent weight as the loop used it, or None if there is none.
            upstream: the gradients of the outputs and of the last states except the first state.
        """
        inputs, *values = saved
        known = zip(self.variables, values, strict=True)
        with torch.enable_grad(), keras.StatelessScope(known):
            z = self.cell.project(inputs, self.dropout_masks)
        count = len(states)

        def loop(z, *given):
            named = zip(weights, given[count:], strict=True)
            here = [self._assigned(name, w) for name, w in named if w is not None]
            masks = self.dropout_masks._replace(weight=None)  # the loop's kernel is dropped already
            with keras.StatelessScope(here):
                hidden, last = reference.run_projected(
                    self.cell, z, given[:count], self.mask, masks
                )
            return [hidden, *last[1:]]

        found = gradients(loop, [z, *states, *weights.values()], upstream)
        return found[0], found[1 : 1 + count], found[1 + count :]

    def _assigned(self, name, weight):
        if name == "recurrent_bias":  # the second row; the first is in the projections
            return self.cell.bias, torch.stack([torch.zeros_like(weight), weight])
        return getattr(self.cell, name), weight
