"""Training, validation and test data from the flags of a recipe."""

import random
from collections.abc import Callable
from typing import Any

from keras_seq.errors import InputError
from keras_seq.training.config import Settings


def load_splits(
    config: Settings,
    *,
    embedded: Callable[[], dict[str, Any]],
    from_tfds: Callable[[str], dict[str, Any]],
    from_file: Callable[[Any], dict[str, Any]],
    read: Callable[[str, Any, dict[str, Any]], Any],
    limit: Callable[[Any, int], Any],
    describe: Callable[[Any], str],
    hold_out: Callable[[Any], tuple[Any, Any]] | None = None,
) -> dict[str, Any]:
    """Load the splits given by `--data`, `--validation` and `--test`, and print a line for each.

    A file given by `--validation` or `--test` replaces the split of that name. If there is no
    validation split then, a part of the training data is held out. A test split is optional.
    `--max-examples` limits each split at the end.

    Args:
        config: `Settings`; `data`, `validation` and `test` may be lists of names.
        embedded: function that makes the embedded data.
        from_tfds: function that loads a data set of TensorFlow Datasets, given its name.
        from_file: function that reads the file of `--data`. These three functions return a
            dictionary of split name -> examples.
        read: function that reads the file of another flag, given "validation" or "test", the value
            of that flag and the splits so far.
        limit: function that returns at most a given number of the examples.
        describe: function that describes the number and the source of the examples.
        hold_out: function that divides the training examples into a part that is kept and a part
            that is held out; None if the first three functions do this themselves.

    Returns:
        Dictionary of "train", "validation" and, if there is one, "test" -> examples.

    Raises:
        InputError: a data set of TensorFlow Datasets has no split `train`, or one of the functions
            rejects its input.

    Example:

    >>> from keras_seq.training.config import Settings
    >>> from keras_seq.training.splits import load_splits
    >>> splits = load_splits(
    ...     Settings(max_examples=5),
    ...     embedded=lambda: {"train": range(20)},
    ...     from_tfds=dict,
    ...     from_file=dict,
    ...     read=dict,
    ...     limit=lambda numbers, count: numbers[:count],
    ...     describe=lambda numbers: f"{len(numbers)} numbers",
    ...     hold_out=lambda numbers: (numbers[2:], numbers[:2]),
    ... )
           train: 5 numbers
      validation: 2 numbers
    """
    names = [config.data] if isinstance(config.data, str) else list(config.data)
    if names == ["embedded"]:
        found = embedded()
    elif len(names) == 1 and names[0].startswith("tfds:"):
        found = from_tfds(names[0].removeprefix("tfds:"))
        if "train" not in found:
            raise InputError(f"{names[0]}: it has no split `train`, only {', '.join(found)}")
    else:
        found = from_file(config.data)
    for name in ("validation", "test"):
        if (path := getattr(config, name)) is not None:
            found[name] = read(name, path, found)
    if "validation" not in found:
        found["train"], found["validation"] = hold_out(found["train"])
    splits = {name: found[name] for name in ("train", "validation", "test") if name in found}
    if config.max_examples is not None:
        splits = {name: limit(split, config.max_examples) for name, split in splits.items()}
    for name, split in splits.items():
        print(f"{name:>12}: {describe(split)}")
    return splits


def refuse_unread_flags(config: Settings, **flags: Any) -> None:
    """Refuse flags on how files are read, those that are not None, where no file is read.

    Example:

    >>> from keras_seq.training.config import Settings
    >>> from keras_seq.training.splits import refuse_unread_flags
    >>> refuse_unread_flags(Settings(), scheme="BIO")
    Traceback (most recent call last):
    keras_seq.errors.InputError: --scheme BIO: no file is read: give one with --data
    """
    names = [config.data] if isinstance(config.data, str) else list(config.data)
    made = names == ["embedded"] or (len(names) == 1 and names[0].startswith("tfds:"))
    if made and config.validation is None and config.test is None:
        for name, value in flags.items():
            if value is not None:
                flag = name.replace("_", "-")
                raise InputError(f"--{flag} {value}: no file is read: give one with --data")


def sample_rows(total: int, count: int) -> list[int]:
    """The positions of `count` of `total` examples, sampled at random because files may be sorted.

    The same numbers give the same positions.

    Example:

    >>> from keras_seq.training.splits import sample_rows
    >>> sample_rows(total=100, count=3)
    [49, 53, 97]
    """
    return sorted(random.Random(0).sample(range(total), count))
