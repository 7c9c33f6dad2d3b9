"""Clips of a fixed length, cut from films, in splits that have no frame in common."""

import numpy as np

from keras_seq import checks

_OWNER = "Clips"
_MANY = 10  # so many films are split by film, fewer each by time where they are long enough


class Clips:
    """Stretches of `length` frames that follow each other, read when they are asked for.

    Args:
        parts: list of `(film, start, stop)`: clips lie in frames `start` to `stop` of a `Film`.
        length: T, frames of a clip.
        step: frames from the start of a clip to that of the next.
        source: what they come from, in words.

    Attributes:
        frame_shape: (H, W, C).

    Raises:
        ValueError: a part is shorter than a clip.

    Example:

    >>> from keras_seq.tasks.next_frame.video import Film
    >>> film = Film(np.zeros((30, 8, 8, 1), "float32"))
    >>> clips = keras_seq.tasks.next_frame.Clips([(film, 0, 30)], length=20, step=5)
    >>> frames, mask = clips[2]
    >>> len(clips), frames.shape, mask
    (3, (20, 8, 8, 1), None)
    """

    def __init__(self, parts, length, step=1, source="films"):
        checks.positive_int(_OWNER, length=length, step=step)
        if not parts:
            raise ValueError(f"{_OWNER}: `parts` must hold at least one film. Received: none")
        for film, start, stop in parts:
            if stop - start < length:
                raise ValueError(
                    f"{film.name}: a clip takes {length} frames, and there are {stop - start}"
                )
        self._starts = [
            (film, at)
            for film, start, stop in parts
            for at in range(start, stop - length + 1, step)
        ]
        self._masked = any(film.mask is not None for film, _, _ in parts)
        self.length = length
        self.source = source
        self.frame_shape = parts[0][0].frame_shape

    def __len__(self):
        return len(self._starts)

    def __getitem__(self, index):
        film, start = self._starts[index]
        frames, mask = film.read(start, start + self.length)
        if mask is None and self._masked:
            mask = np.ones(frames.shape[:3], bool)
        return frames, mask

    def some(self, count):
        """At most `count` of the clips, from all over them.

        Example:

        >>> from keras_seq.tasks.next_frame.video import Film
        >>> film = Film(np.arange(9.0).reshape(9, 1, 1, 1) / 8)
        >>> clips = keras_seq.tasks.next_frame.Clips([(film, 0, 9)], length=2).some(3)
        >>> [frames.ravel().tolist() for frames, mask in clips]
        [[0.0, 0.125], [0.5, 0.625], [0.875, 1.0]]
        """
        if len(self) > count:
            rows = np.linspace(0, len(self) - 1, count).round().astype(int)
            self.source += f", {count} of {len(self)}"
            self._starts = [self._starts[row] for row in rows]
        return self


def split_films(films, length, horizon, source="films", held_out=("validation", "test")):
    """Clips of films to train on, and others of frames that the training never sees.

    Ten films or more, or fewer where one is too short to be parted, are parted by film: a tenth
    and at least one for each held-out split, at random but always the same ones. Otherwise each
    film is parted in time: first training, then the held-out splits, a tenth each and at least one
    clip, so that no two splits share a frame. Training clips start at every frame, held-out ones
    every `horizon` frames: each frame is predicted once.

    Args:
        films: list of `Film`.
        length: frames of a clip.
        horizon: how many of these, at its end, are to be predicted.
        source: what the films are, in words.
        held_out: names of the splits beside "train".

    Returns:
        Dictionary of split name -> `Clips`.

    Raises:
        ValueError: a film has too few frames.

    Example:

    >>> from keras_seq.tasks.next_frame.video import Film
    >>> film = Film(np.zeros((100, 8, 8, 1), "float32"))
    >>> splits = keras_seq.tasks.next_frame.split_films([film], length=20, horizon=10)
    >>> {name: len(clips) for name, clips in splits.items()}
    {'train': 41, 'validation': 1, 'test': 1}
    """
    names = ("train", *held_out)
    shortest = min(map(len, films))
    if len(films) >= _MANY or length <= shortest < length * len(names) and len(films) >= len(names):
        order = np.random.default_rng(0).permutation(len(films))
        each = max(1, len(films) // 10)
        cuts = [len(films) - each * (len(held_out) - i) for i in range(len(held_out))]
        rows = np.split(order, cuts)
        parts = [[(films[i], 0, len(films[i])) for i in sorted(some)] for some in rows]
    else:
        cut = [_cuts(film, length, names) for film in films]
        parts = [
            [(film, ends[i], ends[i + 1]) for film, ends in zip(films, cut, strict=True)]
            for i in range(len(names))
        ]
    return {
        name: Clips(part, length, 1 if name == "train" else horizon, f"{source}: {name}")
        for name, part in zip(names, parts, strict=True)
    }


def _cuts(film, length, names):
    """Where the splits of a film begin and end."""
    held_out = len(names) - 1
    each = max(length, len(film) // 10)
    first = len(film) - each * held_out
    if first < length:
        words = ["training", *names[1:]]
        splits = " and ".join([", ".join(words[:-1]), words[-1]] if held_out else words)
        raise ValueError(
            f"{film.name}: {splits} take clips of {length} frames each, {length * (held_out + 1)} "
            f"in all, and there are {len(film)}"
        )
    return [0, *(first + each * i for i in range(held_out + 1))]
