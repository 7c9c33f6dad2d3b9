"""What the numbers of films are divided by, so that all of them lie in [0, 1]."""

import dataclasses

import numpy as np

ROUNDING = 1e-3  # so far out of [0, 1] is rounding, not another scale
_CHUNK_BYTES = 2**24
_DOUBTFUL = 2  # up to here it may be [0, 1] that was left a little, or little of [0, 255]


@dataclasses.dataclass(frozen=True)
class Span:
    """The least and the greatest number of a film, and where they are."""

    kind: str
    low: float
    high: float
    lowest: str
    highest: str


def kind_of(values):
    """What sort of numbers an array holds, in a word."""
    if values.dtype.kind == "f":
        return "floats"
    return "bytes" if values.dtype == np.uint8 else str(values.dtype.newbyteorder("="))


def span_of(values, name, mask=None, frames=None):
    """The `Span` of a film; all its numbers are read once, in pieces, unless they are bytes.

    Args:
        values: array of numbers, (T, H, W, C).
        name: of the film, for messages.
        mask: as in `Film`: what is not to be seen does not count.
        frames: what messages call each frame; None: the name and the frame's number.

    Raises:
        ValueError: no numbers, or a NaN or an infinity where there is something to see.

    Example:

    >>> from keras_seq.tasks.next_frame.value_range import span_of
    >>> span_of(np.array([0.5, 9, 2]).reshape(3, 1, 1, 1), "film.npy").highest
    'film.npy, frame 1'
    """
    if kind_of(values) in ("bool", "bytes"):
        return Span(kind_of(values), 0, 1 if values.dtype == bool else 255, name, name)
    if values.dtype.kind not in "iuf":
        raise ValueError(f"{name}: frames must be numbers, they are of dtype {values.dtype}")
    span = Span(kind_of(values), np.inf, -np.inf, name, name)

    def called(frame):
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
            raise ValueError(f"{called(start + frame)}: there is {what} in row {y}, column {x}")
        low, high = float(seen.min()), float(seen.max())
        if low < span.low:
            where = called(start + int(seen.min(axis=(1, 2, 3)).argmin()))
            span = dataclasses.replace(span, low=low, lowest=where)
        if high > span.high:
            where = called(start + int(seen.max(axis=(1, 2, 3)).argmax()))
            span = dataclasses.replace(span, high=high, highest=where)
    return span


def scale_of(spans):
    """What the numbers of films have to be divided by to be in [0, 1], and that in words.

    It is one for all of them: what is dark beside the others stays dark.

    Args:
        spans: list of `Span`.

    Returns:
        `(scale, words)`.

    Raises:
        ValueError: numbers that are neither in [0, 1] nor in [0, 255], nor uint16, that might be
            either, or films of which some are in [0, 1] and others are not.

    Example:

    >>> from keras_seq.tasks.next_frame.value_range import scale_of, span_of
    >>> scale_of([span_of(np.zeros((9, 4, 4, 1), "uint8"), "film.npy")])
    (255.0, 'bytes, divided by 255')
    >>> films = np.array([[0.0, 0.8], [0, 200]]).reshape(2, 2, 1, 1, 1)
    >>> scale_of([span_of(film, "film.npy") for film in films])
    (255.0, 'values up to 200, divided by 255')
    """
    wanted, words = None, []
    for kind in dict.fromkeys(span.kind for span in spans):
        some = [span for span in spans if span.kind == kind]
        scale, said = _scale_of_kind(kind, some)
        wanted = wanted or scale
        _same(scale, some[0], wanted, f"those of {spans[0].highest}")
        words.append(said)
    return wanted, "; ".join(words)


def shared_scale(spans, scale, kind):
    """The words of `scale_of` for films that take the scale of the training data.

    Args:
        spans: list of `Span`.
        scale: of the training data.
        kind: `Span.kind` of the training data.

    Raises:
        ValueError: divided by `scale` these are not in [0, 1], or they are numbers of another kind
            and of another scale.

    Example:

    >>> from keras_seq.tasks.next_frame.value_range import shared_scale, span_of
    >>> dry = span_of(np.array([0.0, 0.8]).reshape(2, 1, 1, 1), "dry.npy")
    >>> shared_scale([dry], 255.0, "floats")
    'values up to 0.8, divided by 255 as the training data'
    """
    _within(spans, scale, "as those of the training data are")
    others = [span for span in spans if span.kind != kind and span.high > 0]
    if others:
        _same(scale_of(others)[0], others[0], scale, "the training data")
    high = max(span.high for span in spans)
    what = "bytes" if {span.kind for span in spans} == {"bytes"} else f"values up to {high:g}"
    return f"{what}, divided by {scale:g} as the training data"


def given_scale(spans, scale):
    """The words of `scale_of` for a scale that the user gives.

    Raises:
        ValueError: divided by `scale` a value is not in [0, 1].

    Example:

    >>> from keras_seq.tasks.next_frame.value_range import given_scale, span_of
    >>> given_scale([span_of(np.array([0.0, 3.3]).reshape(2, 1, 1, 1), "rain.npy")], 5)
    'divided by 5'
    """
    _within(spans, scale, "with this scale")
    return f"divided by {scale:g}"


def _within(spans, scale, why):
    for span in spans:
        for value, where in ((span.low, span.lowest), (span.high, span.highest)):
            if not -ROUNDING <= value / scale <= 1 + ROUNDING:
                what = "these are bytes" if span.kind == "bytes" else f"there is {value:g}"
                raise ValueError(f"{where}: values must be in [0, {scale:g}] {why}, {what}")


def _same(scale, span, wanted, whose):
    if scale != wanted:
        raise ValueError(
            f"{span.highest}: its {span.kind} are in [0, {scale:g}] and {whose} in "
            f"[0, {wanted:g}]: bring them to one scale"
        )


def _scale_of_kind(kind, spans):
    if kind == "bool":
        return 1.0, "0 or 1"
    if kind == "bytes":
        return 255.0, "bytes, divided by 255"
    least = min(spans, key=lambda span: span.low)
    most = max(spans, key=lambda span: span.high)
    low, high = least.low, most.high
    if low >= -ROUNDING and kind == "uint16" and high > 255:
        # Devices of 10, 12 or 14 bits write 16, the first of which are 0.
        bits = next(bits for bits in (10, 12, 14, 16) if high < 2**bits)
        return 2.0**bits - 1, f"uint16 up to {high:g}, divided by {2**bits - 1}"
    if low < -ROUNDING or high > 255:
        where = least.lowest if low < -ROUNDING else most.highest
        raise ValueError(
            f"{where}: frames must have values in [0, 1] or [0, 255], these are from {low:g} to "
            f"{high:g}"
        )
    if 1 + ROUNDING < high <= _DOUBTFUL:
        raise ValueError(
            f"{most.highest}: the greatest value is {high:g}, where [0, 1] or [0, 255] is needed: "
            "clip the values to [0, 1], or give the scale that they are to be divided by"
        )
    if high > 1 + ROUNDING:
        return 255.0, f"values up to {high:g}, divided by 255"
    return 1.0, "values in [0, 1]"
