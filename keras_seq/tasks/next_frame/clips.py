"""Clips of a fixed length, cut from videos, in splits that share no frame."""

from collections.abc import Sequence
from typing import Self

import numpy as np

from keras_seq import checks
from keras_seq.errors import InputError
from keras_seq.tasks.next_frame.video import Video

_OWNER = "Clips"
_MANY = 10  # with at least this number of videos, whole videos go to a split


class Clips:
    """Clips of `length` successive frames, which are read when they are needed.

    Args:
        parts: list of `(video, start, stop)`: clips are cut from frames `start` to `stop` of a
            `Video`.
        length: T, frames of a clip.
        step: number of frames between the starts of two clips.
        source: a description of the origin of the videos.

    Attributes:
        frame_shape: (H, W, C).

    Raises:
        InputError: a part is shorter than a clip, or no pixel of any part is observed.

    Example:

    >>> from keras_seq.tasks.next_frame.video import Video
    >>> video = Video(np.zeros((30, 8, 8, 1), "float32"))
    >>> clips = keras_seq.tasks.next_frame.Clips([(video, 0, 30)], length=20, step=5)
    >>> frames, mask = clips[2]
    >>> len(clips), frames.shape, mask
    (3, (20, 8, 8, 1), None)
    """

    def __init__(
        self,
        parts: Sequence[tuple[Video, int, int]],
        length: int,
        step: int = 1,
        source: str = "videos",
    ) -> None:
        checks.positive_int(_OWNER, length=length, step=step)
        if not parts:
            raise InputError(f"{_OWNER}: `parts` must contain at least one video. Received: none")
        for video, start, stop in parts:
            if stop - start < length:
                raise InputError(
                    f"{video.name}: a clip has {length} frames, but there are only {stop - start}"
                )
        if not any(_observed(*part) for part in parts):
            raise InputError(f"{source}: no pixel is observed, `mask` is False everywhere")
        self._starts = [
            (video, at)
            for video, start, stop in parts
            for at in range(start, stop - length + 1, step)
        ]
        self._masked = any(video.mask is not None for video, _, _ in parts)
        self.length = length
        self.source = source
        self.frame_shape = parts[0][0].frame_shape

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray | None]:
        video, start = self._starts[index]
        frames, mask = video.read(start, start + self.length)
        if mask is None and self._masked:
            mask = np.ones(frames.shape[:3], bool)
        return frames, mask

    def subsample(self, count: int) -> Self:
        """Keep at most `count` of the clips, evenly spaced.

        Example:

        >>> from keras_seq.tasks.next_frame.video import Video
        >>> video = Video(np.arange(9.0).reshape(9, 1, 1, 1) / 8)
        >>> clips = keras_seq.tasks.next_frame.Clips([(video, 0, 9)], length=2).subsample(3)
        >>> [frames.ravel().tolist() for frames, mask in clips]
        [[0.0, 0.125], [0.5, 0.625], [0.875, 1.0]]
        """
        if len(self) > count:
            rows = np.linspace(0, len(self) - 1, count).round().astype(int)
            self.source += f", {count} of {len(self)}"
            self._starts = [self._starts[row] for row in rows]
        return self


def split_videos(
    videos: Sequence[Video],
    length: int,
    horizon: int,
    source: str = "videos",
    held_out: Sequence[str] = ("validation", "test"),
) -> dict[str, Clips]:
    """Split videos into training clips and clips of other frames for validation and test.

    With ten videos or more, or if a video is too short to be divided, whole videos go to the
    splits: a tenth and at least one to each held-out split, at random with a fixed seed. Otherwise
    each video is divided in time: first the training part, then the held-out parts, a tenth each
    and at least one clip. No two splits share a frame. Training clips start at every frame,
    held-out clips at every `horizon` frames, so that each frame is predicted once.

    Args:
        videos: list of `Video`.
        length: number of frames of a clip.
        horizon: number of frames at the end of a clip that are to be predicted.
        source: a description of the videos.
        held_out: names of the splits beside "train".

    Returns:
        Dictionary of split name -> `Clips`.

    Raises:
        InputError: a video has too few frames.

    Example:

    >>> from keras_seq.tasks.next_frame.video import Video
    >>> video = Video(np.zeros((100, 8, 8, 1), "float32"))
    >>> splits = keras_seq.tasks.next_frame.split_videos([video], length=20, horizon=10)
    >>> {name: len(clips) for name, clips in splits.items()}
    {'train': 41, 'validation': 1, 'test': 1}
    """
    names = ("train", *held_out)
    shortest = min(map(len, videos))
    too_short = length <= shortest < length * len(names)
    if len(videos) >= _MANY or (too_short and len(videos) >= len(names)):
        order = np.random.default_rng(0).permutation(len(videos))
        each = max(1, len(videos) // 10)
        cuts = [len(videos) - each * (len(held_out) - i) for i in range(len(held_out))]
        rows = np.split(order, cuts)
        parts = [[(videos[i], 0, len(videos[i])) for i in sorted(chosen)] for chosen in rows]
    else:
        cut = [_cuts(video, length, names) for video in videos]
        parts = [
            [(video, ends[i], ends[i + 1]) for video, ends in zip(videos, cut, strict=True)]
            for i in range(len(names))
        ]
    return {
        name: Clips(part, length, 1 if name == "train" else horizon, f"{source}: {name}")
        for name, part in zip(names, parts, strict=True)
    }


def _observed(video, start, stop):
    """Whether a part of a video has a pixel that is observed."""
    mask = video.mask
    return mask is None or bool((mask if mask.ndim == 2 else mask[start:stop]).any())


def _cuts(video, length, names):
    """The frames at which the splits of a video begin, and the end of the last one."""
    held_out = len(names) - 1
    each = max(length, len(video) // 10)
    first = len(video) - each * held_out
    if first < length:
        words = ["training", *names[1:]]
        splits = " and ".join([", ".join(words[:-1]), words[-1]] if held_out else words)
        raise InputError(
            f"{video.name}: {splits} take clips of {length} frames each, {length * (held_out + 1)} "
            f"in all, and there are {len(video)}"
        )
    return [0, *(first + each * i for i in range(held_out + 1))]
