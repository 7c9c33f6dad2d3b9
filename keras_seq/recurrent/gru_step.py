"""The gates of the GRU family, whatever product leads to them."""

from keras import ops

from keras_seq import checks, dropout


class GRUStep:
    """What `GRUCell` and `ConvGRU2DCell` have in common: gates, biases, step.

    It stands before a `RecurrentCell`; the equations are those of `keras_seq.GRUCell`.
    """

    def __init__(self, arguments, **kwargs):
        super().__init__(arguments, **kwargs)
        checks.one_of(self.owner, ("after", "before", None), reset=self.reset)
        checks.one_of(self.owner, ("keep", "candidate"), update=self.update)

    @property
    def gates(self):
        """The gates' names in the order of their blocks; h is the candidate's."""
        return ("z", "r", "h") if self.reset else ("z", "h")

    @property
    def state_size(self):
        return [self.units]

    def build(self, input_shape):
        super().build(input_shape)
        if self.layer_norm:
            width = len(self.gates) * self.units
            self._build_norm(kernel_norm=width, recurrent_norm=width)
        self.built = True

    def _bias_shape(self):
        width = len(self.gates) * self.units
        return (2, width) if self.reset == "after" else (width,)

    def _input_bias(self):
        bias = super()._input_bias()
        return bias[0] if self.use_bias and self.reset == "after" else bias

    def recurrent(self, h, noise, gates=slice(None)):
        recurrent = super().recurrent(h, noise, gates)
        if self.layer_norm:
            recurrent = self.norm(recurrent, "recurrent_norm", gates)
        if self.use_bias and self.reset == "after":
            recurrent = recurrent + self.value(self.bias)[1]
        return recurrent

    def step(self, projected, states, noise=dropout.DropoutMasks()):
        """The equations of the class: (B, G U) and [h] to [h']."""
        (h,) = states
        x = ops.split(projected, len(self.gates), axis=-1)
        if self.reset == "before":
            s = ops.split(self.recurrent(h, noise, slice(0, 2)), 2, axis=-1)
        else:
            s = ops.split(self.recurrent(h, noise), len(self.gates), axis=-1)
        z = self.recurrent_activation(x[0] + s[0])
        if self.reset == "after":
            n = x[2] + self.recurrent_activation(x[1] + s[1]) * s[2]
        elif self.reset == "before":
            r = self.recurrent_activation(x[1] + s[1])
            n = x[2] + self.recurrent(r * h, noise, slice(2, 3))
        else:
            n = x[1] + s[1]
        keep = z if self.update == "keep" else 1.0 - z
        return [keep * h + (1.0 - keep) * self.activation(n)]
