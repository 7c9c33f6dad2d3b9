"""Videos from TensorFlow Datasets."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keras_seq.data.tfds import prepared_builder
from keras_seq.errors import InputError
from keras_seq.tasks.next_frame.disk_buffer import DiskBuffer
from keras_seq.tasks.next_frame.value_range import (
    describe_shared_scale,
    infer_scale,
    measure_range,
    number_type,
)
from keras_seq.tasks.next_frame.video import Video


def load_tfds_frames(
    name: str,
    data_dir: str | Path | None = None,
    pool: int = 1,
    held_out: Sequence[str] = ("validation", "test"),
) -> dict[str, tuple[list[Video], str]]:
    """The videos of a data set of TensorFlow Datasets, such as `moving_mnist`.

    The data set is read through a temporary file, so it may be larger than the memory.

    Args:
        name: name for `tfds.load`; the data set has one feature of shape (T, H, W, C).
        data_dir: the folder of prepared data sets; None: the default of TensorFlow Datasets.
        pool: see `Video`.
        held_out: names of the splits that are read besides `train`, if the data set has them.

    Returns:
        Dictionary of split name -> `(videos, source)` as from `read_videos`. The first split is
            `train`, or the first one of a data set without `train`; its scale is used for all.

    Raises:
        DataUnavailable: tensorflow-datasets is not installed, or the data set is not prepared and
            cannot be downloaded.
        InputError: there is no such data set, or it has no videos.

    Example:

    >>> splits = keras_seq.tasks.next_frame.load_tfds_frames("moving_mnist")  # doctest: +SKIP
    """
    tfds, builder = prepared_builder(name, data_dir)
    features = builder.info.features
    fields = [key for key, feature in features.items() if len(feature.shape or ()) == 4]
    if len(fields) != 1:
        raise InputError(
            f"tfds:{name}: one feature of shape (T, H, W, C) is needed, its features are "
            f"{', '.join(features)}"
        )
    splits = list(builder.info.splits)
    first = "train" if "train" in splits else splits[0]
    found, like = {}, None
    for split in dict.fromkeys([first, *held_out]):
        if split in splits:
            source = f"tfds:{name} {split}"
            found[split] = _read(tfds, builder, split, fields[0], source, pool, like)
            like = like or found[split][0][0]
    return found


def _read(tfds, builder, split, field, source, pool, like):
    buffer, ends = DiskBuffer(source), [0]
    for number, example in enumerate(tfds.as_numpy(builder.as_dataset(split=split))):
        for frame in np.asarray(example[field]):
            buffer.add(frame, f"video {number}")
        ends.append(ends[-1] + len(example[field]))
    frames = buffer.frames()
    ranges = [measure_range(frames, source)]
    if like is None:
        scale, words = infer_scale(ranges)
    else:
        scale = like.scale
        words = describe_shared_scale(ranges, scale, number_type(like.values))
    videos = [
        Video(frames[start:stop], scale, None, pool, f"{source}, video {number}")
        for number, (start, stop) in enumerate(zip(ends, ends[1:], strict=False))
    ]
    return videos, f"{source}: {len(videos)} videos, {words}"
