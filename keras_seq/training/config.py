"""The settings every recipe has."""

import inspect
from dataclasses import dataclass
from typing import Annotated, Literal

import keras

from keras_seq import checks


def _count(value):
    return _checked(int(value), checks.positive_int)


def _rate(value):
    return _checked(float(value), checks.fraction)


def _amount(value):
    return _checked(float(value), checks.positive)


def _share(value):
    value = float(value)
    if not 0 <= value < float("inf"):
        raise ValueError
    return value


def _checked(value, check):
    check("flag", value=value)
    return value


# A type of a setting: how text becomes a value, and what to say where it does not.
PositiveInt = Annotated[int, _count, "a positive integer"]
UnitInterval = Annotated[float, _rate, "a number in [0, 1)"]
PositiveFloat = Annotated[float, _amount, "a positive number"]
NonNegativeFloat = Annotated[float, _share, "a number of at least 0"]
Text = Annotated[str, str, "text"]
Files = Annotated[list, str, "a file, or several"]


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
    seed: int = 1  # of every random number
    max_examples: PositiveInt | None = None  # of each split: the rest is left out
    backend: Literal["tensorflow", "jax", "torch"] = keras.config.backend()  # what computes
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"  # in training
    devices: PositiveInt = 1  # that share each batch
    resume: Literal["auto", "never"] = "auto"  # auto: go on with a run that was cut off
    tensorboard: bool = False  # write logs for TensorBoard to <out>/tensorboard
    out: Text | None = None  # folder of the results; else saved_models/<recipe>
    export: bool = True  # write a SavedModel
    smoke: bool = False  # two epochs of at most 200 examples: does it run at all?

    def __post_init__(self):
        if self.smoke:
            self.epochs = min(self.epochs, 2)
            self.max_examples = min(self.max_examples or 200, 200)

    def arguments_of(self, function):
        """The settings that are keyword-only arguments of a function or class, by name."""
        arguments = inspect.signature(function).parameters.values()
        names = {argument.name for argument in arguments if argument.kind == argument.KEYWORD_ONLY}
        return {name: value for name, value in vars(self).items() if name in names}
