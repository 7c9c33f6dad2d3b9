"""The pairs of sentences from the flags of a recipe."""

import random

from keras_seq.errors import InputError
from keras_seq.tasks.translation.data import ParallelText, read_parallel_text
from keras_seq.tasks.translation.synthetic import synthetic_dates
from keras_seq.tasks.translation.tfds import load_tfds_pairs
from keras_seq.training.config import Settings
from keras_seq.training.splits import load_splits, sample_rows

HELD_OUT = 0.05  # fraction of the training sources, if there is no other validation data


def parallel_text_splits(config: Settings, strict: bool = False) -> dict[str, ParallelText]:
    """Load the pairs of sentences of `--data`, `--validation` and `--test`.

    Each is one file with two columns, or two files; `data` may be `tfds:<name>`. Without validation
    data a twentieth of the training sources, with all their targets, is held out. Without test data
    the results are of the validation data, as `evaluated_on` in the metrics says.

    Args:
        config: `Settings` whose `data`, `validation` and `test` are lists of one or two names.
        strict: reject pairs with an empty side.

    Returns:
        Dictionary of "train", "validation" and, if there is one, "test" -> `ParallelText`.

    Raises:
        InputError: a file does not exist or is malformed.
        DataUnavailable: a data set cannot be loaded.

    Example:

    >>> import types
    >>> from keras_seq.tasks.translation.splits import parallel_text_splits
    >>> config = types.SimpleNamespace(data=["embedded"], validation=None, test=None)
    >>> config.max_examples, config.seed = 100, 1
    >>> splits = parallel_text_splits(config)
           train: 100 pairs (embedded, seed 0: train, 100 of 20000)
      validation: 100 pairs (embedded, seed 0: validation, 100 of 500)
            test: 100 pairs (embedded, seed 0: test, 100 of 1000)
    """

    def read(flag, paths):
        if len(paths) > 2:
            raise InputError(f"--{flag} must be one file, or source and target. Received: {paths}")
        return read_parallel_text(*paths, strict=strict)

    return load_splits(
        config,
        embedded=synthetic_dates,
        from_tfds=lambda name: load_tfds_pairs(name, strict=strict),
        from_file=lambda paths: {"train": read("data", paths)},
        read=lambda name, paths, splits: read(name, paths),
        hold_out=lambda pairs: _hold_out(pairs, config.seed),
        limit=_limit,
        describe=_describe,
    )


def check_beam_width(beam: int, subwords: int) -> None:
    """Raise InputError for a beam wider than the vocabulary, whose size is known after learning it.

    Example:

    >>> from keras_seq.tasks.translation.splits import check_beam_width
    >>> check_beam_width(5, 8000)
    """
    if beam > subwords:
        raise InputError(
            f"--beam must be at most the {subwords} subwords there are. Received: --beam {beam}"
        )


def short_enough(sources: list, targets: list, longest: int, name: str) -> tuple[list, list]:
    """The pairs of ids whose sides are not longer than `longest`; prints the number of others.

    Example:

    >>> from keras_seq.tasks.translation.splits import short_enough
    >>> kept = short_enough([[5, 6], [7]], [[8], [9]], 1, "train")
           train: 1 pair of over 1 subwords left out
    """
    pairs = list(zip(sources, targets, strict=True))
    kept = [pair for pair in pairs if max(map(len, pair)) <= longest]
    if lost := len(pairs) - len(kept):
        print(f"{name:>12}: {lost} pair{'s' * (lost > 1)} of over {longest} subwords left out")
    if not kept:
        raise InputError(f"--max-length {longest}: no pair of {name} is so short")
    return [s for s, _ in kept], [t for _, t in kept]


def _limit(pairs, count):
    """At most `count` pairs, sampled at random."""
    return pairs if len(pairs) <= count else pairs.select(sample_rows(len(pairs), count))


def _describe(pairs):
    lost = "".join(f", {count} with {why} left out" for why, count in pairs.left_out.items())
    return f"{len(pairs)} pair{'s' * (len(pairs) != 1)} ({pairs.source}{lost})"


def _hold_out(pairs, seed):
    """The training pairs and the held-out pairs; no source is in both."""
    sources = sorted(set(pairs.sources))
    if len(sources) == 1:
        raise InputError(f"{pairs.source}: two sources at least, to hold one out for validation")
    random.Random(seed).shuffle(sources)
    held_out = set(sources[: max(1, round(HELD_OUT * len(sources)))])
    rows = {True: [], False: []}
    for row, source in enumerate(pairs.sources):
        rows[source in held_out].append(row)
    return pairs.select(rows[False]), pairs.select(rows[True])
