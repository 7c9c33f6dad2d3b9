"""The scores of predicted frames against what NumPy makes of the same numbers."""

import numpy as np
import pytest

from keras_seq.tasks.next_frame.image_quality import psnr, ssim
from keras_seq.tasks.next_frame.metrics import FrameScores

pytestmark = pytest.mark.once


def films(rng, count=5, leads=3):
    """Clips of two frames given and three that follow, and a prediction of these."""
    frames = rng.random((count, 2 + leads, 16, 12, 2)).astype("float32")
    noise = rng.normal(0, 0.1, frames[:, 2:].shape) * (1 + np.arange(leads)[:, None, None, None])
    return frames, np.clip(frames[:, 2:] + noise, 0, 1).astype("float32")


def test_scores_of_batches_are_those_of_all_films_together(rng):
    frames, predicted = films(rng)
    mask = rng.random(frames.shape[:4]) < 0.7
    mask[:, :2] = True
    scores = FrameScores(threshold=0.6)
    scores.add(frames[:2], predicted[:2], mask[:2])
    scores.add(frames[2:], predicted[2:], mask[2:].astype("float32"))
    found = scores.result()
    truth, mask = frames[:, 2:], mask[:, 2:]
    copied = np.broadcast_to(frames[:, 1:2], truth.shape)
    for name, said in (("", predicted), ("baseline_", copied)):
        wrong = (said - truth).astype("float64")
        leads = [np.square(wrong[:, k][mask[:, k]]).mean() for k in range(3)]
        assert found[f"{name}mse_per_lead"] == pytest.approx(leads, abs=1e-6)
        assert found[f"{name}mse"] == pytest.approx(np.square(wrong[mask]).mean(), rel=1e-6)
        assert found[f"{name}mae"] == pytest.approx(np.abs(wrong[mask]).mean(), rel=1e-6)
        events, true = said.max(axis=-1) >= 0.6, truth.max(axis=-1) >= 0.6
        csi = (events & true & mask).sum() / ((events | true) & mask).sum()
        assert found[f"{name}csi"] == pytest.approx(csi)
        decibels = [
            -10 * np.log10(np.square(wrong[n, k][mask[n, k]]).mean())
            for n in range(5)
            for k in range(3)
        ]
        assert found[f"{name}psnr"] == pytest.approx(np.mean(decibels), rel=1e-5)
    blank = np.square(truth[mask], dtype="float64").mean()
    assert found["blank_mse"] == pytest.approx(blank, rel=1e-6)
    assert found["mse_under_blank"] == pytest.approx(1 - found["mse"] / blank)
    assert found["mse_under_baseline"] == pytest.approx(1 - found["mse"] / found["baseline_mse"])
    assert found["ssim_per_lead"] == sorted(found["ssim_per_lead"], reverse=True)
    clips = scores.clips()
    assert clips["clip"] == [0, 1, 2, 3, 4]
    wrong = np.square(predicted - truth, dtype="float64")
    assert clips["mse"] == pytest.approx([wrong[n][mask[n]].mean() for n in range(5)])
    assert np.average(clips["mse"], weights=clips["pixels"]) == pytest.approx(found["mse"])


def test_what_is_masked_counts_for_nothing(rng):
    frames, predicted = films(rng)
    mask = np.ones(frames.shape[:4], bool)
    mask[:, :, :, 8:] = False
    mask[3] = False
    first, second = FrameScores(0.5), FrameScores(0.5)
    first.add(frames, predicted, mask)
    predicted = predicted.copy()
    predicted[:, :, :, 8:] = rng.random(predicted[:, :, :, 8:].shape)
    second.add(frames, predicted, mask)
    assert first.result() == second.result()
    np.testing.assert_array_equal(first.clips()["mse"], second.clips()["mse"])
    assert np.isnan(first.clips()["mse"]).tolist() == [False, False, False, True, False]


def test_the_baseline_knows_what_was_seen_before_the_last_frame():
    """Frames are 0 where they are hidden; the film is 1 everywhere."""
    mask = np.ones((1, 5, 16, 16), bool)
    mask[:, 2, :, :8] = False  # half of the last frame given
    mask[:, :3, :4] = False  # never seen before it is to be predicted
    frames = mask[..., None].astype("float32")
    scores = FrameScores()
    predicted = np.full((1, 2, 16, 16, 1), 0.5, "float32")
    predicted[:, :, :4] = 9.0
    scores.add(frames, predicted, mask)
    found = scores.result()
    assert (found["baseline_mse"], found["mse"], found["blank_mse"]) == (0, 0.25, 1)
    assert scores.clips()["pixels"] == [2 * 12 * 16]


def test_nothing_to_measure_on_is_none():
    scores = FrameScores(threshold=0.5)
    frames = np.zeros((1, 3, 16, 16, 1), "float32")
    scores.add(frames, frames[:, 1:])
    found = scores.result()
    assert found["csi"] is None and found["csi_per_lead"] == [None, None]
    assert found["mse"] == 0 and found["ssim"] == 1 and found["psnr"] == 100
    assert "mse_under_blank" not in found


def test_ssim_is_the_published_formula(rng):
    """On one window that fills the frame, by its definition: Gaussian weights, C1, C2."""
    truth, other = rng.random((2, 1, 11, 11, 1)).astype("float32")
    x = np.arange(11) - 5
    weights = np.exp(-np.add.outer(x**2, x**2) / (2 * 1.5**2))
    weights /= weights.sum()
    a, b = truth[0, :, :, 0].astype("float64"), other[0, :, :, 0].astype("float64")
    mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
    var_a, var_b = (weights * a**2).sum() - mean_a**2, (weights * b**2).sum() - mean_b**2
    covariance = (weights * a * b).sum() - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    wanted = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    wanted /= (mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)
    assert ssim(truth, other)[0] == pytest.approx(wanted, abs=1e-4)
    assert ssim(truth[:, :5, :7], truth[:, :5, :7])[0] == pytest.approx(1.0)
    assert psnr(truth, truth)[0] == 100
