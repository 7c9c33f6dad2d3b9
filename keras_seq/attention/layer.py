"""An attention cell over time, each input known beforehand."""

import keras
from keras import ops

from keras_seq import backend, checks
from keras_seq.attention.cell import AttentionCell
from keras_seq.backend.reference import scan


@keras.saving.register_keras_serializable("keras_seq")
class AttentionRNN(keras.layers.Layer):
    """`keras_seq.AttentionCell` over a sequence of known inputs, as a decoder is trained.

    One step at a time through `AttentionCell` gives the same numbers. What does not depend on the
    step before is computed for all steps at once: the keys, the input's part of the gates, and
    without input feeding the recurrence, by its native loop, and all looks.

    Weights: those of the cell.

    Args:
        cell: `keras_seq.AttentionCell`.
        return_weights: whether the attention's weights are returned too.
        return_state: whether the last states are returned too.

    Call arguments:
        inputs: x, (B, T, F).
        memory: (B, S, M).
        mask: (B, T), True where a step is real.
        memory_mask: (B, S), True where the memory is real.
        initial_state: the states of the inner cell to start from, such as [h, c]; zeros when None.
        training: for the cell.

    Returns:
        outputs (B, T, units); with `return_weights` also the weights (B, T, S); with
        `return_state` also the states of the inner cell after the last step, a list.

    Masking: a masked step keeps the states and repeats the last output (zeros before the first
    real step); a masked place of the memory is not looked at. What stands there, NaN included,
    reaches no result and no gradient. The mask of the inputs goes on.

    Raises:
        ValueError: an argument is out of range, or shapes do not agree.

    Example:

    >>> import keras_seq
    >>> cell = keras_seq.AttentionCell(keras_seq.GRUCell(8), keras_seq.MultiplicativeAttention())
    >>> decoder = keras_seq.AttentionRNN(cell, return_weights=True)
    >>> outputs, weights = decoder(keras.ops.ones((2, 3, 6)), keras.ops.ones((2, 5, 4)))
    >>> tuple(outputs.shape), tuple(weights.shape)
    ((2, 3, 8), (2, 3, 5))

    Reference: see `keras_seq.AttentionCell`.
    """

    def __init__(self, cell, return_weights=False, return_state=False, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(cell, AttentionCell):
            checks.refuse("AttentionRNN", "cell", "a keras_seq.AttentionCell", cell)
        checks.boolean("AttentionRNN", return_weights=return_weights, return_state=return_state)
        self.cell, self.return_weights, self.return_state = cell, return_weights, return_state
        self.supports_masking = True

    def build(self, inputs_shape, memory_shape):
        checks.rank("AttentionRNN", "B T F", inputs=inputs_shape)
        checks.rank("AttentionRNN", "B S M", memory=memory_shape)
        if not self.cell.built:
            self.cell.build((inputs_shape[0], inputs_shape[2]), memory_shape)
        self.built = True

    def call(
        self,
        inputs,
        memory,
        mask=None,
        memory_mask=None,
        initial_state=None,
        training=False,
        inputs_mask=None,
    ):
        """Runs the cell; see the class. Keras hands on the masks that tensors carry."""
        cell = self.cell
        mask = inputs_mask if mask is None else mask
        x = ops.cast(inputs, self.compute_dtype)
        B, T = inputs.shape[:2]
        if mask is not None:
            mask = ops.cast(ops.convert_to_tensor(mask), "bool")
            checks.sizes("AttentionRNN", "mask", mask.shape, "B T", B=B, T=T)
            x = ops.where(ops.expand_dims(mask, -1), x, ops.zeros((), x.dtype))
            mask = ops.transpose(mask)
        prepared = cell.prepare(memory, memory_mask)
        noise = cell.noise(ops.shape(x)[0], ops.shape(x)[1], training)
        states = cell.initial_states(prepared, initial_state)
        x = ops.swapaxes(x, 0, 1)
        at_once = cell.splits and not cell.input_feeding and not cell.attention.remembers
        run = self._looks_at_once if at_once else self._step_by_step
        outputs, weights, states = run(x, states, prepared, mask, noise, training)
        results = [outputs]
        if self.return_weights:
            results.append(weights)
        if self.return_state:
            results.append(states["cell"])
        return tuple(results) if len(results) > 1 else outputs

    def _looks_at_once(self, x, states, prepared, mask, noise, training):
        cell = self.cell.cell
        loop = backend.native(cell.native) if cell.native else None
        if loop is None or loop.why_not(cell) is not None:
            loop = backend.reference.run
        hidden, last = loop(cell, x, states["cell"], mask, noise)
        hidden = ops.swapaxes(hidden, 0, 1)
        context, weights = self.cell.attention.look(hidden, prepared["memory"])
        outputs = self.cell.joined(context, hidden, prepared)
        if mask is not None:
            seen = ops.transpose(ops.cumsum(ops.cast(mask, "int32"), axis=0) > 0)
            seen = ops.expand_dims(seen, -1)
            outputs = ops.where(seen, outputs, ops.zeros((), outputs.dtype))
            weights = ops.where(seen, weights, ops.zeros((), weights.dtype))
        return outputs, weights, {"cell": last}

    def _step_by_step(self, x, states, prepared, mask, noise, training):
        cell = self.cell
        xs = {"x": cell.project(x, noise) if cell.splits else x}
        shares = noise.zoneout
        drawn = shares is not None and not isinstance(shares[0], float)
        if drawn:
            xs["shares"] = list(shares)
        if mask is not None:
            xs["mask"] = ops.expand_dims(mask, -1)
        zeros = ops.zeros_like(prepared["memory"]["memory"][:, :1, 0])
        first = [zeros + ops.zeros((cell.output_size,), zeros.dtype)]
        if self.return_weights:  # what is not asked for is not written
            S = ops.shape(prepared["memory"]["memory"])[1]
            first.append(zeros + ops.zeros((S,), zeros.dtype))

        def step(carry, x):
            old, before = carry
            now = noise._replace(zoneout=x["shares"]) if drawn else noise
            if cell.splits:
                *given, new = cell.step_projected(x["x"], old, prepared, now)
            else:
                *given, new = cell.step(x["x"], old, prepared, now, training)
            given = given[: len(first)]
            if mask is None:
                return (new, before), given
            keep = lambda n, o: ops.where(x["mask"], n, o)  # noqa: E731
            new = keras.tree.map_structure(keep, new, old)
            given = [keep(n, o) for n, o in zip(given, before, strict=True)]
            return (new, given), given

        before = first if mask is not None else []
        (states, _), written = scan(step, (states, before), xs, first)
        outputs, *weights = (ops.swapaxes(x, 0, 1) for x in written)
        return outputs, weights[0] if weights else None, states

    def compute_output_shape(self, inputs_shape, memory_shape):
        B, T = inputs_shape[:2]
        results = [(B, T, self.cell.output_size)]
        if self.return_weights:
            results.append((B, T, memory_shape[1]))
        if self.return_state:
            sizes = keras.tree.flatten(self.cell.cell.state_size)
            results.append([(B, n) for n in sizes])
        return tuple(results) if len(results) > 1 else results[0]

    def compute_mask(self, inputs, memory=None, mask=None, **_):
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        several = self.return_weights + self.return_state
        return mask if not several else (mask, *[None] * several)

    def get_config(self):
        return {
            **super().get_config(),
            "cell": keras.saving.serialize_keras_object(self.cell),
            "return_weights": self.return_weights,
            "return_state": self.return_state,
        }

    @classmethod
    def from_config(cls, config):
        cell = keras.saving.deserialize_keras_object(config["cell"])
        return cls(**{**config, "cell": cell})
