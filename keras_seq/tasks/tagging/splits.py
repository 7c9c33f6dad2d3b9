"""The tagged and segmented sentences from the flags of a recipe."""

import functools
import warnings

from keras_seq.crf.tag_schemes import CLOSED, has_inside
from keras_seq.errors import InputError
from keras_seq.tasks.tagging.conll import read_tagged_text
from keras_seq.tasks.tagging.data import TaggedText
from keras_seq.tasks.tagging.segmentation_data import read_segmented_text, spans_to_words
from keras_seq.tasks.tagging.synthetic_ner import synthetic_entities
from keras_seq.tasks.tagging.synthetic_segmentation import synthetic_segmented_text
from keras_seq.tasks.tagging.tfds import load_tfds_tags
from keras_seq.training.config import Settings
from keras_seq.training.splits import load_splits, refuse_unread_flags

HELD_OUT = 0.1  # fraction of the training sentences, if there is no other validation data


def tagged_text_splits(
    config: Settings,
    tag_column: int = -1,
    token_column: int = 0,
    scheme: str | None = None,
    strict: bool = False,
) -> dict[str, TaggedText]:
    """Load the tagged sentences of `--data`, `--validation` and `--test`.

    Without validation data a tenth of the training sentences is held out. Without test data the
    results are of the validation data, as `evaluated_on` in the metrics says.

    Args:
        config: `Settings`.
        tag_column, token_column, scheme, strict: as for `read_tagged_text`. The scheme that is
            detected in the training file is used for the others; if that file has only B, E and S,
            the other files decide between BIOES and BMES.

    Returns:
        Dictionary of "train", "validation" and, if there is one, "test" -> `TaggedText`.

    Raises:
        InputError: a file does not exist or is malformed.
        DataUnavailable: a data set cannot be loaded.

    Example:

    >>> from keras_seq.tasks.tagging.splits import tagged_text_splits
    >>> from keras_seq.training.config import Settings
    >>> splits = tagged_text_splits(Settings(max_examples=100))
           train: 100 sentences (embedded, seed 0: train, 100 of 4000)
      validation: 100 sentences (embedded, seed 0: validation, 100 of 500)
            test: 100 sentences (embedded, seed 0: test, 100 of 1000)
    """

    def read(path, scheme):
        return read_tagged_text(path, tag_column, token_column, scheme, strict)

    columns = {
        "tag_column": None if tag_column == -1 else tag_column,
        "token_column": None if token_column == 0 else token_column,
    }
    of_embedded = {"scheme": scheme} if config.data == "embedded" else {}
    refuse_unread_flags(config, **columns, **of_embedded)

    def from_file(path):
        train = read(path, scheme)
        if train.scheme in CLOSED and not has_inside(train.tags):
            others = [read(p, scheme) for p in (config.validation, config.test) if p is not None]
            others = [text for text in others if text.scheme in CLOSED and has_inside(text.tags)]
            if others:
                train = read(path, others[0].scheme)
        return {"train": train}

    splits = _load(
        config,
        embedded=synthetic_entities,
        from_tfds=functools.partial(load_tfds_tags, scheme=scheme, strict=strict),
        from_file=from_file,
        read=lambda name, path, splits: read(path, splits["train"].scheme),
    )
    known = splits["train"].types
    if not known:
        raise InputError(f"{splits['train'].source}: no sentence has a span to be found")
    for text in splits.values():
        if other := sorted(set(text.types) - set(known)):
            warnings.warn(
                f"{text.source}: the type {other[0]!r} is none of the training types "
                f"{', '.join(known)}: all its spans will be missed",
                stacklevel=2,
            )
    return splits


def segmented_text_splits(config: Settings) -> tuple[dict[str, TaggedText], set[str]]:
    """Load the segmented sentences of `--data`, `--validation` and `--test`.

    Args:
        config: `Settings`.

    Returns:
        splits: dictionary of "train", "validation" and, if there is one, "test" -> `TaggedText`.
        known: the set of words of the training data. As in the SIGHAN bakeoff these are the words
            of the whole file, including the sentences that are held out for validation, unless the
            results are of these sentences.

    Raises:
        InputError: a file does not exist or is malformed.

    Example:

    >>> from keras_seq.tasks.tagging.splits import segmented_text_splits
    >>> from keras_seq.training.config import Settings
    >>> splits, known = segmented_text_splits(Settings(max_examples=100))
           train: 100 sentences (embedded, seed 0: train, 100 of 4000)
      validation: 100 sentences (embedded, seed 0: validation, 100 of 500)
            test: 100 sentences (embedded, seed 0: test, 100 of 1000)
    """

    def from_tfds(name):
        raise InputError(
            f"--data {config.data}: there is no such set of segmented text: give a file"
        )

    splits = _load(
        config,
        embedded=synthetic_segmented_text,
        from_tfds=from_tfds,
        from_file=lambda path: {"train": read_segmented_text(path)},
        read=lambda name, path, splits: read_segmented_text(path),
    )
    parts = [splits["train"]]
    held_out = config.validation is None and config.data != "embedded"
    if held_out and "test" in splits:
        parts.append(splits["validation"])
    known = {
        word
        for text in parts
        for row in zip(text.tokens, text.spans, strict=True)
        for word in spans_to_words(*row)
    }
    return splits, known


def _load(config, **sources):
    return load_splits(
        config,
        **sources,
        hold_out=lambda text: text.hold_out(HELD_OUT, config.seed),
        limit=lambda text, count: text.sample(count),
        describe=lambda text: f"{len(text)} sentences ({text.source})",
    )
