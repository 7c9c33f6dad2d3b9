"""Scores of predicted frames at each lead time, and of two trivial forecasts."""

from typing import Any

import keras
import numpy as np

from keras_seq.tasks.next_frame.batches import persistence_forecast
from keras_seq.tasks.next_frame.image_quality import psnr, ssim


class FrameScores:
    """Accumulates the errors of a model and of two trivial forecasts over batches.

    The baseline is the persistence forecast, which repeats the last input frame. The blank forecast
    is a frame of zeros, which blurred predictions approach. Masked pixels, and pixels
    that are masked in all input frames, count neither in errors nor in CSI; for SSIM, which
    compares neighborhoods, they are 0 in both frames. Where the last input frame is masked, the
    baseline has the latest observed value.

    CSI, the critical success index of weather services, is hits / (hits + misses + false alarms)
    of the event "the pixel is at least `threshold`", over all pixels of a lead time.

    Args:
        threshold: in [0, 1), for CSI; None: no CSI.

    Example:

    >>> from keras_seq.tasks.next_frame.metrics import FrameScores
    >>> scores = FrameScores()
    >>> frames = np.concatenate([np.zeros((2, 1, 16, 16, 1)), np.ones((2, 3, 16, 16, 1))], axis=1)
    >>> scores.add(frames.astype("float32"), predicted=np.full((2, 3, 16, 16, 1), 0.5, "float32"))
    >>> result = scores.result()
    >>> result["mse"], result["baseline_mse"], result["mse_per_lead"]
    (0.25, 1.0, [0.25, 0.25, 0.25])
    """

    def __init__(self, threshold: float | None = None) -> None:
        self._threshold = threshold
        self._sums = {}
        self._clips = {"mse": [], "pixels": []}

    def add(
        self, frames: np.ndarray, predicted: np.ndarray, mask: np.ndarray | None = None
    ) -> None:
        """Add a batch.

        Args:
            frames: (B, T, H, W, C), the input frames and then the true K frames.
            predicted: (B, K, H, W, C).
            mask: (B, T, H, W), True where a pixel is observed; None: all are.
        """
        given = frames.shape[1] - predicted.shape[1]
        truth = frames[:, given:]
        copies, counts = persistence_forecast(frames, given, mask)
        error = self._add_all("", truth, predicted, counts)
        self._add_all("baseline_", truth, copies, counts)
        self._add("blank_mse", *_mean(np.square(truth), counts))
        pixels = counts.sum(axis=(1, 2, 3))
        with np.errstate(invalid="ignore"):
            self._clips["mse"].extend((error / pixels).tolist())
        self._clips["pixels"].extend(pixels.tolist())

    def clips(self) -> dict[str, list[Any]]:
        """Columns of a table with a row for each clip, in the order in which they were added.

        The columns are `clip`, its number; `mse`, NaN where no pixel is scored; and `pixels`, the
        number of scored pixels of all predicted frames. The mean of `mse` weighted by `pixels` is
        the `mse` of `result`.
        """
        return {"clip": list(range(len(self._clips["mse"]))), **self._clips}

    def _add_all(self, name, truth, predicted, mask):
        """Add the errors of frames; return the sum of squared errors of each clip."""
        error = predicted - truth
        squares = np.square(error)
        self._add(name + "mse", *_mean(squares, mask))
        self._add(name + "mae", *_mean(np.abs(error), mask))
        some = mask.any(axis=(2, 3))
        for lead in range(truth.shape[1]):
            rows = some[:, lead]
            seen = mask[rows, lead]
            frames = [np.where(seen[..., None], x[rows, lead], 0) for x in (truth, predicted)]
            if rows.any():
                everywhere = seen.all()
                self._add(name + "ssim", ssim(*frames).sum(), rows.sum(), lead)
                ratio = psnr(*frames, None if everywhere else seen)
                self._add(name + "psnr", ratio.sum(), rows.sum(), lead)
        if self._threshold is not None:
            forecast, event = (x.max(axis=-1) >= self._threshold for x in (predicted, truth))
            both, either = forecast & event, forecast | event
            hits, total = ((x & mask).sum(axis=(0, 2, 3)) for x in (both, either))
            self._add(name + "csi", hits, total)
        return np.where(mask, squares.astype("float64").mean(axis=-1), 0).sum(axis=(1, 2, 3))

    def _add(self, name, total, count, lead=slice(None)):
        if name not in self._sums:
            leads = len(self._sums["mse"][0]) if "mse" in self._sums else len(total)
            self._sums[name] = np.zeros((2, leads))
        self._sums[name][0, lead] += total
        self._sums[name][1, lead] += count

    def result(self) -> dict[str, Any]:
        """Dictionary of the scores.

        `mse`, `mae`, `ssim`, `psnr` and with a threshold `csi`, each also as `baseline_...` and as
        `..._per_lead`, a list; `blank_mse`; `mse_under_baseline` and `mse_under_blank`, the
        relative reductions of the MSE. A score of no pixels is None.
        """
        found, leads = {}, {}
        for name, (total, count) in self._sums.items():
            found[name] = _ratio(total.sum(), count.sum())
            leads[f"{name}_per_lead"] = [
                _ratio(*each, digits=6) for each in zip(total, count, strict=True)
            ]
        for other in ("baseline", "blank"):
            if found[f"{other}_mse"]:
                found[f"mse_under_{other}"] = 1 - found["mse"] / found[f"{other}_mse"]
        return {**found, **leads}


class FutureError(keras.metrics.MeanSquaredError):
    """The `mse` of `FrameScores` as a metric of `fit`, in training and in validation.

    All pixels with a weight above 0 count equally. Predictions of input frames, on which some
    models are trained, do not count.

    Args:
        horizon: K; only the last K frames count.

    Example:

    >>> from keras_seq.tasks.next_frame.metrics import FutureError
    >>> error = FutureError(horizon=1)
    >>> truth, weights = np.zeros((1, 2, 2, 1, 1)), np.array([7.0, 7, 7, 0]).reshape(1, 2, 2, 1)
    >>> error.update_state(truth, np.array([9.0, 9, 0.5, 9]).reshape(truth.shape), weights)
    >>> float(error.result())
    0.25
    """

    def __init__(self, horizon: int, name: str = "mse", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.horizon = horizon

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        counts = None if sample_weight is None else sample_weight[:, -self.horizon :] > 0
        return super().update_state(y_true[:, -self.horizon :], y_pred[:, -self.horizon :], counts)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "horizon": self.horizon}


def _mean(values, mask):
    """Sum and count of (B, K, H, W, C) over all but K, where the mask is True."""
    values = values.astype("float64").mean(axis=-1)
    return np.where(mask, values, 0).sum(axis=(0, 2, 3)), mask.sum(axis=(0, 2, 3))


def _ratio(total, count, digits=None):
    if not count:
        return None
    ratio = float(total / count)
    return ratio if digits is None else float(f"{ratio:.{digits}g}")
