"""Pictures of predicted frames, for someone who has not read the code."""

import io

import numpy as np

from keras_seq.recipe.figures import figure

_BLUE, _ORANGE, _GREY = "#1f5fa8", "#d1660a", "#777777"
_MOST_SHOWN = 10  # frames of a strip


def lead_time_curves(scores, path):
    """The error and the likeness of predicted frames against how far ahead they are.

    Args:
        scores: dictionary, as `FrameScores.result` returns it.
        path: of the .png to write.

    Example:

    >>> import tempfile
    >>> from keras_seq.recipe import lead_time_curves
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
            axes.set_xlabel("lead time: frames after the last one given")
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.set_ylim(0, None)
            axes.grid(alpha=0.3)
            axes.legend()


def frame_strip(given, truth, predicted, path, title=""):
    """One film in rows: what was given, what came, what was predicted, and how these differ.

    Frame k of the prediction stands under frame k of the truth.

    Args:
        given: (T, H, W, C) in [0, 1].
        truth, predicted: (K, H, W, C).
        path: of the .png to write.
        title: a line above.

    Example:

    >>> import tempfile
    >>> from keras_seq.recipe import frame_strip
    >>> frames = np.zeros((4, 8, 8, 1), "float32")
    >>> frame_strip(frames, frames, frames, tempfile.mkdtemp() + "/frames.png")
    """
    past = np.unique(
        np.linspace(0, len(given) - 1, min(len(given), _MOST_SHOWN)).round().astype(int)
    )
    leads = np.unique(
        np.linspace(0, len(truth) - 1, min(len(truth), _MOST_SHOWN)).round().astype(int)
    )
    rows = [
        ("given", given[past], [f"frame {i + 1 - len(given)}" for i in past]),
        ("truth\n(not seen)", truth[leads], [f"frame +{i + 1}" for i in leads]),
        ("prediction", predicted[leads], None),
        ("difference", _difference(truth, predicted)[leads], None),
    ]
    columns = max(len(past), len(leads))
    width, height = _inches(truth.shape, 1.25)
    with figure(path, max(6.0, columns * width + 1.4), 4 * (height + 0.2) + 0.8) as drawn:
        drawn.suptitle(title, fontsize=11)
        grid = drawn.subplots(4, columns, squeeze=False)
        top = max(1e-6, float(max(given.max(), truth.max())))
        for axes_row, (label, frames, captions) in zip(grid, rows, strict=True):
            for axes in axes_row:
                axes.set_axis_off()
            for column, (axes, frame) in enumerate(zip(axes_row, frames, strict=False)):
                _show(axes, frame, top, label == "difference")
                if captions:
                    axes.set_title(captions[column], fontsize=8)
            box = axes_row[0]
            box.text(
                -0.12, 0.5, label, ha="right", va="center", transform=box.transAxes, fontsize=10
            )
        drawn.supxlabel(_LEGEND, fontsize=9)


_LEGEND = (
    "difference: white where the prediction is right, red where it is too bright, blue too dark"
)


def prediction_gif(films, path, seconds_a_frame=0.3):
    """A moving picture of some films: truth, prediction and difference side by side.

    First the frames given pass, with nothing predicted yet; then truth and prediction, frame for
    frame.

    Args:
        films: list of `(name, given, truth, predicted)`: str and arrays (T, H, W, C).
        path: of the .gif to write.
        seconds_a_frame: how long each is seen.

    Example:

    >>> import tempfile
    >>> from keras_seq.recipe import prediction_gif
    >>> frames = np.zeros((2, 8, 8, 1), "float32")
    >>> prediction_gif([("film 1", frames, frames, frames)], tempfile.mkdtemp() + "/prediction.gif")
    """
    import imageio.v3

    past, leads = len(films[0][1]), len(films[0][2])
    width, height = _inches(films[0][2].shape, 2.4)
    pages = []
    for time in range(1 - past, leads + 1):
        page = io.BytesIO()
        with figure(page, max(4.8, 3 * width + 0.5), len(films) * (height + 0.25) + 1.0) as drawn:
            if time <= 0:
                drawn.suptitle(f"frame {time}: given to the model", fontsize=12, color=_GREY)
            else:
                drawn.suptitle(
                    f"frame +{time}: predicted {time} frame{'s' * (time > 1)} ahead",
                    fontsize=12, color=_BLUE, weight="bold",
                )  # fmt: skip
            drawn.supxlabel("difference: red is too bright, blue too dark", fontsize=9)
            grid = drawn.subplots(len(films), 3, squeeze=False)
            for axes, title in zip(grid[0], ("truth", "prediction", "difference"), strict=True):
                axes.set_title(title, fontsize=11)
            for row, (name, given, truth, predicted) in zip(grid, films, strict=True):
                for axes in row:
                    axes.set_xticks([])
                    axes.set_yticks([])
                row[0].set_ylabel(name, fontsize=8)
                top = max(1e-6, float(max(given.max(), truth.max())))
                if time <= 0:
                    _show(row[0], given[time - 1], top)
                    for axes in row[1:]:
                        _show(axes, np.full_like(given[0], 0.5), 1.0)
                    row[1].text(0.5, 0.5, "not yet", ha="center", va="center",
                                transform=row[1].transAxes, color="white")  # fmt: skip
                else:
                    _show(row[0], truth[time - 1], top)
                    _show(row[1], predicted[time - 1], top)
                    _show(row[2], _difference(truth, predicted)[time - 1], top, True)
                    error, copied = (
                        np.square(frames - truth[time - 1]).mean()
                        for frames in (predicted[time - 1], given[-1])
                    )
                    row[1].set_xlabel(f"squared error {error:.4f}", fontsize=8, color=_BLUE)
                    row[2].set_xlabel(f"a copy of frame 0: {copied:.4f}", fontsize=8, color=_ORANGE)
        pages.append(imageio.v3.imread(page.getvalue())[..., :3])
    duration = [round(1000 * seconds_a_frame)] * (len(pages) - 1) + [1500]  # the last one stays
    imageio.v3.imwrite(path, pages, duration=duration, loop=0)


def _inches(shape, longest):
    """Width and height of a picture of frames (T, H, W, C) whose longer side is `longest`."""
    _, H, W, _ = shape
    return longest * min(1.0, W / H), longest * min(1.0, H / W)


def _difference(truth, predicted):
    """Prediction less truth, (K, H, W, 1): the mean over colours."""
    return (predicted - truth).mean(axis=-1, keepdims=True)


def _show(axes, frame, top, signed=False):
    """A frame without interpolation, brightest at `top`; a signed one from blue to red."""
    if signed:
        axes.imshow(frame[..., 0], cmap="RdBu_r", vmin=-top, vmax=top, interpolation="nearest")
    elif frame.shape[-1] == 3:
        axes.imshow(np.clip(frame / top, 0, 1), interpolation="nearest")
    else:
        axes.imshow(frame[..., 0], cmap="gray", vmin=0, vmax=top, interpolation="nearest")
