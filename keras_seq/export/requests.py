"""Checks of requests inside the graph of a served model; their errors name the input."""

from typing import Any

# A recurrent model took over a minute for a text of ten times this size.
MOST_BYTES = 100_000


def checked_texts(texts: Any, name: str = "text", axes: str = "B") -> Any:
    """A tensor of strings, or an error of TensorFlow that names the input.

    Args:
        texts: string tensor, as a signature takes it.
        name: name of the input.
        axes: a letter for each axis, separated by blanks.

    Returns:
        `texts`, which must have these axes and strings of at most `MOST_BYTES` bytes.

    Example:

    >>> import tensorflow as tf
    >>> from keras_seq.export.requests import checked_texts
    >>> checked_texts(tf.constant(["I like it"])).shape
    TensorShape([1])
    """
    import tensorflow as tf

    with tf.control_dependencies([_assert_rank(texts, name, axes)]):
        longest = tf.reduce_max(tf.concat([[0], tf.strings.length(tf.reshape(texts, [-1]))], 0))
    words = f"`{name}` must hold strings of at most {MOST_BYTES} bytes. Received one of"
    short = tf.debugging.Assert(longest <= MOST_BYTES, [words, longest])
    with tf.control_dependencies([short]):
        return tf.ensure_shape(tf.identity(texts), [None] * len(axes.split()))


def checked_frames(frames: Any, frame_shape: tuple[int | None, ...], margin: float) -> Any:
    """A tensor of videos with values in [0, 1], or an error of TensorFlow that names the input.

    Args:
        frames: float tensor, as a signature takes it.
        frame_shape: (H, W, C) of the model; None where it takes any size.
        margin: how far outside [0, 1] a value may be, because of rounding.

    Returns:
        `frames`, which must be of shape (B, T, H, W, C), cut to [0, 1].

    Example:

    >>> import tensorflow as tf
    >>> from keras_seq.export.requests import checked_frames
    >>> checked_frames(tf.zeros([1, 2, 4, 4, 1]), (4, 4, 1), margin=0.0).shape
    TensorShape([1, 2, 4, 4, 1])
    """
    import tensorflow as tf

    with tf.control_dependencies([_assert_rank(frames, "frames", "B T H W C")]):
        shape = _any_shape(frames)[2:]
    known = {name: size for name, size in zip("HWC", frame_shape, strict=True) if size is not None}
    wanted = ", ".join(f"{name}={size}" for name, size in known.items())
    words = f"`frames` must be of shape (B, T, H, W, C) with {wanted}. Received"
    fits = tf.reduce_all([shape["HWC".index(name)] == size for name, size in known.items()])
    with tf.control_dependencies([tf.debugging.Assert(fits, [words, _any_shape(frames)])]):
        ends = tf.reduce_min(frames), tf.reduce_max(frames)
    # NaN fails both comparisons. Without a frame the minimum is inf and the maximum is -inf, which
    # pass both.
    inside = (ends[0] >= -margin) & (ends[1] <= 1 + margin)
    words = "`frames` must have values in [0, 1]. Received from and to"
    with tf.control_dependencies([tf.debugging.Assert(inside, [words, *ends])]):
        frames = tf.clip_by_value(frames, 0.0, 1.0)
    return tf.ensure_shape(frames, [None, None, *frame_shape])


def _assert_rank(tensor, name, axes):
    import tensorflow as tf

    axes = axes.split()
    words = f"`{name}` must be of shape ({', '.join(axes)}{',' * (len(axes) == 1)}). Received"
    shape = _any_shape(tensor)
    return tf.debugging.Assert(tf.equal(tf.size(shape), len(axes)), [words, shape])


def _any_shape(tensor):
    """The shape of the tensor in a request, which may differ from the shape in the signature."""
    import tensorflow as tf

    return tf.shape(tf.raw_ops.PlaceholderWithDefault(input=tensor, shape=None))
