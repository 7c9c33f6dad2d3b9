"""The clips that the shared flags ask for."""

from pathlib import Path

from keras_seq.data import MovingDigits, load_tfds_frames, read_films, split_films
from keras_seq.data.clips import Clips
from keras_seq.data.idx import is_idx_images, read_idx_images
from keras_seq.data.moving_digits import SIZES, digit_images, split_digits

MNIST_SIZES = {"train": 6000, "validation": 200, "test": 1000}


def films(config, given, horizon, pool=1):
    """Training, validation and test clips as `--data`, `--validation` and `--test` name them.

    Without validation or test data a tenth of the films, or of the time of each, is held out for
    each of them. No two splits share a frame, or a digit where digits of a file are set in motion.

    Args:
        config: `Settings`.
        given: frames of a clip that are given.
        horizon: frames of a clip that are to be predicted.
        pool: read means of `pool` by `pool` pixels.

    Returns:
        Dictionary of "train", "validation" and "test" -> `Clips` or `MovingDigits`.

    Raises:
        ValueError: a file is not there or not as it must be.
        DataUnavailable: a data set cannot be had.

    Example:

    >>> from keras_seq.recipe import Settings, films
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

    def held_out(path, name):
        """A file of its own: all of it."""
        if is_idx_images(path):
            return of_digits(read_idx_images(path), name, MNIST_SIZES, path)
        found, source = read_films(path, pool)
        return Clips([(film, 0, len(film)) for film in found], length, horizon, source)

    others = {
        name: held_out(path, name)
        for name, path in (("validation", config.validation), ("test", config.test))
        if path is not None
    }
    needed = [name for name in ("validation", "test") if name not in others]
    if config.data == "embedded":
        images = dict.fromkeys(SIZES, digit_images())
        splits = {n: of_digits(images[n], n, SIZES, "embedded digits") for n in ("train", *needed)}
    elif Path(config.data).is_file() and is_idx_images(config.data):
        images = split_digits(read_idx_images(config.data))
        splits = {n: of_digits(images[n], n, MNIST_SIZES, config.data) for n in ("train", *needed)}
    elif config.data.startswith("tfds:"):
        found = load_tfds_frames(config.data.removeprefix("tfds:"), pool=pool)
        # Moving MNIST has a split `test` and no other.
        name = "train" if "train" in found else next(iter(found))
        splits = split_films(found[name][0], length, horizon, found[name][1], needed)
    else:
        found, source = read_films(config.data, pool)
        splits = split_films(found, length, horizon, source, needed)
    splits = {name: (splits | others)[name] for name in ("train", "validation", "test")}
    for name, clips in splits.items():
        if most is not None and isinstance(clips, Clips):
            clips.some(most)
        H, W, C = clips.frame_shape
        size = f"{W} x {H}" + (f" in {C} channels" if C > 1 else "")
        if clips.frame_shape != splits["train"].frame_shape:
            raise ValueError(f"{clips.source}: frames of {size} where training has others")
        print(f"{name:>12}: {len(clips)} clips of {length} frames of {size} ({clips.source})")
    return splits
