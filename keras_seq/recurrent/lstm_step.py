"""The gates of the LSTM family, whatever product leads to them."""

from keras import ops

from keras_seq import checks, dropout


class LSTMStep:
    """What `LSTMCell` and the ConvLSTM cells have in common: gates, biases, peepholes, step.

    It stands before a `RecurrentCell`; the equations are those of `keras_seq.LSTMCell`.
    """

    forget_gate = True
    projection = None
    cell_clip = None

    def __init__(self, arguments, **kwargs):
        super().__init__(arguments, **kwargs)
        checks.boolean(
            self.owner,
            unit_forget_bias=self.unit_forget_bias,
            coupled=self.coupled,
            forget_gate=self.forget_gate,
        )

    @property
    def gates(self):
        """The gates' names in the order of their blocks; c is the candidate's."""
        return ("i", "f", "c", "o") if self.owns_forget_gate else ("i", "c", "o")

    @property
    def owns_forget_gate(self):
        return self.forget_gate and not self.coupled

    @property
    def state_size(self):
        return [self.projection or self.units, self.units]

    def build(self, input_shape):
        super().build(input_shape)
        if self.peephole:
            shape = (3 if self.owns_forget_gate else 2, *self._peephole_shape())
            self.peephole_kernel = self._weight("peephole", shape, "kernel")
        if self.projection:
            shape = (self.units, self.projection)
            self.projection_kernel = self._weight("projection", shape, "kernel")
        if self.layer_norm:
            width = len(self.gates) * self.units
            self._build_norm(kernel_norm=width, recurrent_norm=width, state_norm=self.units)
        self.built = True

    def _peephole_shape(self):
        """The shape of one gate's peepholes."""
        return (self.units,)

    def _bias_initial(self, shape, dtype=None):
        """b_f starts at 1, so that a new cell remembers; coupled, b_i at -1 does the same."""
        one, two = (self.units,), (2 * self.units,)
        if self.coupled:
            parts = [-ops.ones(one, dtype)]
        elif self.forget_gate:
            parts = [self.bias_initializer(one, dtype=dtype), ops.ones(one, dtype)]
        else:
            parts = [self.bias_initializer(one, dtype=dtype)]
        return ops.concatenate([*parts, self.bias_initializer(two, dtype=dtype)])

    def _weight(self, name, shape, kind):
        if name != "bias" or not self.unit_forget_bias:
            return super()._weight(name, shape, kind)
        return self.add_weight(
            shape=shape,
            name=name,
            initializer=self._bias_initial,
            regularizer=self.bias_regularizer,
            constraint=self.bias_constraint,
        )

    def step(self, projected, states, noise=dropout.DropoutMasks()):
        """The equations of the class: (B, G U) and [h, c] to [h', c']."""
        h, c = states
        recurrent = self.recurrent(h, noise)
        if self.layer_norm:
            recurrent = self.norm(recurrent, "recurrent_norm")
        z = ops.split(projected + recurrent, len(self.gates), axis=-1)
        i, g, o = z[0], self.activation(z[-2]), z[-1]
        p = self.value(self.peephole_kernel) if self.peephole else None
        i = self.recurrent_activation(i + p[0] * c if self.peephole else i)
        if self.owns_forget_gate:
            f = self.recurrent_activation(z[1] + p[1] * c if self.peephole else z[1])
        else:
            f = 1.0 - i if self.coupled else 1.0
        c = f * c + i * g
        if self.layer_norm:
            c = self.norm(c, "state_norm")
        if self.cell_clip is not None:
            c = ops.clip(c, -self.cell_clip, self.cell_clip)
        o = self.recurrent_activation(o + p[-1] * c if self.peephole else o)
        h = o * self.activation(c)
        if self.projection:
            h = ops.matmul(h, self.value(self.projection_kernel))
        return [h, c]
