"""A cell run over time under a mask, and backpropagation through time, in float64 NumPy."""

import numpy as np

from tests.equations.product import MATRIX, product, product_backward


class Recurrence:
    """What every cell shares: time, direction and mask. A subclass writes one step both ways.

    A masked step keeps the states and repeats the last output: zeros before the first real step,
    and at every masked step with `zero_output_for_mask`. Its input is never read.

    Args:
        weights: dict of weight name to array, the names of the layer's weights.
        recurrent_weight_mask: array shaped as `recurrent_kernel` that multiplies it, or None.
        go_backwards: the last step first; outputs stand in the order they were computed.
        return_sequences: all outputs (B, T, P), or the last (B, P).
        zero_output_for_mask: zeros, not the last output, at masked steps.
    """

    def __init__(
        self,
        weights,
        *,
        recurrent_weight_mask=None,
        go_backwards=False,
        return_sequences=False,
        zero_output_for_mask=False,
    ):
        self.weights = {name: np.asarray(w, np.float64) for name, w in weights.items()}
        self.recurrent_weight_mask = recurrent_weight_mask
        if recurrent_weight_mask is not None:
            self.weights["recurrent_kernel"] = (
                self.weights["recurrent_kernel"] * recurrent_weight_mask
            )
        self.times = {"kernel": MATRIX, "recurrent_kernel": MATRIX}
        self.go_backwards = go_backwards
        self.return_sequences = return_sequences
        self.zero_output_for_mask = zero_output_for_mask

    def step(self, x, states, t):
        """(new states, what `step_backward` needs). The output is the first state."""
        raise NotImplementedError

    def step_backward(self, kept, d_states):
        """(d_x, d_old_states); adds to `self.d_weights`."""
        raise NotImplementedError

    def forward(self, inputs, states, mask=None):
        """inputs (B, T, F), a list of states (B, .), mask (B, T) -> outputs, list of states.

        Inputs and states of frames have more axes.
        """
        inputs = np.asarray(inputs, np.float64)
        states = [np.asarray(s, np.float64) for s in states]
        batch, time = inputs.shape[:2]
        mask = np.ones((batch, time), bool) if mask is None else np.asarray(mask, bool)
        output = np.zeros_like(states[0])
        outputs, self.tape = [], []
        for t, position in enumerate(self._positions(time)):
            real = mask[:, position].reshape(-1, *[1] * (inputs.ndim - 2))
            new, kept = self.step(np.where(real, inputs[:, position], 0.0), states, t)
            states = [np.where(real, n, s) for n, s in zip(new, states, strict=True)]
            idle = np.zeros_like(output) if self.zero_output_for_mask else output
            output = np.where(real, new[0], idle)
            outputs.append(output)
            self.tape.append((real, kept))
        self.inputs_shape = inputs.shape
        return np.stack(outputs, axis=1) if self.return_sequences else output, states

    def backward(self, d_outputs, d_states):
        """Cotangents of what `forward` returned -> dict of "inputs", "states", weight names."""
        time = self.inputs_shape[1]
        d_inputs = np.zeros(self.inputs_shape)
        d_states = [np.array(d, np.float64) for d in d_states]
        self.d_weights = {name: np.zeros_like(w) for name, w in self.weights.items()}
        d_repeated = np.zeros_like(d_states[0])
        positions = list(self._positions(time))
        for t in reversed(range(time)):
            real, kept = self.tape[t]
            d_output = d_repeated
            if self.return_sequences:
                d_output = d_output + d_outputs[:, t]
            elif t == time - 1:
                d_output = d_output + d_outputs
            d_new = [np.where(real, d, 0.0) for d in d_states]
            d_new[0] = d_new[0] + np.where(real, d_output, 0.0)
            d_x, d_old = self.step_backward(kept, d_new)
            d_inputs[:, positions[t]] = np.where(real, d_x, 0.0)
            d_states = [d + np.where(real, 0.0, s) for d, s in zip(d_old, d_states, strict=True)]
            idle = 0.0 if self.zero_output_for_mask else d_output
            d_repeated = np.where(real, 0.0, idle)
        if self.recurrent_weight_mask is not None:
            self.d_weights["recurrent_kernel"] *= self.recurrent_weight_mask
        return {"inputs": d_inputs, "states": d_states, **self.d_weights}

    def product(self, name, x, mask, columns=slice(None)):
        """x times some columns of a weight, x under a dropout mask."""
        return product(x, self.weights[name][..., columns], mask, self.times[name])

    def product_backward(self, name, x, mask, d_y, columns=slice(None)):
        """The gradient with respect to x; adds that of the weight."""
        kernel = self.weights[name][..., columns]
        d_x, d_kernel = product_backward(x, kernel, mask, d_y, self.times[name])
        self.d_weights[name][..., columns] += d_kernel
        return d_x

    def _positions(self, time):
        return range(time - 1, -1, -1) if self.go_backwards else range(time)


def sum_to(d_y, shape):
    """The gradient of what was broadcast from `shape`."""
    return d_y.sum(axis=tuple(range(d_y.ndim - len(shape)))).reshape(shape)


def at_step(rate, t):
    """Zoneout at step t: a number at inference, one mask for each step (B, T, .) in training."""
    return rate if np.isscalar(rate) else rate[:, t]
