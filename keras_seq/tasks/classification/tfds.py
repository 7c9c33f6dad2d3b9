"""Labeled text from TensorFlow Datasets."""

from pathlib import Path

from keras_seq.data.tfds import prepared_builder
from keras_seq.errors import InputError
from keras_seq.tasks.classification.data import LabeledText

_NO_LABEL = -1


def load_tfds_text(name: str, data_dir: str | Path | None = None) -> dict[str, LabeledText]:
    """The labeled splits of a classification data set of TensorFlow Datasets.

    A data set that is prepared in `data_dir` is read without the network; others are downloaded and
    prepared there. Splits without labels and empty texts are skipped (`source` counts the texts).

    Args:
        name: name for `tfds.load`: `imdb_reviews`, `glue/sst2`, `ag_news_subset:1.0.0`.
        data_dir: the folder of prepared data sets; None: the default of TensorFlow Datasets.

    Returns:
        Dictionary of split name -> `LabeledText`.

    Raises:
        DataUnavailable: tensorflow-datasets is not installed, or the data set is not prepared and
            cannot be downloaded.
        InputError: there is no such data set, or it does not have one text and one class label.

    Example:

    >>> splits = keras_seq.tasks.classification.load_tfds_text("imdb_reviews")  # doctest: +SKIP
    """
    tfds, builder = prepared_builder(name, data_dir)
    text, label = _features(tfds, builder.info, name)
    splits = {}
    for split in builder.info.splits:
        examples = _read(tfds, builder, split, text, label, f"tfds:{name} {split}")
        if examples is not None:
            splits[split] = examples
    if not splits:
        raise InputError(f"tfds:{name}: no split has labels")
    return splits


def _features(tfds, info, name):
    """The names of the text and label features."""
    keys = info.supervised_keys
    if not (isinstance(keys, tuple) and len(keys) == 2 and all(k in info.features for k in keys)):
        kinds = (tfds.features.Text, tfds.features.ClassLabel)
        keys = [
            [key for key, feature in info.features.items() if isinstance(feature, kind)]
            for kind in kinds
        ]
        if [len(found) for found in keys] != [1, 1]:
            raise InputError(
                f"tfds:{name}: one text and one class label are needed, its features are "
                f"{', '.join(info.features)}"
            )
        keys = [found[0] for found in keys]
    text, label = keys
    feature = info.features[label]
    if (
        not isinstance(info.features[text], tfds.features.Text)
        or feature.shape
        or ("int" not in str(feature.np_dtype))
    ):
        raise InputError(f"tfds:{name}: {text!r} and {label!r} are not a text and a class")
    return text, label


def _read(tfds, builder, split, text, label, source):
    names = getattr(builder.info.features[label], "names", None)
    texts, labels, empty = [], [], 0
    for row, example in enumerate(tfds.as_numpy(builder.as_dataset(split=split))):
        value = int(example[label])
        if value == _NO_LABEL:
            return None
        try:
            decoded = example[text].decode("utf-8").strip()
        except UnicodeDecodeError as error:
            raise InputError(
                f"{source}: example {row + 1} is not valid UTF-8 at byte {error.start + 1}"
            ) from None
        if decoded:
            texts.append(decoded)
            labels.append(names[value] if names else str(value))
        else:
            empty += 1
    left_out = f", empty texts left out: {empty}" if empty else ""
    return LabeledText(texts, labels, f"{source} (text: {text}, label: {label}{left_out})")
