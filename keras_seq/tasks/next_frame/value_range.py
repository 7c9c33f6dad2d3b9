"""The range of the values of videos, and the divisor that maps them to [0, 1]."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from keras_seq.errors import InputError

ROUNDING = 1e-3  # values so little outside [0, 1] are rounding errors
_CHUNK_BYTES = 2**24
_DOUBTFUL = 2  # up to this maximum, both [0, 1] and [0, 255] are possible


@dataclasses.dataclass(frozen=True)
class ValueRange:
    """The smallest and the largest value of a video, and their frames.

    Args:
        kind: the type of the numbers, as `number_type` names it.
        low, high: the smallest and the largest value.
        lowest, highest: the names of the frames with these values, for error messages.
    """

    kind: str
    low: float
    high: float
    lowest: str
    highest: str


def number_type(values: np.ndarray) -> str:
    """The type of the numbers of an array, in one word.

    Example:

    >>> [number_type(np.zeros(2, dtype)) for dtype in ("float32", "uint8", "int64")]
    ['floats', 'bytes', 'int64']
    """
    if values.dtype.kind == "f":
        return "floats"
    return "bytes" if values.dtype == np.uint8 else str(values.dtype.newbyteorder("="))


def measure_range(
    values: np.ndarray,
    name: str,
    mask: np.ndarray | None = None,
    frames: Sequence[str] | None = None,
) -> ValueRange:
    """The `ValueRange` of a video. All values are read once, in parts, unless they are bytes.

    Args:
        values: array of numbers, (T, H, W, C).
        name: name of the video, for error messages.
        mask: as in `Video`; masked pixels do not count.
        frames: the name of each frame in error messages; None: `name` and the number.

    Raises:
        InputError: the values are not numbers, or an unmasked value is NaN or infinite.

    Example:

    >>> from keras_seq.tasks.next_frame.value_range import measure_range
    >>> measure_range(np.array([0.5, 9, 2]).reshape(3, 1, 1, 1), "film.npy").highest
    'film.npy, frame 1'
    """
    if number_type(values) in ("bool", "bytes"):
        return ValueRange(number_type(values), 0, 1 if values.dtype == bool else 255, name, name)
    if values.dtype.kind not in "iuf":
        raise InputError(f"{name}: frames must be numbers, they are of dtype {values.dtype}")
    value_range = ValueRange(number_type(values), np.inf, -np.inf, name, name)

    def frame_name(frame):
        return frames[frame] if frames else f"{name}, frame {frame}"

    step = max(1, _CHUNK_BYTES // max(1, values[0].nbytes))
    for start in range(0, len(values), step):
        seen = np.asarray(values[start : start + step])
        if mask is not None:
            here = np.asarray(mask if mask.ndim == 2 else mask[start : start + step], bool)
            seen = np.where(here[..., None], seen, np.zeros((), seen.dtype))
        wrong = ~np.isfinite(seen)
        if wrong.any():
            frame, y, x, _ = np.argwhere(wrong)[0]
            what = "a NaN" if np.isnan(seen[wrong][0]) else "an infinity"
            raise InputError(f"{frame_name(start + frame)}: there is {what} in row {y}, column {x}")
        low, high = float(seen.min()), float(seen.max())
        if low < value_range.low:
            where = frame_name(start + int(seen.min(axis=(1, 2, 3)).argmin()))
            value_range = dataclasses.replace(value_range, low=low, lowest=where)
        if high > value_range.high:
            where = frame_name(start + int(seen.max(axis=(1, 2, 3)).argmax()))
            value_range = dataclasses.replace(value_range, high=high, highest=where)
    return value_range


def infer_scale(ranges: Sequence[ValueRange]) -> tuple[float, str]:
    """The divisor that maps the values of videos to [0, 1], and its description.

    All videos have the same divisor, so that dark videos stay darker than bright ones.

    Args:
        ranges: list of `ValueRange`.

    Returns:
        `(scale, description)`.

    Raises:
        InputError: values are neither in [0, 1] nor in [0, 255] nor uint16, or both of the first
            two are possible, or some videos are in [0, 1] and others are not.

    Example:

    >>> from keras_seq.tasks.next_frame.value_range import infer_scale, measure_range
    >>> infer_scale([measure_range(np.zeros((9, 4, 4, 1), "uint8"), "film.npy")])
    (255.0, 'bytes, divided by 255')
    >>> videos = np.array([[0.0, 0.8], [0, 200]]).reshape(2, 2, 1, 1, 1)
    >>> infer_scale([measure_range(video, "film.npy") for video in videos])
    (255.0, 'values up to 200, divided by 255')
    """
    wanted, descriptions = None, []
    for kind in dict.fromkeys(each.kind for each in ranges):
        some = [each for each in ranges if each.kind == kind]
        scale, description = _scale_of_kind(kind, some)
        wanted = wanted or scale
        _check_same(scale, some[0], wanted, f"those of {ranges[0].highest}")
        descriptions.append(description)
    return wanted, "; ".join(descriptions)


def describe_shared_scale(ranges: Sequence[ValueRange], scale: float, kind: str) -> str:
    """Check and describe the scale of videos that use the scale of the training data.

    Args:
        ranges: list of `ValueRange`.
        scale: scale of the training data.
        kind: `ValueRange.kind` of the training data.

    Raises:
        InputError: the values divided by `scale` are not in [0, 1], or they have another kind and
            another scale.

    Example:

    >>> from keras_seq.tasks.next_frame.value_range import describe_shared_scale, measure_range
    >>> dry = measure_range(np.array([0.0, 0.8]).reshape(2, 1, 1, 1), "dry.npy")
    >>> describe_shared_scale([dry], 255.0, "floats")
    'values up to 0.8, divided by 255 as the training data'
    """
    _check_within(ranges, scale, "as those of the training data are")
    others = [each for each in ranges if each.kind != kind and each.high > 0]
    if others:
        _check_same(infer_scale(others)[0], others[0], scale, "the training data")
    high = max(each.high for each in ranges)
    what = "bytes" if {each.kind for each in ranges} == {"bytes"} else f"values up to {high:g}"
    return f"{what}, divided by {scale:g} as the training data"


def describe_given_scale(ranges: Sequence[ValueRange], scale: float) -> str:
    """Check and describe a scale given by the user.

    Raises:
        InputError: a value divided by `scale` is not in [0, 1].

    Example:

    >>> from keras_seq.tasks.next_frame.value_range import describe_given_scale, measure_range
    >>> rain = measure_range(np.array([0.0, 3.3]).reshape(2, 1, 1, 1), "rain.npy")
    >>> describe_given_scale([rain], 5)
    'divided by 5'
    """
    _check_within(ranges, scale, "with this scale")
    return f"divided by {scale:g}"


def _check_within(ranges, scale, why):
    for each in ranges:
        for value, where in ((each.low, each.lowest), (each.high, each.highest)):
            if not -ROUNDING <= value / scale <= 1 + ROUNDING:
                what = "these are bytes" if each.kind == "bytes" else f"there is {value:g}"
                raise InputError(f"{where}: values must be in [0, {scale:g}] {why}, {what}")


def _check_same(scale, each, wanted, whose):
    if scale != wanted:
        raise InputError(
            f"{each.highest}: its {each.kind} are in [0, {scale:g}] and {whose} in "
            f"[0, {wanted:g}]: bring them to one scale"
        )


def _scale_of_kind(kind, ranges):
    if kind == "bool":
        return 1.0, "0 or 1"
    if kind == "bytes":
        return 255.0, "bytes, divided by 255"
    least = min(ranges, key=lambda each: each.low)
    most = max(ranges, key=lambda each: each.high)
    low, high = least.low, most.high
    if low >= -ROUNDING and kind == "uint16" and high > 255:
        # Devices with 10, 12 or 14 bits write 16 bits, of which the first are 0.
        bits = next(bits for bits in (10, 12, 14, 16) if high < 2**bits)
        return 2.0**bits - 1, f"uint16 up to {high:g}, divided by {2**bits - 1}"
    if low < -ROUNDING or high > 255:
        where = least.lowest if low < -ROUNDING else most.highest
        raise InputError(
            f"{where}: frames must have values in [0, 1] or [0, 255], these are from {low:g} to "
            f"{high:g}"
        )
    if 1 + ROUNDING < high <= _DOUBTFUL:
        raise InputError(
            f"{most.highest}: the greatest value is {high:g}, where [0, 1] or [0, 255] is needed: "
            "clip the values to [0, 1], or give the scale that they are to be divided by"
        )
    if high > 1 + ROUNDING:
        return 255.0, f"values up to {high:g}, divided by 255"
    return 1.0, "values in [0, 1]"
