"""The settings of recipes: those that every recipe has, and groups that several share."""

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
    """What is the same in every recipe. Each field is a flag; its comment is its help."""

    data: Text = "embedded"  # embedded, tfds:<name>, or a path: what to train on
    validation: Text | None = None  # path; else a split of the data, else a tenth of the training
    test: Text | None = None  # path; else a split of the data, else the validation is reported
    epochs: PositiveInt = 20  # passes over the training data, at most
    batch_size: PositiveInt = 32  # examples
    learning_rate: PositiveFloat = 1e-3  # of the first step
    patience: PositiveInt = 5  # epochs without a better validation loss before training stops
    seed: Seed = 1  # of every random number
    max_examples: PositiveInt | None = None  # of each split: the rest is left out
    backend: Literal["tensorflow", "jax", "torch"] = keras.config.backend()  # what computes
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"  # in training
    devices: Devices = 1  # that share each batch
    resume: Literal["auto", "never"] = "auto"  # auto: go on with a run that was cut off
    tensorboard: bool = False  # write logs for TensorBoard to <out>/tensorboard
    out: Text | None = None  # folder of the results; else saved_models/<recipe>
    export: bool = True  # write a SavedModel
    smoke: bool = False  # two epochs of at most 200 examples: does it run at all?

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

    cell: CellName = "lstm"  # of the recurrent layers
    bidirectional: bool = True  # read backwards too
    layers: PositiveInt = 1  # recurrent layers on each other
    units: PositiveInt = 128  # of the state of each direction
    dropout: UnitInterval = 0.5  # of the inputs of recurrent and last layers, fixed over time
    recurrent_dropout: UnitInterval = 0.0  # of the states, fixed over time
    dropout_per_gate: bool = False  # draw a mask for each gate
    recurrent_weight_dropout: UnitInterval = 0.0  # of single recurrent weights
    zoneout: UnitInterval = 0.0  # probability that a state unit keeps its value for a step


@dataclass
class OptimizerSettings(Settings):
    """Settings of recipes that let users choose the optimizer."""

    optimizer: OptimizerName = "adamw"
    clip_norm: NonNegativeFloat = 1.0  # of the gradient of all weights together; 0: none
    weight_decay: NonNegativeFloat = (
        1e-2  # share of a weight a step takes away, times learning rate
    )
    average_weights: bool = True  # score and serve the weights' average over the last epoch or so

    def make_optimizer(self, steps_per_epoch: int) -> keras.optimizers.Optimizer:
        """The optimizer, which averages the weights over about one epoch if it does at all."""
        return make_optimizer(
            self.optimizer,
            self.learning_rate,
            self.weight_decay,
            self.clip_norm,
            average_over=steps_per_epoch if self.average_weights else None,
        )
