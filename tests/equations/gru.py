"""The GRU family: Cho 2014 (reset before), Keras, torch and cuDNN (reset after), no reset gate."""

import numpy as np

from tests.equations.activation import ACTIVATIONS
from tests.equations.layer_norm import normalise_backward, normalize
from tests.equations.recurrence import Recurrence, at_step, sum_to


class GRU(Recurrence):
    """Gates in the order z, r, h; without a reset gate z, h.

    a, u    = N(x W) + b_x, N(h R) + b_h        N: layer norm, or nothing; b_h with reset "after"
    z, r    = s(a_z + u_z), s(a_r + u_r)
    n       = tanh(a_h + r * u_h)               reset "after"
              tanh(a_h + N((r * h) R_h))        reset "before": N over (z, r) and over h apart
              tanh(a_h + u_h)                   reset None
    h'      = z * h + (1 - z) * n               update "keep"
              (1 - z) * h + z * n               update "candidate"
    h       = zoneout * h + (1 - zoneout) * h'
    """

    def __init__(
        self,
        weights,
        *,
        reset="after",
        update="keep",
        layer_norm=False,
        zoneout=0.0,
        activation="tanh",
        recurrent_activation="sigmoid",
        input_mask=None,
        recurrent_mask=None,
        **time,
    ):
        super().__init__(weights, **time)
        self.reset = reset
        self.keep = update == "keep"
        self.layer_norm = layer_norm
        self.zoneout = zoneout
        self.act, self.slope = ACTIVATIONS[activation]
        self.gate, self.gate_slope = ACTIVATIONS[recurrent_activation]
        self.input_mask = input_mask
        self.recurrent_mask = recurrent_mask
        self.units = self.weights["recurrent_kernel"].shape[-2]

    def step(self, x, states, t):
        (h,) = states
        units = self.units
        bias = self.weights.get("bias", 0.0)
        bias_x, bias_h = bias if np.ndim(bias) == 2 else (bias, 0.0)
        whole = slice(None)
        from_x, norm_x = self._project("kernel", x, self.input_mask, whole)
        from_x = from_x + bias_x
        # Reset "before" knows r only after z and r are computed: two products.
        first = slice(0, 2 * units) if self.reset == "before" else whole
        from_h, norm_h = self._project("recurrent", h, self._gates(first), first)
        from_h = from_h + bias_h
        a_z = from_x[..., :units] + from_h[..., :units]
        z = self.gate(a_z)
        a_r = r = reset_h = norm_n = None
        if self.reset is not None:
            a_r = from_x[..., units : 2 * units] + from_h[..., units : 2 * units]
            r = self.gate(a_r)
        if self.reset == "after":
            a_n = from_x[..., 2 * units :] + r * from_h[..., 2 * units :]
        elif self.reset == "before":
            last = slice(2 * units, None)
            reset_h = r * h
            inner, norm_n = self._project("recurrent", reset_h, self._gates(last), last)
            a_n = from_x[..., 2 * units :] + inner
        else:
            a_n = from_x[..., units:] + from_h[..., units:]
        n = self.act(a_n)
        new_h = z * h + (1.0 - z) * n if self.keep else (1.0 - z) * h + z * n
        zoneout = at_step(self.zoneout, t)
        kept = (x, h, from_h, a_z, z, a_r, r, reset_h, a_n, n, zoneout)
        return [zoneout * h + (1.0 - zoneout) * new_h], (kept, norm_x, norm_h, norm_n)

    def step_backward(self, kept, d_states):
        kept, norm_x, norm_h, norm_n = kept
        x, h, from_h, a_z, z, a_r, r, reset_h, a_n, n, zoneout = kept
        units = self.units
        d_h = zoneout * d_states[0]
        d_new = (1.0 - zoneout) * d_states[0]
        d_h = d_h + d_new * (z if self.keep else 1.0 - z)
        d_n = d_new * (1.0 - z if self.keep else z)
        d_z = d_new * (h - n if self.keep else n - h)
        d_a_z = d_z * self.gate_slope(a_z, z)
        d_a_n = d_n * self.slope(a_n, n)
        if self.reset == "after":
            d_a_r = d_a_n * from_h[..., 2 * units :] * self.gate_slope(a_r, r)
            d_from_x = np.concatenate([d_a_z, d_a_r, d_a_n], axis=-1)
            d_from_h = np.concatenate([d_a_z, d_a_r, d_a_n * r], axis=-1)
        elif self.reset == "before":
            last = slice(2 * units, None)
            d_reset_h = self._project_backward(
                "recurrent", reset_h, self._gates(last), last, norm_n, d_a_n
            )
            d_a_r = d_reset_h * h * self.gate_slope(a_r, r)
            d_h = d_h + d_reset_h * r
            d_from_x = np.concatenate([d_a_z, d_a_r, d_a_n], axis=-1)
            d_from_h = np.concatenate([d_a_z, d_a_r], axis=-1)
        else:
            d_from_x = d_from_h = np.concatenate([d_a_z, d_a_n], axis=-1)
        if "bias" in self.weights:
            if self.weights["bias"].ndim == 2:
                self.d_weights["bias"] += np.stack(
                    [sum_to(d, d.shape[-1:]) for d in (d_from_x, d_from_h)]
                )
            else:
                self.d_weights["bias"] += sum_to(d_from_x, d_from_x.shape[-1:])
        first = slice(0, 2 * units) if self.reset == "before" else slice(None)
        d_h = d_h + self._project_backward(
            "recurrent", h, self._gates(first), first, norm_h, d_from_h
        )
        d_x = self._project_backward("kernel", x, self.input_mask, slice(None), norm_x, d_from_x)
        return d_x, [d_h]

    def _gates(self, columns):
        """The recurrent masks of the gates whose columns these are."""
        mask, kernel = self.recurrent_mask, self.weights["recurrent_kernel"]
        if mask is None or mask.ndim == kernel.ndim:  # a state has as many axes as the kernel
            return mask
        start = (columns.start or 0) // self.units
        stop = None if columns.stop is None else columns.stop // self.units
        return mask[:, start:stop]

    def _project(self, side, x, mask, columns):
        name = "kernel" if side == "kernel" else "recurrent_kernel"
        y = self.product(name, x, mask, columns)
        if not self.layer_norm:
            return y, None
        gamma, beta = (self.weights[f"{side}_norm_{part}"] for part in ("gamma", "beta"))
        return normalize(y, gamma[columns], beta[columns])

    def _project_backward(self, side, x, mask, columns, kept, d_y):
        name = "kernel" if side == "kernel" else "recurrent_kernel"
        if self.layer_norm:
            d_y, d_gamma, d_beta = normalise_backward(kept, d_y)
            self.d_weights[f"{side}_norm_gamma"][columns] += d_gamma
            self.d_weights[f"{side}_norm_beta"][columns] += d_beta
        return self.product_backward(name, x, mask, d_y, columns)
