"""The next-frame recipe through the shell, at toy size, on the backend under test."""

import csv
import functools
import json
import runpy
import signal

import keras
import numpy as np
import pytest

from tests.recipes import process
from tests.recipes.process import FILES, assert_refused, assert_same_weights

pytestmark = pytest.mark.slow
TINY = ("--filters=3", "--layers=1", "--frames-in=3", "--horizon=2", "--batch-size=4")
FIGURES = {"curves.png", "frames.png", "lead_time.png", "prediction.gif"}
run = functools.partial(process.run, "next_frame")


@pytest.fixture
def film(tmp_path, rng):
    """Bright stripes that drift, with holes."""
    path = tmp_path / "film.npz"
    mask = rng.random((40, 18, 22)) < 0.7
    mask[:, :, 20:] = False
    bright = (np.arange(22) + np.arange(40)[:, None]) % 8 < 3
    frames = np.repeat(bright[:, None], 18, axis=1) * 200
    np.savez(path, frames=frames.astype("uint8"), mask=mask)
    return path


def columns(path):
    """A table as a dictionary of name -> list of numbers."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file, dialect="excel-tab" if path.suffix == ".tsv" else "excel"))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def test_smoke_writes_everything(tmp_path, film):
    out = tmp_path / "out"
    flags = (*TINY, "--smoke", "--max-examples=24", "--threshold=0.3", "--design=next_frame")
    flags += ("--learning-rate=0.03", "--batch-size=2")
    flags += ("--data", film, "--validation", film, "--test", film)
    code, _, errors = run(*flags, "--out", out)
    assert code == 0, errors
    assert {path.name for path in out.iterdir()} == FILES | {"predictions.tsv", "1"}
    assert {path.name for path in (out / "figures").iterdir()} == FIGURES
    assert (out / "1" / "saved_model.pb").is_file()
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["backend"] == keras.config.backend() and metrics["evaluated_on"] == "test"
    for name in ("mse", "mae", "ssim", "psnr", "csi", "baseline_mse", "blank_mse"):
        assert len(metrics[f"{name}_per_lead"]) == 2 and metrics[name] is not None
    history = columns(out / "history.csv")
    assert {"loss", "val_loss", "mse", "val_mse"} <= set(history)
    assert history["loss"][1] < 0.9 * history["loss"][0]
    assert metrics["mse"] < 0.7 * metrics["blank_mse"]
    assert metrics["mse"] < 0.7 * metrics["baseline_mse"]
    # The test film is the validation film: what picks the epoch is what is reported of it.
    assert min(history["val_mse"]) == pytest.approx(metrics["mse"], rel=1e-4)
    clips = columns(out / "predictions.tsv")
    assert np.average(clips["mse"], weights=clips["pixels"]) == pytest.approx(metrics["mse"])
    card = (out / "README.md").read_text()
    assert "(batch, time, 18, 22, 1)" in card and "prediction.gif" in card


@process.resumes_on_torch
def test_killed_and_started_again_ends_with_the_same_weights(tmp_path, film):
    flags = [*TINY, "--no-export", "--epochs=4", "--max-examples=12", "--shown=1", "--flip"]
    flags += ["--data", film, "--loss=mse", "--sampling=0.3"]
    assert run(*flags, "--out", tmp_path / "whole")[0] == 0
    out = tmp_path / "cut"
    cut = process.cut_off("next_frame", *flags, "--out", out, by=signal.SIGKILL, after="Epoch 3")
    assert cut[0] == -signal.SIGKILL
    code, output, errors = run(*flags, "--out", out)
    assert code == 0, errors
    assert "of a run that was cut off" in output
    assert_same_weights(out, tmp_path / "whole")
    for name in ("history.csv", "predictions.tsv"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.once
def test_a_run_that_goes_on_keeps_the_epochs_over_which_the_learning_rate_falls():
    config = runpy.run_path(process.path_of("next_frame"))["Config"]
    assert "epochs" not in config().may_differ()


@pytest.mark.once
def test_bad_input_is_one_sentence(tmp_path, film):
    cases = [
        (["--data", tmp_path / "missing.npy"], 2, "missing.npy: no such file or folder"),
        (["--data", film, "--horizon=20"], 2, "take clips of 23 frames each, 69 in all"),
        (["--motions", "-1"], 2, "--motions: must be an integer of at least 0. Received: '-1'"),
        (["--sampling", "3"], 2, "--sampling: must be a number in [0, 1]. Received: '3'"),
        (["--design", "gan"], 2, "--design: must be one of encoder_forecaster, next_frame"),
    ]
    out = [*TINY, "--smoke", "--out", tmp_path / "out"]
    assert_refused("next_frame", [([*out, *flags], code, words) for flags, code, words in cases])
