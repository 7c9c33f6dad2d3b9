"""The clips of videos from the flags of a recipe."""

from pathlib import Path

from keras_seq.errors import InputError
from keras_seq.tasks.next_frame.clips import Clips, split_videos
from keras_seq.tasks.next_frame.files import read_videos
from keras_seq.tasks.next_frame.frame_size import spelled_size
from keras_seq.tasks.next_frame.mnist_idx import is_idx_images
from keras_seq.tasks.next_frame.moving_mnist import (
    SIZES,
    MovingDigits,
    digit_images,
    read_digits,
    split_digits,
)
from keras_seq.tasks.next_frame.tfds import load_tfds_frames
from keras_seq.training.config import Settings
from keras_seq.training.splits import load_splits, refuse_unread_flags

MNIST_SIZES = {"train": 6000, "validation": 200, "test": 1000}


def video_splits(
    config: Settings,
    given: int,
    horizon: int,
    pool: int = 1,
    scale: float | None = None,
    any_size: bool = False,
) -> dict[str, Clips | MovingDigits]:
    """Load the training, validation and test clips of `--data`, `--validation` and `--test`.

    Without validation or test data the split of that name of TensorFlow Datasets is used;
    otherwise a tenth of the videos, or of the time of each video, is held out for each. No two
    splits share a frame, or a digit if MNIST digits are animated. The training data determine the
    divisor of the values of all splits.

    Args:
        config: `Settings`.
        given: frames of a clip that are given.
        horizon: frames of a clip that are to be predicted.
        pool: read means of `pool` by `pool` pixels.
        scale: what the values of videos in files are divided by; None: what the values show.
        any_size: whether the splits may have frames of different sizes.

    Returns:
        Dictionary of "train", "validation" and "test" -> `Clips` or `MovingDigits`.

    Raises:
        InputError: a file does not exist or is malformed.
        DataUnavailable: a data set cannot be loaded.

    Example:

    >>> from keras_seq.tasks.next_frame.splits import video_splits
    >>> from keras_seq.training.config import Settings
    >>> splits = video_splits(Settings(max_examples=100), given=10, horizon=10)
           train: 100 clips of 20 frames of height 64 and width 64
           (embedded digits, 2 moving, seed 0: train)
      validation: 100 clips of 20 frames of height 64 and width 64
           (embedded digits, 2 moving, seed 0: validation)
            test: 100 clips of 20 frames of height 64 and width 64
           (embedded digits, 2 moving, seed 0: test)
    """
    of_embedded = {"pool": None if pool == 1 else pool} if config.data == "embedded" else {}
    refuse_unread_flags(config, scale=scale, **of_embedded)
    length, most = given + horizon, config.max_examples
    missing = [name for name in ("validation", "test") if getattr(config, name) is None]
    first = None  # the first video that was read, which determines the scale

    def of_digits(images, split, sizes, source):
        # The number of clips of digits is unlimited; `--max-examples` sets the number for training.
        count = most if most and split == "train" else min(most or sizes[split], sizes[split])
        return MovingDigits(images, length, split, 0, count, source=source)

    def whole(videos, source):
        return Clips([(video, 0, len(video)) for video in videos], length, horizon, source)

    def embedded():
        images = digit_images()
        names = ("train", *missing)
        return {name: of_digits(images, name, SIZES, "embedded digits") for name in names}

    def from_tfds(name):
        nonlocal first
        # Moving MNIST has only a split `test`, so the first split is used for training.
        (_, (videos, source)), *others = load_tfds_frames(name, pool=pool, held_out=missing).items()
        first = videos[0]
        held_out = [name for name in missing if name not in dict(others)]
        splits = split_videos(videos, length, horizon, source, held_out)
        return splits | {name: whole(*each) for name, each in others}

    def from_file(path):
        nonlocal first
        if Path(path).is_file() and is_idx_images(path):
            images = split_digits(read_digits(path))
            names = ("train", *missing)
            return {name: of_digits(images[name], name, MNIST_SIZES, path) for name in names}
        videos, source = read_videos(path, pool, scale=scale)
        first = videos[0]
        return split_videos(videos, length, horizon, source, missing)

    def read(name, path, splits):
        nonlocal first
        if is_idx_images(path):
            return of_digits(read_digits(path), name, MNIST_SIZES, path)
        videos, source = read_videos(path, pool, first, scale)
        first = first or videos[0]
        return whole(videos, source)

    splits = load_splits(
        config,
        embedded=embedded,
        from_tfds=from_tfds,
        from_file=from_file,
        read=read,
        limit=lambda clips, count: clips.subsample(count) if isinstance(clips, Clips) else clips,
        describe=lambda clips: (
            f"{len(clips)} clips of {length} frames of {spelled_size(*clips.frame_shape)} "
            f"({clips.source})"
        ),
    )
    for clips in splits.values():
        train, other = splits["train"].frame_shape, clips.frame_shape
        if other[any_size and 2 :] != train[any_size and 2 :]:
            raise InputError(
                f"{clips.source}: frames of {spelled_size(*other)}, where those of the training "
                f"are of {spelled_size(*train)}"
            )
    return splits
