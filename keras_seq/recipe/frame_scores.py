"""How good predicted frames are at each lead time, and what would be had without a model."""

import numpy as np

from keras_seq.data.frame_quality import psnr, ssim


class FrameScores:
    """Adds up errors batch by batch, beside two predictions that need no model.

    The baseline says that nothing moves: the last frame given, again and again. The blank one is
    an empty frame, which blurred predictions come close to: report both. A pixel outside the mask
    never counts in an error or in CSI; SSIM, which looks at neighbourhoods, sees 0 there in both.

    CSI, the critical success index of weather services, is hits / (hits + misses + false alarms)
    of "the pixel is at least `threshold`", over all pixels of a lead time.

    Args:
        threshold: in [0, 1), for CSI; None: without it.

    Example:

    >>> from keras_seq.recipe import FrameScores
    >>> scores = FrameScores()
    >>> last, truth = np.zeros((2, 16, 16, 1), "float32"), np.ones((2, 3, 16, 16, 1), "float32")
    >>> scores.add(last, truth, predicted=0.5 * truth)
    >>> result = scores.result()
    >>> result["mse"], result["baseline_mse"], result["mse_per_lead"]
    (0.25, 1.0, [0.25, 0.25, 0.25])
    """

    def __init__(self, threshold=None):
        self._threshold = threshold
        self._sums = {}

    def add(self, last, truth, predicted, mask=None):
        """Add a batch.

        Args:
            last: the last frames given, (B, H, W, C).
            truth, predicted: frames (B, K, H, W, C).
            mask: (B, K, H, W), the pixels that count; None: all.
        """
        mask = np.ones(truth.shape[:4], bool) if mask is None else np.asarray(mask, bool)
        copied = np.broadcast_to(last[:, None], truth.shape)
        self._add_all("", truth, predicted, mask)
        self._add_all("baseline_", truth, copied, mask)
        self._add("blank_mse", *_mean(np.square(truth), mask))

    def _add_all(self, name, truth, predicted, mask):
        error = predicted - truth
        self._add(name + "mse", *_mean(np.square(error), mask))
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
            said, true = (x.max(axis=-1) >= self._threshold for x in (predicted, truth))
            hits, either = ((x & mask).sum(axis=(0, 2, 3)) for x in (said & true, said | true))
            self._add(name + "csi", hits, either)

    def _add(self, name, total, count, lead=slice(None)):
        if name not in self._sums:
            leads = len(self._sums["mse"][0]) if "mse" in self._sums else len(total)
            self._sums[name] = np.zeros((2, leads))
        self._sums[name][0, lead] += total
        self._sums[name][1, lead] += count

    def result(self):
        """Dictionary of the scores.

        `mse`, `mae`, `ssim`, `psnr` and with a threshold `csi`, each also as `baseline_...` and as
        `..._per_lead`, a list; `blank_mse`; `mse_under_baseline` and `mse_under_blank`, the shares
        by which the error is under those. What has nothing to be measured on is None.
        """
        found, leads = {}, {}
        for name, (total, count) in self._sums.items():
            found[name] = _share(total.sum(), count.sum())
            leads[f"{name}_per_lead"] = [
                _share(*each, digits=6) for each in zip(total, count, strict=True)
            ]
        for other in ("baseline", "blank"):
            if found[f"{other}_mse"]:
                found[f"mse_under_{other}"] = 1 - found["mse"] / found[f"{other}_mse"]
        return {**found, **leads}


def _mean(values, mask):
    """Sum and count of (B, K, H, W, C) over all but K, where the mask is True."""
    values = values.astype("float64").mean(axis=-1)
    return np.where(mask, values, 0).sum(axis=(0, 2, 3)), mask.sum(axis=(0, 2, 3))


def _share(total, count, digits=None):
    if not count:
        return None
    return float(total / count) if digits is None else round(float(total / count), digits)
