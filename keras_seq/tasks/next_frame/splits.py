"""The clips that the shared flags ask for."""

from pathlib import Path

from keras_seq.tasks.next_frame.clips import Clips, split_films
from keras_seq.tasks.next_frame.files import read_films
from keras_seq.tasks.next_frame.mnist_idx import is_idx_images
from keras_seq.tasks.next_frame.moving_mnist import (
    SIZES,
    MovingDigits,
    digit_images,
    read_digits,
    split_digits,
)
from keras_seq.tasks.next_frame.tfds import load_tfds_frames

MNIST_SIZES = {"train": 6000, "validation": 200, "test": 1000}


def films(config, given, horizon, pool=1, scale=None):
    """Training, validation and test clips as `--data`, `--validation` and `--test` name them.

    Without validation or test data a set of TensorFlow Datasets gives its own split of that name;
    else a tenth of the films, or of the time of each, is held out for each of them. No two splits
    share a frame, or a digit where digits of a file are set in motion. What the numbers are divided
    by is decided by the training data, and one for all.

    Args:
        config: `Settings`.
        given: frames of a clip that are given.
        horizon: frames of a clip that are to be predicted.
        pool: read means of `pool` by `pool` pixels.
        scale: what the values of films in files are divided by; None: as they show.

    Returns:
        Dictionary of "train", "validation" and "test" -> `Clips` or `MovingDigits`.

    Raises:
        ValueError: a file is not there or not as it must be.
        DataUnavailable: a data set cannot be had.

    Example:

    >>> from keras_seq.tasks.next_frame.splits import films
    >>> from keras_seq.training.config import Settings
    >>> splits = films(Settings(max_examples=100), given=10, horizon=10)
           train: 100 clips of 20 frames of 64 x 64 (embedded digits, 2 moving, seed 0: train)
      validation: 100 clips of 20 frames of 64 x 64 (embedded digits, 2 moving, seed 0: validation)
            test: 100 clips of 20 frames of 64 x 64 (embedded digits, 2 moving, seed 0: test)
    """
    length, most = given + horizon, config.max_examples

    def of_digits(images, split, sizes, source):
        # There is no end of them: to train on, as many are made as are asked for.
        count = most if most and split == "train" else min(most or sizes[split], sizes[split])
        return MovingDigits(images, length, split, 0, count, source=source)

    def whole(films, source):
        return Clips([(film, 0, len(film)) for film in films], length, horizon, source)

    paths = {"validation": config.validation, "test": config.test}
    needed = [name for name, path in paths.items() if path is None]
    found = None
    if config.data == "embedded":
        images = dict.fromkeys(SIZES, digit_images())
        splits = {n: of_digits(images[n], n, SIZES, "embedded digits") for n in ("train", *needed)}
    elif Path(config.data).is_file() and is_idx_images(config.data):
        images = split_digits(read_digits(config.data))
        splits = {n: of_digits(images[n], n, MNIST_SIZES, config.data) for n in ("train", *needed)}
    elif config.data.startswith("tfds:"):
        own = load_tfds_frames(config.data.removeprefix("tfds:"), pool=pool, held_out=needed)
        # Moving MNIST has a split `test` and no other.
        (_, (found, source)), *others = own.items()
        rest = [name for name in needed if name not in dict(others)]
        splits = split_films(found, length, horizon, source, rest)
        splits |= {name: whole(*each) for name, each in others}
    else:
        found, source = read_films(config.data, pool, scale=scale)
        splits = split_films(found, length, horizon, source, needed)
    for name, path in paths.items():
        if path is None:
            continue
        if is_idx_images(path):
            splits[name] = of_digits(read_digits(path), name, MNIST_SIZES, path)
        else:
            other, source = read_films(path, pool, found and found[0], scale)
            splits[name] = whole(other, source)
            found = found or other
    splits = {name: splits[name] for name in ("train", "validation", "test")}
    for name, clips in splits.items():
        if most is not None and isinstance(clips, Clips):
            clips.some(most)
        H, W, C = clips.frame_shape
        size = f"{W} x {H}" + (f" in {C} channels" if C > 1 else "")
        if clips.frame_shape != splits["train"].frame_shape:
            raise ValueError(f"{clips.source}: frames of {size} where training has others")
        print(f"{name:>12}: {len(clips)} clips of {length} frames of {size} ({clips.source})")
    return splits
