"""Films from TensorFlow Datasets."""

import numpy as np

from keras_seq.data.tfds import prepared_builder
from keras_seq.tasks.next_frame.disk_buffer import Spool
from keras_seq.tasks.next_frame.value_range import kind_of, scale_of, shared_scale, span_of
from keras_seq.tasks.next_frame.video import Film


def load_tfds_frames(name, data_dir=None, pool=1, held_out=("validation", "test")):
    """The films of a set of TensorFlow Datasets, such as `moving_mnist`.

    The set is read through a temporary file: it may be larger than the memory.

    Args:
        name: as `tfds.load` takes it, of a set with one feature of shape (T, H, W, C).
        data_dir: the folder of prepared sets; None is TensorFlow Datasets' own choice.
        pool: see `Film`.
        held_out: names of the splits that are read beside `train`, where there are such.

    Returns:
        Dictionary of split name -> `(films, source)`, as `read_films` gives them, `train` first; a
        set without that: its first split. All have the scale of the first.

    Raises:
        DataUnavailable: tensorflow-datasets is not installed, or the set is neither prepared nor
            to be downloaded.
        ValueError: no such set, or none of films.
    """
    tfds, builder = prepared_builder(name, data_dir)
    features = builder.info.features
    videos = [key for key, feature in features.items() if len(feature.shape or ()) == 4]
    if len(videos) != 1:
        raise ValueError(
            f"tfds:{name}: one feature of shape (T, H, W, C) is needed, its features are "
            f"{', '.join(features)}"
        )
    splits = list(builder.info.splits)
    first = "train" if "train" in splits else splits[0]
    found, like = {}, None
    for split in dict.fromkeys([first, *held_out]):
        if split in splits:
            source = f"tfds:{name} {split}"
            found[split] = _read(tfds, builder, split, videos[0], source, pool, like)
            like = like or found[split][0][0]
    return found


def _read(tfds, builder, split, video, source, pool, like):
    spool, ends = Spool(source), [0]
    for number, example in enumerate(tfds.as_numpy(builder.as_dataset(split=split))):
        for frame in np.asarray(example[video]):
            spool.add(frame, f"film {number}")
        ends.append(ends[-1] + len(example[video]))
    frames = spool.frames()
    spans = [span_of(frames, source)]
    if like is None:
        scale, words = scale_of(spans)
    else:
        scale, words = like.scale, shared_scale(spans, like.scale, kind_of(like.values))
    films = [
        Film(frames[start:stop], scale, None, pool, f"{source}, film {number}")
        for number, (start, stop) in enumerate(zip(ends, ends[1:], strict=False))
    ]
    return films, f"{source}: {len(films)} films, {words}"
