"""A recurrent cell that attends to a memory at every step."""

from typing import Any

import keras
from keras import ops

from keras_seq import checks
from keras_seq.attention.mechanism import Mechanism
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import RecurrentCell
from keras_seq.recurrent.products import Convolutions


@keras.saving.register_keras_serializable("keras_seq")
class AttentionCell(keras.layers.Layer):
    """One step of any recurrent cell, followed by attention over a memory.

        states' = cell([x; o], states)         cell(x, states) without input feeding
        h'      = the cell's output
        context, a = attention(h', memory)
        o'      = tanh([context; h'] C)

    o is the output of the step before. With input feeding the cell reads it, so it knows what the
    attention selected at the step before.

    Weights: those of the cell and of the attention, and `combine` C (M + H, units).

    Args:
        cell: `keras_seq.LSTMCell`, `keras_seq.GRUCell`, or any cell for `keras.layers.RNN` that
            has no dropout, such as `keras.layers.StackedRNNCells`.
        attention: `keras_seq.AdditiveAttention` or `keras_seq.MultiplicativeAttention`.
        units: size of o; None means H, the size of h'.
        input_feeding: whether o of the step before is part of the cell's input.

    Call arguments:
        inputs: x, (B, F).
        states: the result of `initial_states`, or the states that the step before returned.
        prepared: the result of `prepare(memory, mask)`, which is computed once for all steps.
        training: whether the cell applies dropout and zoneout.

    Returns:
        o' (B, units), the weights a (B, S), and the new states.

    Methods: `prepare(memory, mask=None)`; `initial_states(prepared, cell_states=None)`, where
    `cell_states` are the states of the inner cell, zeros by default.

    Masking: the attention mechanism applies the mask of the memory.

    Raises:
        ValueError: an argument is out of range, or shapes do not agree; or the cell, or a
            cell inside it, is not one of keras_seq and has dropout: only `keras.layers.RNN` renews
            the dropout mask that such a cell keeps.

    Example, one step at a time as in a decoder; `keras_seq.AttentionRNN` runs it over time:

    >>> import keras_seq
    >>> cell = keras_seq.AttentionCell(keras_seq.LSTMCell(8), keras_seq.AdditiveAttention(6))
    >>> memory = keras.ops.ones((2, 5, 4))
    >>> cell.build((2, 3), memory.shape)
    >>> prepared = cell.prepare(memory)
    >>> states = cell.initial_states(prepared)
    >>> output, weights, states = cell(keras.ops.ones((2, 3)), states, prepared)
    >>> tuple(output.shape), tuple(weights.shape)
    ((2, 8), (2, 5))

    Reference: Luong, Pham and Manning, Effective Approaches to Attention-based Neural Machine
    Translation, EMNLP 2015, sections 3.1 and 3.3.
    """

    def __init__(
        self,
        cell: keras.layers.Layer,
        attention: Mechanism,
        units: int | None = None,
        input_feeding: bool = True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        is_cell = isinstance(cell, keras.layers.Layer) and hasattr(cell, "state_size")
        of_frames = isinstance(getattr(cell, "products", None), Convolutions)
        if not is_cell or of_frames or isinstance(cell, keras.layers.RNN):
            wanted = "a recurrent cell of vectors, such as keras_seq.LSTMCell"
            checks.refuse("AttentionCell", "cell", wanted, cell)
        if not isinstance(cell, RecurrentCell) and _drops(cell):
            wanted = (
                "without dropout, also in cells inside it, or one of keras_seq's cells, such as "
                "keras_seq.LSTMCell or keras_seq.GRUCell, whose dropout stays fixed over time"
            )
            checks.refuse("AttentionCell", "cell", wanted, cell)
        if not isinstance(attention, Mechanism):
            kinds = "keras_seq.AdditiveAttention or keras_seq.MultiplicativeAttention"
            checks.refuse("AttentionCell", "attention", kinds, attention)
        if units is not None:
            checks.positive_int("AttentionCell", units=units)
        checks.boolean("AttentionCell", input_feeding=input_feeding)
        self.cell, self.attention = cell, attention
        self.units, self.input_feeding = units, input_feeding

    @property
    def hidden_size(self):
        """H, the size of h'."""
        return getattr(self.cell, "output_size", None) or self.cell.state_size[0]

    @property
    def output_size(self):
        return self.units or self.hidden_size

    def build(self, inputs_shape, memory_shape):
        self.features = inputs_shape[-1]
        fed = self.output_size if self.input_feeding else 0
        # When a file is loaded, the parts are built already.
        if not self.cell.built:
            self.cell.build((inputs_shape[0], self.features + fed))
        if not self.attention.built:
            self.attention.build((inputs_shape[0], self.hidden_size), memory_shape)
        shape = (memory_shape[-1] + self.hidden_size, self.output_size)
        self.combine = self.add_weight(shape, "glorot_uniform", name="combine")
        self.built = True

    def prepare(self, memory: Any, mask: Any = None) -> dict[str, Any]:
        """What all steps need: tensors of the memory under "memory", and parts of the kernels.

        The kernels are sliced here, once. Inside a loop a slice is copied at each step and padded
        in the backward pass; on TensorFlow without XLA that took a tenth of a training step.
        """
        M = memory.shape[-1]
        combine = ops.cast(ops.convert_to_tensor(self.combine), self.compute_dtype)
        prepared = {
            "memory": self.attention.prepare(memory, mask),
            "context_kernel": combine[:M],
            "hidden_kernel": combine[M:],
        }
        if self.projects_ahead and self.input_feeding:
            prepared["output_kernel"] = self._kernel()[self.features :]
        return prepared

    def repeated(self, prepared: dict[str, Any], times: int) -> dict[str, Any]:
        """`prepared` with each row of the memory repeated `times` times, for beam search."""
        memory = {n: ops.repeat(x, times, axis=0) for n, x in prepared["memory"].items()}
        return {**prepared, "memory": memory}

    def initial_states(self, prepared: dict[str, Any], cell_states: Any = None) -> dict[str, Any]:
        memory = prepared["memory"]["memory"]
        B = ops.shape(memory)[0]
        if cell_states is None:
            cell_states = self.cell.get_initial_state(batch_size=B)
        else:
            known = memory.shape[0]
            cell_states = self.check_states("AttentionCell", "cell_states", cell_states, known)
        states = {"cell": [ops.cast(s, self.compute_dtype) for s in _flat(cell_states)]}
        if self.input_feeding:
            states["output"] = ops.zeros((B, self.output_size), self.compute_dtype)
        if self.attention.uses_previous:
            states["previous"] = self.attention.first_previous(prepared["memory"])
        return states

    def check_states(self, owner: str, name: str, states: Any, batch: int | None) -> list:
        """The inner cell's states as a flat list, or a refusal of another number or shape."""
        if isinstance(self.cell, RecurrentCell):
            return self.cell.check_states(owner, name, states, batch, (self.features,))
        if not isinstance(states, dict):
            states = _flat(states)
        sizes = _flat(self.cell.state_size)
        names = [f"state_{n + 1}" for n in range(len(sizes))]
        shapes = [(batch, size) for size in sizes]
        return checks.states(owner, name, states, names, "B U", shapes)

    def call(
        self,
        inputs: Any,
        states: dict[str, Any],
        prepared: dict[str, Any],
        training: bool = False,
    ) -> tuple[Any, Any, dict[str, Any]]:
        B = prepared["memory"]["memory"].shape[0]
        checks.sizes("AttentionCell", "inputs", inputs.shape, "B F", B=B, F=self.features)
        x = ops.cast(inputs, self.compute_dtype)
        masks = self.draw_dropout_masks(ops.shape(x)[0], None, training)
        return self.step(x, states, prepared, masks, training)

    # The parts of a step, for loops over time.

    @property
    def projects_ahead(self):
        """Whether the input's part of the gates can be computed for all steps before the loop."""
        ours = isinstance(self.cell, RecurrentCell)
        return ours and not (self.cell.layer_norm or self.cell.dropout_per_gate)

    def draw_dropout_masks(self, batch: Any, steps: Any, training: bool) -> DropoutMasks:
        """The dropout masks of the inner cell for one batch."""
        if not isinstance(self.cell, RecurrentCell):
            return DropoutMasks()
        fed = self.output_size if self.input_feeding else 0
        return self.cell.draw_dropout_masks(batch, steps, (self.features + fed,), training)

    def project(self, x: Any, dropout_masks: DropoutMasks) -> Any:
        """The input's part of the gates, from x (..., B, F)."""
        if dropout_masks.input is not None:
            x = x * dropout_masks.input[:, : self.features]
        part = ops.matmul(x, self._kernel()[: self.features])
        bias = self.cell.input_bias()
        return part if bias is None else part + bias

    def _kernel(self):
        return self.cell.value(self.cell.kernel)

    def step(
        self,
        x: Any,
        states: dict[str, Any],
        prepared: dict[str, Any],
        dropout_masks: DropoutMasks,
        training: bool = False,
    ) -> tuple[Any, Any, dict[str, Any]]:
        """One step from x (B, F)."""
        if self.projects_ahead:
            projected = self.project(x, dropout_masks)
            return self.step_projected(projected, states, prepared, dropout_masks)
        if self.input_feeding:
            x = ops.concatenate([x, states["output"]], axis=-1)
        if isinstance(self.cell, RecurrentCell):
            projected = self.cell.project(x, dropout_masks)
            return self._cell_step(projected, states, prepared, dropout_masks)
        old = _nested(self.cell.state_size, states["cell"])
        h, cell_states = self.cell(x, old, training=training)
        return self._attend(h, _flat(cell_states), states, prepared)

    def step_projected(
        self,
        projected: Any,
        states: dict[str, Any],
        prepared: dict[str, Any],
        dropout_masks: DropoutMasks,
    ) -> tuple[Any, Any, dict[str, Any]]:
        """One step from the result of `project`."""
        if self.input_feeding:
            fed = states["output"]
            if dropout_masks.input is not None:
                fed = fed * dropout_masks.input[:, self.features :]
            projected = projected + ops.matmul(fed, prepared["output_kernel"])
        return self._cell_step(projected, states, prepared, dropout_masks)

    def _cell_step(self, projected, states, prepared, dropout_masks):
        old = states["cell"]
        new = self.cell.step(projected, old, dropout_masks)
        new = dropout_masks.apply_zoneout(old, new)
        return self._attend(new[0], new, states, prepared)

    def _attend(self, h, cell_states, states, prepared):
        """The part after the inner cell's step: attention, the output and the new states."""
        context, weights = self.attention.attend(h, prepared["memory"], states.get("previous"))
        output = self.combined(context, h, prepared)
        new = {"cell": cell_states}
        if self.input_feeding:
            new["output"] = output
        if self.attention.uses_previous:
            new["previous"] = self.attention.next_previous(states["previous"], weights)
        return output, weights, new

    def combined(self, context: Any, h: Any, prepared: dict[str, Any]) -> Any:
        """tanh([context; h] C)."""
        context = ops.matmul(context, prepared["context_kernel"])
        return ops.tanh(context + ops.matmul(h, prepared["hidden_kernel"]))

    def get_config(self):
        return {
            **super().get_config(),
            "cell": keras.saving.serialize_keras_object(self.cell),
            "attention": keras.saving.serialize_keras_object(self.attention),
            "units": self.units,
            "input_feeding": self.input_feeding,
        }

    @classmethod
    def from_config(cls, config):
        parts = {n: keras.saving.deserialize_keras_object(config[n]) for n in ("cell", "attention")}
        return cls(**{**config, **parts})


def _drops(cell):
    """Whether a cell, or a cell inside it, keeps a dropout mask from step to step."""
    rates = ("dropout", "recurrent_dropout", "recurrent_weight_dropout")
    if hasattr(cell, "get_dropout_mask") and any(getattr(cell, name, 0) for name in rates):
        return True
    within = [*getattr(cell, "cells", ()), getattr(cell, "cell", None)]
    return any(_drops(part) for part in within if part is not None)


def _flat(states):
    return keras.tree.flatten(states)


def _nested(sizes, states):
    """A flat list of states in the nested structure of `state_size`."""
    return (
        keras.tree.pack_sequence_as(sizes, states) if isinstance(sizes, (list, tuple)) else states
    )
