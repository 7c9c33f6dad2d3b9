"""The layer that runs a cell over time, with masks that are right on every backend."""

import inspect

import keras
from keras import ops

from keras_seq import backend, checks


class RecurrentLayer(keras.layers.RNN):
    """Base of the recurrent layers.

    A subclass names its `cell_class`, and the `keras_class` whose arguments it takes, in their
    order, but for those named in `without`; the options of the cell follow by keyword. Every
    argument of the cell is an attribute of the layer too.
    """

    cell_class = None
    keras_class = None
    without = ()

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cell = inspect.signature(cls.cell_class).parameters
        stock = inspect.signature(cls.keras_class).parameters
        stock = {n: p for n, p in stock.items() if n not in cls.without}
        cls.knows_cudnn = "use_cudnn" in stock
        rest = stock["kwargs"]
        named = {**stock, **{n: p for n, p in cell.items() if n not in stock}}
        del named["kwargs"]
        # What Keras's class and our cell both name has our cell's default.
        named = {n: cell.get(n, p).replace(kind=p.kind) for n, p in named.items()}
        native = inspect.Parameter("use_native", inspect.Parameter.KEYWORD_ONLY, default="auto")
        cls.__signature__ = inspect.Signature([*named.values(), native, rest])
        cls._cell_arguments = tuple(n for n in cell if n != "kwargs")
        for name in cls._cell_arguments:
            setattr(cls, name, property(lambda self, name=name: getattr(self.cell, name)))

    def __init__(self, *args, **kwargs):
        bound = type(self).__signature__.bind(*args, **kwargs)
        bound.apply_defaults()
        given = dict(bound.arguments)
        given.update(given.pop("kwargs"))
        use_native, use_cudnn = given.pop("use_native"), given.pop("use_cudnn", False)
        cell_arguments = {n: given.pop(n) for n in self._cell_arguments}
        owner = type(self).__name__
        checks.one_of(owner, ("auto", True, False), use_native=use_native, use_cudnn=use_cudnn)
        if "implementation" in given:
            cell_arguments["implementation"] = given.pop("implementation")
        for name in ("dtype", "trainable"):
            if name in given:
                cell_arguments[name] = given[name]
        cell_arguments.update(name=f"{self.cell_class.family}_cell", owner=owner)
        super().__init__(self.cell_class(**cell_arguments), **given)
        checks.boolean(
            owner,
            return_sequences=self.return_sequences,
            return_state=self.return_state,
            go_backwards=self.go_backwards,
            stateful=self.stateful,
            unroll=self.unroll,
        )
        self.use_native = use_native
        self.use_cudnn = use_cudnn
        self.supports_masking = True
        self.cudnn = backend.cudnn.Run(self) if self.knows_cudnn else None
        run = backend.pick(self)  # raises now if a path that is insisted on cannot be had
        if keras.backend.backend() == "tensorflow":
            # As Keras's own: XLA has no cuDNN recurrence.
            self.supports_jit = self.cell.fast_in_xla and not isinstance(run, backend.cudnn.Run)

    def build(self, sequences_shape, initial_state_shape=None):
        self._check_sequences(sequences_shape)
        super().build(sequences_shape)
        self.built = True

    def call(self, sequences, initial_state=None, mask=None, training=False, sequences_mask=None):
        """Runs the cell over the time axis; see the class for arguments and results.

        Keras hands the mask that `sequences` carry over as `sequences_mask` where there is an
        initial state too.
        """
        mask = sequences_mask if mask is None else mask
        self._check_sequences(sequences.shape)
        mask = self._check_mask(mask, sequences)
        states = self._first_states(initial_state, sequences)
        batch, steps, *frame = ops.shape(sequences)
        noise = self.cell.draw(batch, steps, frame, training)

        x = ops.cast(sequences, self.compute_dtype)
        if mask is not None:
            x = _where(mask, x)
            mask = ops.transpose(mask)  # (T, B)
        x = self.cell.to_compute_layout(ops.swapaxes(x, 0, 1))  # (T, B, F)
        states = [self.cell.to_compute_layout(state) for state in states]
        if self.go_backwards:
            x = ops.flip(x, axis=0)
            mask = None if mask is None else ops.flip(mask, axis=0)

        run = backend.pick(self, mask)
        outputs, states = run(self.cell, x, states, mask, noise, unroll=self.unroll)
        if mask is not None and (initial_state is not None or self.stateful):
            seen = ops.cumsum(ops.cast(mask, "int32"), axis=0) > 0  # zeros before the first
            outputs = _where(seen, outputs)
        if mask is not None and self.zero_output_for_mask:
            outputs = _where(mask, outputs)
        states = [self.cell.from_compute_layout(state) for state in states]
        if self.stateful:
            for variable, state in zip(self.states, states, strict=True):
                variable.assign(ops.cast(state, variable.dtype))
        output = ops.swapaxes(outputs, 0, 1) if self.return_sequences else outputs[-1]
        output = self.cell.from_compute_layout(output)
        return (output, *states) if self.return_state else output

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        self._check_sequences(sequences_shape)
        batch, steps, *frame = sequences_shape
        states = [(batch, *shape) for shape in self.cell.state_shapes(frame)]
        output = (batch, steps, *states[0][1:]) if self.return_sequences else states[0]
        return (output, *states) if self.return_state else output

    @property
    def _letters(self):
        """The axes of the sequences: those of the cell's inputs, and time."""
        return self.cell.input_letters.replace("B", "B T", 1)

    def _check_sequences(self, shape):
        owner = type(self).__name__
        self.cell.check_inputs("sequences", shape, self._letters)
        if shape[1] == 0:
            raise ValueError(
                f"{owner}: `sequences` must have at least one time step. "
                f"Received: sequences.shape={tuple(shape)}"
            )
        if self.unroll and shape[1] is None:
            raise ValueError(
                f"{owner}: `unroll=True` needs a known number of time steps. "
                f"Received: sequences.shape={tuple(shape)}"
            )

    def _check_mask(self, mask, sequences):
        if isinstance(mask, (list, tuple)):
            mask = mask[0]
        if mask is None:
            return None
        mask = ops.convert_to_tensor(mask)
        batch, steps = sequences.shape[:2]
        checks.sizes(type(self).__name__, "mask", mask.shape, "B T", B=batch, T=steps)
        return ops.cast(mask, "bool")

    def _first_states(self, initial_state, sequences):
        owner, names = type(self).__name__, ("h", "c")[: len(self.state_size)]
        batch, _, *frame = sequences.shape
        if initial_state is None:
            if not self.stateful:
                size, _, *here = ops.shape(sequences)
                return self.cell.zero_states(size, here)
            expected = self.states[0].shape[0]
            if batch is not None and batch != expected:
                raise ValueError(
                    f"{owner}: `sequences` must keep the batch size of a stateful layer, "
                    f"B={expected}. Received: sequences.shape={tuple(sequences.shape)}"
                )
            initial_state = [variable.value for variable in self.states]
        if not isinstance(initial_state, (list, tuple)):
            initial_state = [initial_state]
        if len(initial_state) != len(names):
            raise ValueError(
                f"{owner}: `initial_state` must be {len(names)} tensor"
                f"{'s' if len(names) > 1 else ''}, [{', '.join(names)}]. "
                f"Received: {len(initial_state)} tensors"
            )
        states = [ops.convert_to_tensor(s, self.compute_dtype) for s in initial_state]
        letters = self.cell.state_letters
        shapes = self.cell.state_shapes(frame)
        for name, state, shape in zip(names, states, shapes, strict=True):
            known = dict(zip(letters.split(), (batch, *shape), strict=True))
            checks.sizes(owner, f"initial_state {name}", state.shape, letters, **known)
        return states

    def compute_mask(self, sequences, mask=None, initial_state=None):
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        output = mask if self.return_sequences else None
        return [output] + [None] * len(self.state_size) if self.return_state else output

    def get_config(self):
        config = super().get_config()
        del config["cell"]
        cell = self.cell.get_config()
        config.update({name: cell[name] for name in self._cell_arguments})
        activity = keras.regularizers.serialize(self.activity_regularizer)
        config.update(activity_regularizer=activity, use_native=self.use_native)
        return {**config, "use_cudnn": self.use_cudnn} if self.knows_cudnn else config

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def _where(mask, x):
    """x where the mask (.., ..) is True, else 0; a NaN there is gone, unlike in a product."""
    return ops.where(backend.reference.expand_mask(mask, x), x, ops.zeros((), x.dtype))
