"""The LSTM family: Hochreiter and Schmidhuber 1997, Gers 2000 and 2002, Sak 2014, Krueger 2016."""

import numpy as np

from tests.equations.activation import ACTIVATIONS
from tests.equations.layer_norm import normalise_backward, normalize
from tests.equations.recurrence import Recurrence, at_step, sum_to


class LSTM(Recurrence):
    """Gates in the order i, f, c, o; without a separate forget gate i, c, o.

    a       = N(x W) + N(h R) + b             N: layer norm, or nothing
    i, f    = s(a_i + p_i * c), s(a_f + p_f * c)    f = 1 - i (coupled), f = 1 (no forget gate)
    c'      = N(clip(f * c + i * tanh(a_c)))
    o       = s(a_o + p_o * c')
    h'      = (o * tanh(c')) P
    h, c    = z_h * h + (1 - z_h) * h', z_c * c + (1 - z_c) * c'      zoneout
    """

    def __init__(
        self,
        weights,
        *,
        peephole=False,
        coupled=False,
        forget_gate=True,
        layer_norm=False,
        cell_clip=None,
        zoneout=(0.0, 0.0),
        activation="tanh",
        recurrent_activation="sigmoid",
        input_mask=None,
        recurrent_mask=None,
        **time,
    ):
        super().__init__(weights, **time)
        self.peephole = peephole
        self.coupled = coupled
        self.forget = forget_gate and not coupled
        self.layer_norm = layer_norm
        self.cell_clip = cell_clip
        self.zoneout = zoneout
        self.act, self.slope = ACTIVATIONS[activation]
        self.gate, self.gate_slope = ACTIVATIONS[recurrent_activation]
        self.input_mask = input_mask
        self.recurrent_mask = recurrent_mask

    def step(self, x, states, t):
        w = self.weights
        h, c = states
        from_x = self.product("kernel", x, self.input_mask)
        from_h = self.product("recurrent_kernel", h, self.recurrent_mask)
        norms = {}
        if self.layer_norm:
            from_x, norms["kernel_norm"] = self._normalise("kernel_norm", from_x)
            from_h, norms["recurrent_norm"] = self._normalise("recurrent_norm", from_h)
        a = from_x + from_h + w.get("bias", 0.0)
        if self.forget:
            a_i, a_f, a_c, a_o = np.split(a, 4, axis=-1)
        else:
            a_i, a_c, a_o = np.split(a, 3, axis=-1)
        if self.peephole:
            a_i = a_i + w["peephole"][0] * c
            if self.forget:
                a_f = a_f + w["peephole"][1] * c
        i, g = self.gate(a_i), self.act(a_c)
        if self.forget:
            f = self.gate(a_f)
        else:
            a_f, f = None, 1.0 - i if self.coupled else np.ones_like(i)
        updated = f * c + i * g
        new_c = updated
        if self.cell_clip is not None:
            new_c = np.clip(new_c, -self.cell_clip, self.cell_clip)
        if self.layer_norm:
            new_c, norms["state_norm"] = self._normalise("state_norm", new_c)
        if self.peephole:
            a_o = a_o + w["peephole"][-1] * new_c
        o, squashed = self.gate(a_o), self.act(new_c)
        new_h = full_h = o * squashed
        if "projection" in w:
            new_h = full_h @ w["projection"]
        z_h, z_c = (at_step(z, t) for z in self.zoneout)
        kept = (x, h, c, a_i, a_f, a_c, a_o, i, f, g, o, updated, new_c, squashed, full_h)
        new = [z_h * h + (1.0 - z_h) * new_h, z_c * c + (1.0 - z_c) * new_c]
        return new, (kept, norms, z_h, z_c)

    def step_backward(self, kept, d_states):
        w, d_w = self.weights, self.d_weights
        kept, norms, z_h, z_c = kept
        x, h, c, a_i, a_f, a_c, a_o, i, f, g, o, updated, new_c, squashed, full_h = kept
        d_h, d_c = z_h * d_states[0], z_c * d_states[1]
        d_full_h, d_new_c = (1.0 - z_h) * d_states[0], (1.0 - z_c) * d_states[1]
        if "projection" in w:
            d_w["projection"] += full_h.T @ d_full_h
            d_full_h = d_full_h @ w["projection"].T
        d_a_o = d_full_h * squashed * self.gate_slope(a_o, o)
        d_new_c = d_new_c + d_full_h * o * self.slope(new_c, squashed)
        if self.peephole:
            d_w["peephole"][-1] += sum_to(d_a_o * new_c, w["peephole"][-1].shape)
            d_new_c = d_new_c + d_a_o * w["peephole"][-1]
        if self.layer_norm:
            d_new_c = self._normalise_backward("state_norm", norms, d_new_c)
        if self.cell_clip is not None:
            d_new_c = np.where(np.abs(updated) > self.cell_clip, 0.0, d_new_c)
        d_c = d_c + d_new_c * f
        d_i, d_f = d_new_c * g, d_new_c * c
        if self.coupled:
            d_i = d_i - d_f
        d_a_i = d_i * self.gate_slope(a_i, i)
        d_gates = [d_a_i, d_new_c * i * self.slope(a_c, g), d_a_o]
        if self.forget:
            d_gates.insert(1, d_f * self.gate_slope(a_f, f))
        if self.peephole:
            for row in range(2 if self.forget else 1):
                d_w["peephole"][row] += sum_to(d_gates[row] * c, w["peephole"][row].shape)
                d_c = d_c + d_gates[row] * w["peephole"][row]
        d_from_x = d_from_h = d_a = np.concatenate(d_gates, axis=-1)
        if "bias" in w:
            d_w["bias"] += sum_to(d_a, w["bias"].shape)
        if self.layer_norm:
            d_from_x = self._normalise_backward("kernel_norm", norms, d_a)
            d_from_h = self._normalise_backward("recurrent_norm", norms, d_a)
        d_x = self.product_backward("kernel", x, self.input_mask, d_from_x)
        d_old_h = self.product_backward("recurrent_kernel", h, self.recurrent_mask, d_from_h)
        return d_x, [d_h + d_old_h, d_c]

    def _normalise(self, name, x):
        return normalize(x, self.weights[f"{name}_gamma"], self.weights[f"{name}_beta"])

    def _normalise_backward(self, name, norms, d_y):
        d_x, d_gamma, d_beta = normalise_backward(norms[name], d_y)
        self.d_weights[f"{name}_gamma"] += d_gamma
        self.d_weights[f"{name}_beta"] += d_beta
        return d_x
