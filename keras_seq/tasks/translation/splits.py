"""The pairs of sentences that the shared flags ask for."""

import random

from keras_seq.tasks.translation.data import read_parallel_text
from keras_seq.tasks.translation.synthetic import dates_and_numbers
from keras_seq.tasks.translation.tfds import load_tfds_pairs

HELD_OUT = 0.05  # of the training sources, where there is nothing else to validate on


def parallel_text(config, strict=False):
    """Training, validation and test pairs as `--data`, `--validation` and `--test` name them.

    Each is one file with two columns, or two files; `data` may be `tfds:<name>`. Without validation
    data a twentieth of the training sources, with all that they become, is held out for it. Without
    test data the validation data are what results are reported on: `evaluated_on` says so.

    Args:
        config: `Settings` whose `data`, `validation` and `test` are lists of one or two names.
        strict: refuse pairs with an empty side.

    Returns:
        Dictionary of "train", "validation" and, if there is one, "test" -> `ParallelText`.

    Raises:
        ValueError: a file is not there or not as it must be.
        DataUnavailable: a data set cannot be had.

    Example:

    >>> import types
    >>> from keras_seq.tasks.translation.splits import parallel_text
    >>> config = types.SimpleNamespace(data=["embedded"], validation=None, test=None)
    >>> config.max_examples, config.seed = 100, 1
    >>> splits = parallel_text(config)
           train: 100 pairs (embedded, seed 0: train, 100 of 20000)
      validation: 100 pairs (embedded, seed 0: validation, 100 of 500)
            test: 100 pairs (embedded, seed 0: test, 100 of 1000)
    """

    def read(flag, paths):
        if len(paths) > 2:
            raise ValueError(f"--{flag} must be one file, or source and target. Received: {paths}")
        return read_parallel_text(*paths, strict=strict)

    if list(config.data) == ["embedded"]:
        splits = dates_and_numbers()
    elif len(config.data) == 1 and config.data[0].startswith("tfds:"):
        (name,) = config.data
        splits = load_tfds_pairs(name.removeprefix("tfds:"), strict=strict)
        if "train" not in splits:
            raise ValueError(f"{name}: it has no split `train`, only {', '.join(splits)}")
    else:
        splits = {"train": read("data", config.data)}
    for name in ("validation", "test"):
        if (paths := getattr(config, name)) is not None:
            splits[name] = read(name, paths)
    if "validation" not in splits:
        splits["train"], splits["validation"] = _held_out(splits["train"], config.seed)
    splits = {name: splits[name] for name in ("train", "validation", "test") if name in splits}
    if config.max_examples is not None:
        splits = {name: _some(pairs, config.max_examples) for name, pairs in splits.items()}
    for name, pairs in splits.items():
        lost = "".join(f", {count} with {why} left out" for why, count in pairs.left_out.items())
        plural = "s" * (len(pairs) != 1)
        print(f"{name:>12}: {len(pairs)} pair{plural} ({pairs.source}{lost})")
    return splits


def check_beam_width(beam, subwords):
    """Refuse a beam wider than the vocabulary, which is known when it is learned.

    Example:

    >>> from keras_seq.tasks.translation.splits import check_beam_width
    >>> check_beam_width(5, 8000)
    """
    if beam > subwords:
        raise ValueError(
            f"--beam must be at most the {subwords} subwords there are. Received: --beam {beam}"
        )


def short_enough(sources, targets, longest, name):
    """The pairs of ids of which no side is longer; what is left out is said.

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
        raise ValueError(f"--max-length {longest}: no pair of {name} is so short")
    return [s for s, _ in kept], [t for _, t in kept]


def _some(pairs, count):
    if len(pairs) <= count:
        return pairs
    return pairs.only(sorted(random.Random(0).sample(range(len(pairs)), count)))


def _held_out(pairs, seed):
    """The pairs to train on and those held out; no source is in both."""
    sources = sorted(set(pairs.sources))
    if len(sources) == 1:
        raise ValueError(f"{pairs.source}: two sources at least, to hold one out for validation")
    random.Random(seed).shuffle(sources)
    held = set(sources[: max(1, round(HELD_OUT * len(sources)))])
    rows = {True: [], False: []}
    for row, source in enumerate(pairs.sources):
        rows[source in held].append(row)
    return pairs.only(rows[False]), pairs.only(rows[True])
