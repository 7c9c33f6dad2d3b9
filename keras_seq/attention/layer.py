"""The layer that runs an attention cell over a sequence of known inputs."""

from typing import Any

import keras
from keras import ops

from keras_seq import backend, checks
from keras_seq.attention.cell import AttentionCell
from keras_seq.backend.reference import scan


@keras.saving.register_keras_serializable("keras_seq")
class AttentionRNN(keras.layers.Layer):
    """Runs `keras_seq.AttentionCell` over a sequence of known inputs, as in training a decoder.

    Calling `AttentionCell` step by step gives the same numbers. Everything that does not depend on
    the step before is computed for all steps at once: the keys and the input's part of the gates.
    Without input feeding, the recurrence runs first, in its native loop, and then the attention of
    all steps is computed at once.

    Weights: those of the cell.

    Args:
        cell: `keras_seq.AttentionCell`.
        return_weights: whether the attention weights are returned too.
        return_state: whether the last states are returned too.
        use_native: "auto" runs the recurrence in the backend's own loop where that is possible,
            False never does, and True raises an error with the reason where it is not possible.

    Call arguments:
        inputs: x, (B, T, F).
        memory: (B, S, M).
        mask: (B, T), True where a step is real.
        memory_mask: (B, S), True where the memory is real.
        initial_state: the states of the inner cell to start from, such as [h, c]; zeros when None.
        training: whether the cell applies dropout and zoneout.

    Returns:
        outputs (B, T, units); with `return_weights` also the weights (B, T, S); with
        `return_state` also the states of the inner cell after the last step, a list.

    Masking: a masked step keeps the states and repeats the last output (zeros before the first
    real step); a masked position of the memory has weight 0. Values at masked positions, NaN
    included, never affect results or gradients. The mask of the inputs is passed on.

    Raises:
        ValueError: an argument is out of range, shapes do not agree, or `use_native=True` where
            no native loop can be used.

    Example:

    >>> import keras_seq
    >>> cell = keras_seq.AttentionCell(keras_seq.GRUCell(8), keras_seq.MultiplicativeAttention())
    >>> decoder = keras_seq.AttentionRNN(cell, return_weights=True)
    >>> outputs, weights = decoder(keras.ops.ones((2, 3, 6)), keras.ops.ones((2, 5, 4)))
    >>> tuple(outputs.shape), tuple(weights.shape)
    ((2, 3, 8), (2, 3, 5))

    Reference: see `keras_seq.AttentionCell`.
    """

    cudnn = None  # cuDNN has no attention cell
    unroll = False

    def __init__(
        self,
        cell: AttentionCell,
        return_weights: bool = False,
        return_state: bool = False,
        *,
        use_native: bool | str = "auto",
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not isinstance(cell, AttentionCell):
            checks.refuse("AttentionRNN", "cell", "a keras_seq.AttentionCell", cell)
        checks.boolean("AttentionRNN", return_weights=return_weights, return_state=return_state)
        checks.one_of("AttentionRNN", ("auto", True, False), use_native=use_native)
        self.cell = cell
        self.return_weights = return_weights
        self.return_state = return_state
        self.use_native = use_native
        self.supports_masking = True
        self._pick_loop()  # raises an error now if a required path is not available

    def build(self, inputs_shape, memory_shape):
        checks.rank("AttentionRNN", "B T F", inputs=inputs_shape)
        checks.rank("AttentionRNN", "B S M", memory=memory_shape)
        if not self.cell.built:
            self.cell.build((inputs_shape[0], inputs_shape[2]), memory_shape)
        self.built = True

    def call(
        self,
        inputs: Any,
        memory: Any,
        mask: Any = None,
        memory_mask: Any = None,
        initial_state: Any = None,
        training: bool = False,
        inputs_mask: Any = None,
    ) -> Any:
        """Runs the cell; see the class. Keras passes the masks that are attached to the tensors."""
        cell = self.cell
        mask = inputs_mask if mask is None else mask
        x = ops.cast(inputs, self.compute_dtype)
        B, T = inputs.shape[:2]
        F, M = cell.features, cell.attention.memory_size
        checks.sizes("AttentionRNN", "inputs", inputs.shape, "B T F", F=F)
        checks.sizes("AttentionRNN", "memory", memory.shape, "B S M", B=B, M=M)
        checks.not_empty("AttentionRNN", "inputs", inputs.shape)
        checks.not_empty("AttentionRNN", "memory", memory.shape)
        mask = checks.mask("AttentionRNN", "mask", mask, "B T", B=B, T=T)
        memory_mask = checks.mask(
            "AttentionRNN", "memory_mask", memory_mask, "B S", B=B, S=memory.shape[1]
        )
        if initial_state is not None:
            initial_state = cell.check_states("AttentionRNN", "initial_state", initial_state, B)
        if mask is not None:
            x = ops.where(ops.expand_dims(mask, -1), x, ops.zeros((), x.dtype))
            mask = ops.transpose(mask)
        prepared = cell.prepare(memory, memory_mask)
        masks = cell.draw_dropout_masks(ops.shape(x)[0], ops.shape(x)[1], training)
        states = cell.initial_states(prepared, initial_state)
        x = ops.swapaxes(x, 0, 1)
        run = self._step_by_step if self._why_step_by_step() else self._all_at_once
        outputs, weights, states = run(x, states, prepared, mask, masks, training)
        results = [outputs]
        if self.return_weights:
            results.append(weights)
        if self.return_state:
            results.append(states["cell"])
        return tuple(results) if len(results) > 1 else outputs

    def _pick_loop(self, mask=None):
        return backend.pick(self, self.cell.cell, mask, reason=self._why_step_by_step())

    def _why_step_by_step(self):
        """The reason why the recurrence cannot run before the attention, or None if it can."""
        if self.cell.input_feeding:
            return "input_feeding=True feeds the output of each step to the next"
        if self.cell.attention.uses_previous:
            return "coverage and monotonic attention depend on the step before"
        if not self.cell.projects_ahead:
            return "the cell has layer_norm or dropout_per_gate, or is not one of keras_seq's"
        return None

    def _all_at_once(self, x, states, prepared, mask, dropout_masks, training):
        """Compute the whole recurrence, and then the attention of all steps."""
        run = self._pick_loop(mask)
        hidden, last = run(self.cell.cell, x, states["cell"], mask, dropout_masks)
        hidden = ops.swapaxes(hidden, 0, 1)
        context, weights = self.cell.attention.attend(hidden, prepared["memory"])
        outputs = self.cell.combined(context, hidden, prepared)
        if mask is not None:
            seen = ops.transpose(ops.cumsum(ops.cast(mask, "int32"), axis=0) > 0)
            seen = ops.expand_dims(seen, -1)
            outputs = ops.where(seen, outputs, ops.zeros((), outputs.dtype))
            weights = ops.where(seen, weights, ops.zeros((), weights.dtype))
        return outputs, weights, {"cell": last}

    def _step_by_step(self, x, states, prepared, mask, dropout_masks, training):
        cell = self.cell
        xs = {"x": cell.project(x, dropout_masks) if cell.projects_ahead else x}
        if dropout_masks.zoneout is not None:
            xs["zoneout"] = list(dropout_masks.zoneout)  # (T, B, size), drawn for each step
        if mask is not None:
            xs["mask"] = ops.expand_dims(mask, -1)
        zeros = ops.zeros_like(prepared["memory"]["memory"][:, :1, 0])
        first = [zeros + ops.zeros((cell.output_size,), zeros.dtype)]
        if self.return_weights:  # the loop stores the weights only if they are returned
            S = ops.shape(prepared["memory"]["memory"])[1]
            first.append(zeros + ops.zeros((S,), zeros.dtype))

        def step(carry, x):
            old, before = carry
            masks = dropout_masks._replace(zoneout=x.get("zoneout"))
            if cell.projects_ahead:
                *results, new = cell.step_projected(x["x"], old, prepared, masks)
            else:
                *results, new = cell.step(x["x"], old, prepared, masks, training)
            results = results[: len(first)]
            if mask is None:
                return (new, before), results
            keep = lambda n, o: ops.where(x["mask"], n, o)  # noqa: E731
            new = keras.tree.map_structure(keep, new, old)
            results = [keep(n, o) for n, o in zip(results, before, strict=True)]
            return (new, results), results

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
            "use_native": self.use_native,
        }

    @classmethod
    def from_config(cls, config):
        cell = keras.saving.deserialize_keras_object(config["cell"])
        return cls(**{**config, "cell": cell})
