"""Figures of predicted frames."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_seq.tasks.next_frame.batches import persistence_forecast
from keras_seq.training.plots import figure

_BLUE, _ORANGE, _GREY = "#1f5fa8", "#d1660a", "#777777"
_HIDDEN = (0.62, 0.69, 0.60)  # a greenish grey, unlike grey videos and differences
_ALL_WRONG = np.array([0.7, 1.0, 0.4])  # subtracted from white: a dark violet
_MOST_SHOWN = 10  # frames of a strip


def lead_time_curves(scores: Mapping[str, Any], path: str | Path) -> None:
    """Plot the scores of predicted frames over the lead time.

    Args:
        scores: dictionary, as `FrameScores.result` returns it.
        path: the .png file to write.

    Example:

    >>> import tempfile
    >>> from keras_seq.tasks.next_frame.plots import lead_time_curves
    >>> names = ("mse", "baseline_mse", "blank_mse", "ssim", "baseline_ssim")
    >>> scores = {f"{name}_per_lead": [0.1, 0.2] for name in names}
    >>> lead_time_curves(scores, tempfile.mkdtemp() + "/lead_time.png")
    """
    panels = [("mse", "Mean squared error", "lower is better")]
    panels += [("ssim", "Structural similarity (SSIM)", "higher is better")]
    if "csi_per_lead" in scores:
        panels += [("csi", "Critical success index (CSI)", "higher is better")]
    kinds = (
        ("", "this model", _BLUE, "o-"),
        ("baseline_", "copy of the last frame", _ORANGE, "s-"),
        ("blank_", "empty frame", _GREY, "--"),
    )
    with figure(path, 5.2 * len(panels), 4) as drawn:
        for axes, (name, title, better) in zip(drawn.subplots(1, len(panels)), panels, strict=True):
            for kind, label, color, style in kinds:
                values = scores.get(f"{kind}{name}_per_lead")
                if values:
                    values = [np.nan if value is None else value for value in values]
                    leads = np.arange(1, len(values) + 1)
                    axes.plot(leads, values, style, color=color, ms=4, label=label)
            axes.set_title(f"{title}: {better}")
            axes.set_xlabel("lead time: frames after the last input frame")
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.set_ylim(0, None)
            axes.grid(alpha=0.3)
            axes.legend()


def frame_strip(
    frames: np.ndarray,
    predicted: np.ndarray,
    path: str | Path,
    title: str = "",
    mask: np.ndarray | None = None,
) -> None:
    """Draw a video in rows: the input frames, the truth, the prediction and their difference.

    Frame k of the prediction is below frame k of the truth.

    Args:
        frames: (T, H, W, C) in [0, 1], the input frames and then the true K frames.
        predicted: (K, H, W, C).
        path: the .png file to write.
        title: the title of the figure.
        mask: bool (T, H, W), True where a pixel is observed; None: all are.

    Example:

    >>> import tempfile
    >>> from keras_seq.tasks.next_frame.plots import frame_strip
    >>> frames = np.zeros((4, 8, 8, 1), "float32")
    >>> frame_strip(frames, frames[1:], tempfile.mkdtemp() + "/frames.png")
    """
    video = _DrawnVideo(frames, predicted, mask)
    past, leads = _some(video.given), _some(len(predicted))
    rows = [
        ("given", video.true[past], [f"frame {i + 1 - video.given}" for i in past]),
        (
            "truth\n(not given)",
            video.true[video.given :][leads],
            [f"frame +{i + 1}" for i in leads],
        ),
        ("prediction", video.predicted[leads], None),
        ("difference", video.difference[leads], None),
    ]
    columns = max(len(past), len(leads))
    width, height = _inches(frames.shape, 1.25)
    size = max(6.0, columns * width + 1.4), 4 * (height + 0.2) + 0.8 + 0.16 * len(video.legend)
    with figure(path, *size) as drawn:
        drawn.suptitle(title, fontsize=11)
        grid = drawn.subplots(4, columns, squeeze=False)
        for axes_row, (label, pictures, captions) in zip(grid, rows, strict=True):
            for axes in axes_row:
                axes.set_axis_off()
            for column, (axes, picture) in enumerate(zip(axes_row, pictures, strict=False)):
                axes.imshow(picture, interpolation="nearest")
                if captions:
                    axes.set_title(captions[column], fontsize=8)
            box = axes_row[0]
            box.text(
                -0.12, 0.5, label, ha="right", va="center", transform=box.transAxes, fontsize=10
            )
        drawn.supxlabel("\n".join(video.legend), fontsize=9)


def prediction_gif(
    videos: Sequence[tuple[str, np.ndarray, np.ndarray, np.ndarray | None]],
    path: str | Path,
    seconds_a_frame: float = 0.3,
) -> None:
    """Animate some videos: truth, prediction and difference side by side.

    The input frames are first, without a prediction; then truth and prediction, frame by frame.

    Args:
        videos: list of `(name, frames, predicted, mask)`: str and arrays as for `frame_strip`.
        path: the .gif file to write.
        seconds_a_frame: the time for which each frame is shown.

    Example:

    >>> import tempfile
    >>> from keras_seq.tasks.next_frame.plots import prediction_gif
    >>> frames = np.zeros((4, 8, 8, 1), "float32")
    >>> videos = [("video 1", frames, frames[2:], None)]
    >>> prediction_gif(videos, tempfile.mkdtemp() + "/prediction.gif")
    """
    import imageio.v3

    names, videos = [video[0] for video in videos], [_DrawnVideo(*video[1:]) for video in videos]
    legend = list(dict.fromkeys(line for video in videos for line in video.legend))
    width, height = _inches(videos[0].true.shape, 2.4)
    size = max(4.8, 3 * width + 0.5), len(videos) * (height + 0.25) + 1.0 + 0.16 * len(legend)
    pages = []
    for time in range(1 - videos[0].given, len(videos[0].predicted) + 1):
        page = io.BytesIO()
        with figure(page, *size) as drawn:
            if time <= 0:
                drawn.suptitle(f"frame {time}: given to the model", fontsize=12, color=_GREY)
            else:
                drawn.suptitle(
                    f"frame +{time}: predicted {time} frame{'s' * (time > 1)} ahead",
                    fontsize=12, color=_BLUE, weight="bold",
                )  # fmt: skip
            drawn.supxlabel("\n".join(legend), fontsize=8)
            grid = drawn.subplots(len(videos), 3, squeeze=False)
            for axes, title in zip(grid[0], ("truth", "prediction", "difference"), strict=True):
                axes.set_title(title, fontsize=11)
            for row, name, video in zip(grid, names, videos, strict=True):
                for axes, picture in zip(row, video.panels(time), strict=True):
                    axes.set_xticks([])
                    axes.set_yticks([])
                    axes.imshow(picture, interpolation="nearest")
                row[0].set_ylabel(name, fontsize=8)
                if time <= 0:
                    row[1].text(0.5, 0.5, "not yet", ha="center", va="center",
                                transform=row[1].transAxes, color="white")  # fmt: skip
                else:
                    error, copy = (_number(each[time - 1]) for each in (video.errors, video.copies))
                    row[1].set_xlabel(f"squared error {error}", fontsize=8, color=_BLUE)
                    row[2].set_xlabel(f"a copy of frame 0: {copy}", fontsize=8, color=_ORANGE)
        pages.append(imageio.v3.imread(page.getvalue())[..., :3])
    duration = [round(1000 * seconds_a_frame)] * (len(pages) - 1) + [1500]  # a pause at the end
    imageio.v3.imwrite(path, pages, duration=duration, loop=0)


class _DrawnVideo:
    """The pictures of a video as RGB images (H, W, 3), and the legend.

    Attributes:
        given: the number of input frames.
        true, predicted, difference: arrays of T, K and K pictures.
        errors, copies: (K,), squared error of each predicted frame, and of a copy of the last input
            frame.
        legend: list of lines.
    """

    def __init__(self, frames, predicted, mask):
        self.given = len(frames) - len(predicted)
        truth, C = frames[self.given :], frames.shape[-1]
        copy, counts = persistence_forecast(
            frames[None], self.given, None if mask is None else mask[None]
        )
        counts = counts[0]
        self.errors, self.copies = (_errors(x, truth, counts) for x in (predicted, copy[0]))
        light = _light(frames)
        top = max(1e-6, float(light.max()))
        self.true, self.predicted = (_colored(x / top) for x in (light, _light(predicted)))
        self.difference = _difference(truth, predicted, max(1e-6, float(frames.max())))
        if mask is not None:
            self.true[: self.given][~np.asarray(mask[: self.given], bool)] = _HIDDEN
        for pictures in (self.true[self.given :], self.predicted, self.difference):
            pictures[~counts] = _HIDDEN
        self.legend = _legend(C, mask is not None)

    def panels(self, time):
        """Truth, prediction and difference at a time; times from 1 on are predicted."""
        if time > 0:
            k = time - 1
            return self.true[self.given + k], self.predicted[k], self.difference[k]
        nothing = np.full_like(self.true[0], 0.5)
        return self.true[self.given - 1 + time], nothing, nothing


def _some(count):
    """The frames that a strip of `count` frames shows."""
    return np.unique(np.linspace(0, count - 1, min(count, _MOST_SHOWN)).round().astype(int))


def _inches(shape, longest):
    """Width and height of a picture of frames (T, H, W, C) whose longer side is `longest`."""
    H, W = shape[1:3]
    return longest * min(1.0, W / H), longest * min(1.0, H / W)


def _errors(frames, truth, counts):
    """The mean squared error of each frame, NaN where no pixel counts."""
    squares = np.where(counts, np.square(frames - truth, dtype="float64").mean(axis=-1), 0)
    pixels = counts.sum(axis=(1, 2))
    return np.array([x.sum() / n if n else np.nan for x, n in zip(squares, pixels, strict=True)])


def _number(error):
    return "nothing to see" if np.isnan(error) else f"{error:.4f}"


def _light(frames):
    """Frames with one or three channels, for display."""
    C = frames.shape[-1]
    if C == 4:  # on a black background
        return frames[..., :3] * frames[..., 3:]
    return frames if C == 3 else frames.mean(axis=-1, keepdims=True)


def _colored(light):
    return np.clip(np.broadcast_to(light, (*light.shape[:3], 3)), 0, 1).copy()


def _difference(truth, predicted, top):
    """Prediction minus truth in colors, (K, H, W, 3); for several channels the magnitude."""
    error = (predicted - truth) / top
    if error.shape[-1] == 1:
        import matplotlib

        return matplotlib.colormaps["RdBu_r"](error[..., 0] / 2 + 0.5)[..., :3]
    size = np.sqrt(np.square(error).mean(axis=-1, keepdims=True))
    return 1 - np.minimum(size, 1) * _ALL_WRONG


def _legend(C, hidden):
    lines = ["difference: white where the prediction is right, red: too bright, blue: too dark"]
    if C > 1:
        lines = [
            "difference: white where the prediction is right, the darker the more wrong",
            f"(root mean square over {C} channels)",
        ]
    if C == 4:
        lines.append("frames: red, green and blue of RGBA over black")
    elif C not in (1, 3):
        lines.append(f"frames: mean of {C} channels")
    return lines + ["grey-green: hidden, counts for nothing"] * hidden
