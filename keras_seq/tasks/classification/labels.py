"""The classes of a data set, and a stratified split."""

import random
from collections.abc import Iterable
from typing import Self

import numpy as np

from keras_seq import checks
from keras_seq.errors import InputError
from keras_seq.tasks.classification.data import LabeledText


class Labels:
    """The names of the classes; the id of a label is its position.

    Args:
        names: list of distinct strings, at least two.

    Raises:
        InputError: there are fewer than two names, or a name occurs twice.

    Example:

    >>> labels = keras_seq.tasks.classification.Labels.learn(["10", "9", "10"])
    >>> labels.names
    ['9', '10']
    """

    def __init__(self, names: Iterable[str]) -> None:
        checks.list_of_strings("Labels", names=names)
        names = list(names)
        if len(names) < 2 or len(set(names)) < len(names):
            checks.refuse("Labels", "names", "at least two different names", names)
        self.names = names

    @classmethod
    def learn(cls, labels: Iterable[str]) -> Self:
        """The distinct labels, in numerical order if all are integers, else alphabetical."""
        names = set(labels)
        numbers = all(name.removeprefix("-").isdecimal() for name in names)
        return cls(sorted(names, key=(lambda name: (int(name), name)) if numbers else None))

    def __len__(self) -> int:
        return len(self.names)

    def encode(self, examples: LabeledText) -> np.ndarray:
        """The ids of the labels of a `LabeledText`, int32 (B,).

        Raises:
            InputError: a label is not among the names.
        """
        ids = {name: i for i, name in enumerate(self.names)}
        unknown = [(row, label) for row, label in enumerate(examples.labels) if label not in ids]
        if unknown:
            row, label = unknown[0]
            raise InputError(
                f"{examples.source}: the label {label!r} (example {row + 1}) is not one of the "
                f"training labels {', '.join(map(repr, self.names))}"
            )
        return np.array([ids[label] for label in examples.labels], dtype="int32")


def stratified_split(
    examples: LabeledText, fraction: float = 0.1, seed: int = 0
) -> tuple[LabeledText, LabeledText]:
    """Split labeled text into two parts; the second has the fraction `fraction` of each class.

    The same seed gives the same parts. All copies of a text go to the same part, so that no
    training text is used for validation. A class with one distinct text stays in the first part.

    Args:
        examples: `LabeledText`.
        fraction: in (0, 1).
        seed: integer.

    Returns:
        `(train, held_out)`, both `LabeledText` in the order of `examples`.

    Raises:
        InputError: the fraction is outside (0, 1), or no class has two distinct texts.

    Example:

    >>> texts = [f"text {i}" for i in range(20)]
    >>> examples = keras_seq.tasks.classification.LabeledText(texts, ["a", "b"] * 10, "made here")
    >>> train, held_out = keras_seq.tasks.classification.stratified_split(examples, fraction=0.2)
    >>> len(train), sorted(held_out.labels)
    (16, ['a', 'a', 'b', 'b'])
    """
    if not 0.0 < fraction < 1.0:
        checks.refuse("stratified_split", "fraction", "a number between 0 and 1", fraction)
    texts_of = {}
    # A text with two labels counts for the first one.
    for text, label in dict(
        zip(reversed(examples.texts), reversed(examples.labels), strict=True)
    ).items():
        texts_of.setdefault(label, []).append(text)
    chosen = set()
    for label, texts in sorted(texts_of.items()):
        count = min(len(texts) - 1, max(1, round(fraction * len(texts))))
        chosen.update(random.Random(f"{seed} {label}").sample(sorted(texts), count))
    if not chosen:
        raise InputError(f"{examples.source}: no class has two different texts to split")
    return (
        _part(examples, [text not in chosen for text in examples.texts], "kept"),
        _part(examples, [text in chosen for text in examples.texts], "held out"),
    )


def _part(examples, keep, what):
    texts = [text for text, kept in zip(examples.texts, keep, strict=True) if kept]
    labels = [label for label, kept in zip(examples.labels, keep, strict=True) if kept]
    return LabeledText(texts, labels, f"{examples.source}, {len(texts)} {what}")
