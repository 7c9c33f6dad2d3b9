"""Compares the answers of a SavedModel with those of the trained model."""

import reprlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_seq.export.process import ExportError, call_in_isolated_process

TOLERANCE = 1e-4
PADDING = ("", 0, -1)


def check_answers(
    folder: str | Path,
    examples: Mapping[str, Sequence[Any]],
    expected: Mapping[str, Any],
    probes: Mapping[str, Mapping[str, Sequence[Any]]],
    signature: str = "serving_default",
) -> None:
    """Call a SavedModel in an isolated process and compare with the training process.

    The examples of each shape are called together, and then one by one. So there are at least two
    batch sizes, and as many lengths as the examples have.

    Args:
        folder: the SavedModel.
        examples: dict of input name -> list, one entry an example.
        expected: dict of output name -> array of numbers (N, ...), for the N examples; or list of
            N strings, or N lists of strings or numbers, of their own lengths, that the model may
            pad.
        probes: dict of a description -> dict of input name -> list: further calls, which must be
            answered with finite numbers, one row for each entry.
        signature: the name of the signature to call.

    Raises:
        ExportError: a number differs by more than 1e-4, or is not finite; or a call fails.
    """
    together = group_by_shape(examples)
    batches = [*together, *([i] for rows in together for i in rows)]
    calls = [
        {name: [values[i] for i in batch] for name, values in examples.items()} for batch in batches
    ]
    answers = call_in_isolated_process(folder, calls + list(probes.values()), signature)
    for batch, call, answer in zip(batches, calls, answers, strict=False):
        for name, values in expected.items():
            if isinstance(values, list):
                _compare_rows(name, [values[i] for i in batch], answer[name], call)
            else:
                _compare(name, np.asarray(values)[batch], answer[name], call)
    for (description, call), answer in zip(probes.items(), answers[len(calls) :], strict=True):
        _check_finite(description, len(next(iter(call.values()))), answer)


def group_by_shape(examples: Mapping[str, Sequence[Any]]) -> list[list[int]]:
    """The rows of the examples that can be in one batch: a list for each shape of the inputs."""
    rows = {}
    for row, inputs in enumerate(zip(*examples.values(), strict=True)):
        rows.setdefault(tuple(np.shape(values) for values in inputs), []).append(row)
    return list(rows.values())


def first_not_finite(values: Any) -> int | None:
    """The first row of an array that contains NaN or infinity, or None."""
    rows = np.asarray(values, float).reshape(len(values), -1)
    (bad,) = np.nonzero(~np.isfinite(rows).all(axis=1))
    return int(bad[0]) if bad.size else None


def shorten(value: Any) -> str:
    """An example, shortened for an error message."""
    if isinstance(value, list) and value and isinstance(value[0], list):
        return f"an input of shape {np.shape(value)}"
    short = reprlib.Repr()
    short.maxstring = 80
    return short.repr(value)


def _compare(name, wanted, got, call):
    got = np.asarray(got, float)
    if got.shape != wanted.shape:
        raise ExportError(
            f"the exported model gives `{name}` of shape {got.shape} "
            f"where the trained one gives {wanted.shape}"
        )
    gap = np.abs(got - wanted).reshape(len(wanted), -1).max(axis=1)
    worst = int(np.argmax(gap))  # NaN counts as the largest
    if not gap[worst] <= TOLERANCE:
        example = ", ".join(shorten(values[worst]) for values in call.values())
        raise ExportError(
            f"the exported model differs from the trained one by {gap[worst]:.3g} in `{name}` "
            f"of {example} (batch of {len(wanted)}), where {TOLERANCE} is allowed"
        )


def _compare_rows(name, wanted, got, call):
    for row, (values, answer) in enumerate(zip(wanted, got, strict=True)):
        difference = (values, answer) if values != answer else None
        if isinstance(values, list):
            difference = _first_difference(values, answer)
        if difference:
            example = ", ".join(shorten(column[row]) for column in call.values())
            raise ExportError(
                f"the exported model gives {shorten(difference[1])} for `{name}` of {example} "
                f"(batch of {len(wanted)}), where the trained one gives {shorten(difference[0])}"
            )


def _first_difference(values, padded):
    """The first wanted value that differs and the value in its place, or None."""
    if len(padded) < len(values):
        return values, padded
    for wanted, got in zip(values, padded, strict=False):
        same = abs(wanted - got) <= TOLERANCE if isinstance(wanted, float) else wanted == got
        if not same:
            return wanted, got
    extra = [value for value in padded[len(values) :] if value not in PADDING]
    return ("padding", extra[0]) if extra else None


def _check_finite(description, count, answer):
    for name, values in answer.items():
        if len(values) != count:
            raise ExportError(
                f"the exported model gives {len(values)} rows of `{name}` for {description}"
            )
        numbers = np.asarray(values)
        if numbers.dtype.kind == "f" and not np.isfinite(numbers).all():
            raise ExportError(f"the exported model gives nan or inf in `{name}` for {description}")
