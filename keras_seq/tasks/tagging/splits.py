"""The tagged sentences that the shared flags ask for."""

import warnings

from keras_seq.crf.tag_schemes import CLOSED, has_inside
from keras_seq.tasks.tagging.conll import read_tagged_text
from keras_seq.tasks.tagging.segmentation_data import read_segmented_text, words_of
from keras_seq.tasks.tagging.synthetic_ner import names_in_context
from keras_seq.tasks.tagging.synthetic_segmentation import run_together
from keras_seq.tasks.tagging.tfds import load_tfds_tags

HELD_OUT = 0.1  # of the training sentences, where there is nothing else to validate on


def tagged_text(config, tag_column=-1, token_column=0, scheme=None, strict=False):
    """Training, validation and test sentences as `--data`, `--validation` and `--test` name them.

    Without validation data a tenth of the training sentences is held out for it. Without test data
    the validation data are what results are reported on: `evaluated_on` says so.

    Args:
        config: `Settings`.
        tag_column, token_column, scheme, strict: as of `read_tagged_text`. A scheme that is
            detected in the training file holds for the others; where that file has only B, E and
            S, one of the others tells BIOES from BMES.

    Returns:
        Dictionary of "train", "validation" and, if there is one, "test" -> `TaggedText`.

    Raises:
        ValueError: a file is not there or not as it must be.
        DataUnavailable: a data set cannot be had.

    Example:

    >>> from keras_seq.tasks.tagging.splits import tagged_text
    >>> from keras_seq.training.config import Settings
    >>> splits = tagged_text(Settings(max_examples=100))
           train: 100 sentences (embedded, seed 0: train, 100 of 4000)
      validation: 100 sentences (embedded, seed 0: validation, 100 of 500)
            test: 100 sentences (embedded, seed 0: test, 100 of 1000)
    """

    def read(path, scheme=scheme):
        return read_tagged_text(path, tag_column, token_column, scheme, strict)

    if config.data == "embedded":
        found = names_in_context()
    elif config.data.startswith("tfds:"):
        name = config.data.removeprefix("tfds:")
        found = load_tfds_tags(name, scheme=scheme, strict=strict)
        if "train" not in found:
            raise ValueError(f"{config.data}: it has no split `train`, only {', '.join(found)}")
    else:
        found = {"train": read(config.data)}
        if found["train"].scheme in CLOSED and not has_inside(found["train"].tags):
            others = [read(path) for path in (config.validation, config.test) if path is not None]
            others = [text for text in others if text.scheme in CLOSED and has_inside(text.tags)]
            found = {"train": read(config.data, others[0].scheme)} if others else found
    first = found["train"].scheme
    splits = _splits(config, found, lambda path: read(path, first))
    known = splits["train"].types
    if not known:
        raise ValueError(f"{splits['train'].source}: no sentence has a span to be found")
    for text in splits.values():
        if other := sorted(set(text.types) - set(known)):
            warnings.warn(
                f"{text.source}: the type {other[0]!r} is none of the training types "
                f"{', '.join(known)}: all its spans will be missed",
                stacklevel=2,
            )
    return splits


def segmented_text(config):
    """Segmented sentences as the shared flags name them: embedded, or files of words.

    Args:
        config: `Settings`.

    Returns:
        splits: dictionary of "train", "validation" and, if there is one, "test" -> `TaggedText`.
        known: the set of the words of the training data, as the SIGHAN bakeoff has it of the whole
            file: with those that were held out for validation, unless it is these that results
            are reported on.

    Raises:
        ValueError: a file is not there or not as it must be.

    Example:

    >>> from keras_seq.tasks.tagging.splits import segmented_text
    >>> from keras_seq.training.config import Settings
    >>> splits, known = segmented_text(Settings(max_examples=100))
           train: 100 sentences (embedded, seed 0: train, 100 of 4000)
      validation: 100 sentences (embedded, seed 0: validation, 100 of 500)
            test: 100 sentences (embedded, seed 0: test, 100 of 1000)
    """
    if config.data == "embedded":
        found = run_together()
    elif config.data.startswith("tfds:"):
        raise ValueError(
            f"--data {config.data}: there is no such set of segmented text: give a file"
        )
    else:
        found = {"train": read_segmented_text(config.data)}
    splits = _splits(config, found, read_segmented_text)
    parts = [splits["train"]]
    if config.validation is None and "validation" not in found and "test" in splits:
        parts.append(splits["validation"])
    known = {
        word
        for text in parts
        for row in zip(text.tokens, text.spans, strict=True)
        for word in words_of(*row)
    }
    return splits, known


def _splits(config, found, read):
    splits = {"train": found["train"]}
    if config.validation is not None:
        splits["validation"] = read(config.validation)
    elif "validation" in found:
        splits["validation"] = found["validation"]
    else:
        splits["train"], splits["validation"] = splits["train"].halves(HELD_OUT, config.seed)
    if config.test is not None:
        splits["test"] = read(config.test)
    elif "test" in found:
        splits["test"] = found["test"]
    if config.max_examples is not None:
        splits = {name: text.some(config.max_examples) for name, text in splits.items()}
    for name, text in splits.items():
        print(f"{name:>12}: {len(text)} sentences ({text.source})")
    return splits
