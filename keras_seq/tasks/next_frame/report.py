"""The clips that figures of a frame predictor show, from the smallest to the largest error."""

from collections.abc import Callable, Sequence

import numpy as np

from keras_seq.tasks.next_frame.clips import Clips
from keras_seq.tasks.next_frame.moving_mnist import MovingDigits


def clips_by_error(
    clips: Clips | MovingDigits,
    errors: Sequence[float],
    predict: Callable[[np.ndarray], np.ndarray],
    count: int,
) -> list[tuple]:
    """Clips at even steps from the smallest to the largest error, so that they are not hand-picked.

    Args:
        clips: N clips.
        errors: N numbers; clips with NaN are skipped.
        predict: function of the frames (T, H, W, C) of a clip to the predicted frames.
        count: the largest number of clips.

    Returns:
        List of `(name, frames, predicted, mask)`; the name gives the share of clips that are worse.

    Example:

    >>> from keras_seq.tasks.next_frame import MovingDigits
    >>> from keras_seq.tasks.next_frame.report import clips_by_error
    >>> clips = MovingDigits(length=3, count=3)
    >>> (shown,) = clips_by_error(clips, [0.3, 0.1, 0.2], lambda frames: frames[2:], count=1)
    >>> shown[0], shown[2].shape
    ('test clip 2:\\nbetter predicted than\\n50% of the others', (1, 64, 64, 1))
    """
    errors = np.array(errors)
    order = np.argsort(errors)[: max(1, np.isfinite(errors).sum())]
    places = np.linspace(0, len(order) - 1, 2 * count + 1)[1::2].round().astype(int)
    shown = []
    for place in np.unique(places):
        frames, mask = clips[int(order[place])]
        name, others = f"test clip {order[place]}", len(order) - 1
        if others:
            name += f":\nbetter predicted than\n{1 - place / others:.0%} of the others"
        shown.append((name, frames, predict(frames), mask))
    return shown
