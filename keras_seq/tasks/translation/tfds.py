"""Pairs of sentences from TensorFlow Datasets."""

from pathlib import Path

from keras_seq.data.tfds import prepared_builder
from keras_seq.errors import InputError
from keras_seq.tasks.translation.data import ParallelText, make_parallel_text


def load_tfds_pairs(
    name: str, data_dir: str | Path | None = None, strict: bool = False
) -> dict[str, ParallelText]:
    """The splits of a data set of TensorFlow Datasets with sentences and their translations.

    The data set gives the direction. If it does not, the source is the text whose name is first in
    alphabetical order.

    Args:
        name: name for `tfds.load`: `ted_hrlr_translate/pt_to_en`, `wmt14_translate/de-en`.
        data_dir: the folder of prepared data sets; None: the default of TensorFlow Datasets.
        strict: reject pairs with an empty side, which are otherwise skipped and counted.

    Returns:
        Dictionary of split name -> `ParallelText`.

    Raises:
        DataUnavailable: tensorflow-datasets is not installed, or the data set is not prepared and
            cannot be downloaded.
        InputError: there is no such data set, it does not have two texts, or it is damaged.

    Example:

    >>> name = "ted_hrlr_translate/pt_to_en"
    >>> splits = keras_seq.tasks.translation.load_tfds_pairs(name)  # doctest: +SKIP
    """
    tfds, builder = prepared_builder(name, data_dir)
    sides = _sides(tfds, builder.info, name)
    return {
        split: _read(tfds, builder, split, sides, f"tfds:{name} {split}", strict)
        for split in builder.info.splits
    }


def _sides(tfds, info, name):
    """The names of the features of source and target."""
    # Sorted, because a data set that was read from disk has its features in any order.
    names = sorted(info.features)
    texts = [key for key in names if isinstance(info.features[key], tfds.features.Text)]
    keys = info.supervised_keys
    if isinstance(keys, tuple) and len(keys) == 2 and set(keys) <= set(texts):
        return keys
    if len(texts) != 2:
        raise InputError(f"tfds:{name}: two texts are needed, its features are {', '.join(names)}")
    return tuple(texts)


def _read(tfds, builder, split, sides, source, strict):
    pairs = []
    for row, example in enumerate(tfds.as_numpy(builder.as_dataset(split=split)), 1):
        try:
            pairs.append([example[side].decode("utf-8") for side in sides])
        except UnicodeDecodeError:
            raise InputError(f"{source}: example {row} is not valid UTF-8") from None
    return make_parallel_text(
        pairs, f"{source} ({sides[0]} to {sides[1]})", strict, [f"{source}: example "] * 2
    )
