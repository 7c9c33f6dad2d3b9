"""Tagged sentences from TensorFlow Datasets."""

from pathlib import Path

import numpy as np

from keras_seq.crf.tag_schemes import detect_scheme, is_tag, repaired
from keras_seq.data.tfds import prepared_builder
from keras_seq.errors import InputError
from keras_seq.tasks.tagging.data import TaggedText

TAG_FEATURES = ("ner", "tags", "ner_tags", "labels")


def load_tfds_tags(
    name: str,
    data_dir: str | Path | None = None,
    scheme: str | None = None,
    strict: bool = False,
) -> dict[str, TaggedText]:
    """The splits of a data set of TensorFlow Datasets with one tag for each token.

    Args:
        name: name for `tfds.load`: `conll2003`, `wikiann/en`.
        data_dir: the folder of prepared data sets; None: the default of TensorFlow Datasets.
        scheme: scheme of its tags; None: it is detected.
        strict: reject invalid sequences of tags instead of repairing them.

    Returns:
        Dictionary of split name -> `TaggedText`.

    Raises:
        DataUnavailable: tensorflow-datasets is not installed, or the data set is not prepared and
            cannot be downloaded.
        InputError: there is no such data set, it has no tokens and tags, or it is damaged.

    Example:

    >>> splits = keras_seq.tasks.tagging.load_tfds_tags("conll2003")  # doctest: +SKIP
    """
    tfds, builder = prepared_builder(name, data_dir)
    features = builder.info.features
    field = next((field for field in TAG_FEATURES if field in features), None)
    names = getattr(getattr(features[field], "feature", None), "names", None) if field else None
    if "tokens" not in features or names is None or not all(map(is_tag, names)):
        raise InputError(
            f"tfds:{name}: lists of `tokens` and of tags are needed, its features are "
            f"{', '.join(features)}"
        )
    found = {
        split: _read(tfds, builder, split, field, names, f"tfds:{name} {split}")
        for split in builder.info.splits
    }
    how = "as given" if scheme else "detected"
    scheme = scheme or detect_scheme([row for _, tags in found.values() for row in tags])
    return {
        split: _well_formed(*rows, f"tfds:{name} {split}", scheme, how, strict)
        for split, rows in found.items()
    }


def _read(tfds, builder, split, field, names, source):
    tokens, tags = [], []
    for row, example in enumerate(tfds.as_numpy(builder.as_dataset(split=split)), 1):
        words, ids = example["tokens"], np.asarray(example[field])
        if len(words) != len(ids):
            raise InputError(f"{source}: example {row} has {len(words)} tokens, {len(ids)} tags")
        try:
            words = [word.decode("utf-8") for word in words]
        except UnicodeDecodeError:
            raise InputError(f"{source}: example {row} is not valid UTF-8") from None
        if words:
            tokens.append(words)
            tags.append([names[i] for i in ids])
    return tokens, tags


def _well_formed(tokens, tags, source, scheme, how, strict):
    if odd := [tag for row in tags for tag in row if not is_tag(tag, scheme)]:
        raise InputError(f"{source}: the tag {odd[0]!r} is not of the scheme {scheme}")
    right = [repaired(row, scheme) for row in tags]
    repairs = sum(
        a != b for x, y in zip(tags, right, strict=True) for a, b in zip(x, y, strict=True)
    )
    if repairs and strict:
        raise InputError(f"{source}: {repairs} tags cannot stand where they are in {scheme}")
    repaired_tags = f", {repairs} tags repaired" if repairs else ""
    source = f"{source} (scheme {scheme}, {how}{repaired_tags})"
    return TaggedText(tokens, right, scheme, source)
