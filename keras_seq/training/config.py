"""The settings of recipes: the common ones, and groups that several recipes share."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import keras

from keras_seq import checks
from keras_seq.recurrent.variants import CellName
from keras_seq.training.optimizers import OptimizerName, make_optimizer


def _number(kind, check):
    """A function that reads a number of a type from text and checks it."""

    def read(text):
        value = kind(text)
        check("flag", value=value)
        return value

    return read


def _text(text):
    text.encode()  # the name of a file may hold other bytes, which no file of a run can
    if not text.strip():
        raise ValueError("empty")
    return text


def _devices(text):
    checks.positive_int("flag", value=int(text))
    if int(text) > 64:
        raise ValueError("too many")
    return int(text)


def _seed(text):
    checks.non_negative_int("flag", value=int(text))
    if int(text) >= 2**32:
        raise ValueError("too large")
    return int(text)


# The type of a setting: the type of its value, how it is read from text, and what it must be.
PositiveInt = Annotated[int, _number(int, checks.positive_int), "a positive integer"]
NonNegativeInt = Annotated[int, _number(int, checks.non_negative_int), "an integer of at least 0"]
UnitInterval = Annotated[float, _number(float, checks.unit_interval), "a number in [0, 1)"]
ClosedUnitInterval = Annotated[
    float, _number(float, checks.closed_unit_interval), "a number in [0, 1]"
]
PositiveFloat = Annotated[float, _number(float, checks.positive), "a positive number"]
NonNegativeFloat = Annotated[float, _number(float, checks.non_negative), "a number of at least 0"]
# A CPU is divided into as many parts, each of which has its own copy of the model.
Devices = Annotated[int, _devices, "an integer from 1 to 64"]
Text = Annotated[str, _text, "text in UTF-8, at least one character"]
Files = Annotated[list, _text, "a file, or several, with names in UTF-8"]
# What `keras.utils.set_random_seed` takes.
Seed = Annotated[int, _seed, "an integer from 0 to 4294967295"]


@dataclass
class Settings:
    """The settings that every recipe has. Each field is a flag; its comment is the help text."""

    data: Text = "embedded"  # training data: embedded, tfds:<name>, or a path
    validation: Text | None = None  # path; else the split of the data, else 1/10 of the training
    test: Text | None = None  # path; else the split of the data, else validation is reported
    epochs: PositiveInt = 20  # largest number of passes over the training data
    batch_size: PositiveInt = 32  # number of examples in a batch
    learning_rate: PositiveFloat = 1e-3  # initial learning rate
    patience: PositiveInt = 5  # epochs without a better validation loss before training stops
    seed: Seed = 1  # of every random number
    max_examples: PositiveInt | None = None  # of each split: the rest is left out
    backend: Literal["tensorflow", "jax", "torch"] = keras.config.backend()  # what computes
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"  # in training
    devices: Devices = 1  # that share each batch
    resume: Literal["auto", "never"] = "auto"  # auto: go on with a run that was cut off
    tensorboard: bool = False  # write logs for TensorBoard to <out>/tensorboard
    out: Text | None = None  # folder of the results; default: saved_models/<recipe>
    export: bool = True  # write a SavedModel
    smoke: bool = False  # quick check: two epochs of at most 200 examples

    def __post_init__(self):
        if self.smoke:
            self.epochs = min(self.epochs, 2)
            self.max_examples = min(self.max_examples or 200, 200)

    def may_differ(self) -> set[str]:
        """The settings that a run which continues an interrupted one may change."""
        return {"epochs", "export", "out", "resume", "tensorboard"}

    def arguments_of(self, function: Callable, **renamed: str) -> dict[str, Any]:
        """The settings that are keyword-only arguments of a function or class, by name.

        Args:
            function: the function or class.
            renamed: argument="field", where the argument and the field have different names.

        Raises:
            TypeError: `renamed` has an argument or a field that does not exist.
        """
        arguments = inspect.signature(function).parameters.values()
        names = [argument.name for argument in arguments if argument.kind == argument.KEYWORD_ONLY]
        settings = vars(self)
        for name, field in renamed.items():
            if name not in names or field not in settings:
                raise TypeError(
                    f"no argument `{name}` of {function.__name__} or no field `{field}`"
                )
        fields = {name: renamed.get(name, name) for name in names}
        return {name: settings[field] for name, field in fields.items() if field in settings}


@dataclass
class RecurrentSettings(Settings):
    """Settings of recipes whose model has recurrent layers."""

    cell: CellName = "lstm"  # cell of the recurrent layers
    bidirectional: bool = True  # use bidirectional recurrent layers
    layers: PositiveInt = 1  # number of stacked recurrent layers
    units: PositiveInt = 128  # size of the state of each direction
    dropout: UnitInterval = 0.5  # dropout of the inputs of recurrent and output layers
    recurrent_dropout: UnitInterval = 0.0  # dropout of the states, one mask for all time steps
    dropout_per_gate: bool = False  # use a separate dropout mask for each gate
    recurrent_weight_dropout: UnitInterval = 0.0  # dropout of the recurrent weights
    zoneout: UnitInterval = 0.0  # probability that a unit of a state keeps its old value


@dataclass
class OptimizerSettings(Settings):
    """Settings of recipes that let users choose the optimizer."""

    optimizer: OptimizerName = "adamw"
    clip_norm: NonNegativeFloat = 1.0  # largest norm of the gradient of all weights; 0: no clipping
    weight_decay: NonNegativeFloat = 1e-2  # decoupled weight decay, multiplied by the learning rate
    average_weights: bool = True  # evaluate and export a moving average of the weights

    def make_optimizer(self, steps_per_epoch: int) -> keras.optimizers.Optimizer:
        """The optimizer; with `average_weights` it averages over about one epoch."""
        return make_optimizer(
            self.optimizer,
            self.learning_rate,
            self.weight_decay,
            self.clip_norm,
            average_over=steps_per_epoch if self.average_weights else None,
        )
