"""The sentiment recipe through the shell, at toy size, on the backend under test."""

import csv
import functools
import json
import signal

import keras
import pytest

from tests.recipes import process
from tests.recipes.process import FILES, assert_refused, sentence

QUICK = ("--no-export", "--units=4", "--embedding=4")
run = functools.partial(process.run, "sentiment")


def reviews(path, count=40, bad_line=None):
    """A file of labelled text; the verdict is a word in the middle."""
    rows = [f"the story was {('bad', 'good')[i % 2]} on day {i}\t{i % 2}" for i in range(count)]
    if bad_line:
        rows[bad_line - 1] = "no tab here"
    path.write_text("text\tlabel\n" + "\n".join(rows) + "\n")
    return path


def test_smoke_writes_everything(tmp_path):
    out = tmp_path / "out"
    data = [
        "--data",
        reviews(tmp_path / "train.tsv", 240),
        "--test",
        reviews(tmp_path / "t.tsv", 200),
    ]
    learn = ["--batch-size=4", "--learning-rate=0.01", "--units=8"]
    code, output, errors = run("--smoke", "--out", out, *data, *learn)
    assert code == 0, errors
    assert output.count("\nEpoch ") == 2 and "\r" not in output and "\b" not in output
    assert {path.name for path in out.iterdir()} == FILES | {"predictions.tsv", "1"}
    assert {path.name for path in (out / "figures").iterdir()} == {"curves.png", "confusion.png"}
    assert (out / "1" / "assets.extra" / "tf_serving_warmup_requests").is_file()
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["backend"] == keras.config.backend()
    assert metrics["evaluated_on"] == "test"
    assert metrics["accuracy"] > 0.95 and 0.4 < metrics["baseline_accuracy"] < 0.6
    assert metrics["versions"]["keras"] == keras.version()
    assert metrics["seconds"] > 0
    config = json.loads((out / "config.json").read_text())
    assert config["epochs"] == 2 and config["max_examples"] == 200 and config["cell"] == "lstm"
    with open(out / "history.csv", newline="") as file:
        history = list(csv.DictReader(file))
    assert [row["epoch"] for row in history] == ["1", "2"]
    assert {"loss", "val_loss", "accuracy", "val_accuracy"} <= set(history[0])
    assert float(history[1]["loss"]) < 0.7 * float(history[0]["loss"])
    rows = [line.split("\t") for line in (out / "predictions.tsv").read_text().splitlines()]
    assert rows[0] == ["text", "label", "predicted", "score"] and len(rows) == 201
    right = sum(label == predicted for _, label, predicted, _ in rows[1:])
    assert right / 200 == pytest.approx(metrics["accuracy"])
    assert (out / "1" / "saved_model.pb").is_file()


@pytest.mark.once
def test_a_run_on_own_data_writes_the_next_version(tmp_path):
    out = tmp_path / "out"
    (out / "1").mkdir(parents=True)
    (out / "1" / "saved_model.pb").write_bytes(b"of an earlier run")
    data = reviews(tmp_path / "reviews.tsv")
    flags = ["--tokenizer=characters", "--cell=gru", "--pooling=attention", "--units=8"]
    flags += ["--epochs=8", "--batch-size=4", "--learning-rate=0.02"]
    code, _, errors = run("--out", out, "--data", data, *flags)
    assert code == 0, errors
    assert (out / "2" / "saved_model.pb").is_file()
    assert (out / "1" / "saved_model.pb").read_bytes() == b"of an earlier run"
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["evaluated_on"] == "validation"
    assert metrics["accuracy"] == 1.0 and metrics["baseline_accuracy"] == 0.5


def test_interrupted_and_started_again_ends_as_if_it_had_not_been(tmp_path):
    flags = [*QUICK, "--epochs=6", "--max-examples=64", "--dropout=0.4", "--patience=4"]
    assert run(*flags, "--out", tmp_path / "whole")[0] == 0
    out = tmp_path / "cut"
    code, _, errors = process.cut_off(
        "sentiment", *flags, "--out", out, by=signal.SIGTERM, after="Epoch 3"
    )
    assert code == 130, errors
    kept = max((out / "checkpoints").glob("epoch-*.checkpoint"))
    epoch = int(kept.stem.removeprefix("epoch-"))  # epochs are short: the signal may come late
    assert epoch >= 2
    assert sentence(errors) == (
        f"sentiment: interrupted. {kept} is kept: the same command goes on from there."
    )
    code, _, errors = run(*flags, "--batch-size=16", "--out", out)
    assert code == 2
    assert "had batch_size=32, this one has batch_size=16: go on with the" in sentence(errors)
    code, output, errors = run(*flags, "--out", out)
    assert code == 0, errors
    assert f"going on after epoch {epoch} of a run that was cut off" in output
    for name in ("history.csv", "predictions.tsv"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert not (out / "checkpoints").exists()


@pytest.mark.once
def test_bad_input_is_one_sentence(tmp_path):
    good, bad = reviews(tmp_path / "reviews.tsv"), reviews(tmp_path / "bad.tsv", bad_line=2)
    cases = [
        (["--data", tmp_path / "missing.tsv"], 2, "missing.tsv: no such file"),
        (["--data", bad], 2, "bad.tsv:3: 2 columns expected, 1 found"),
        (["--data", "tfds:no_such_set"], 2, "no_such_set"),
        (["--out", good / "out"], 2, "reviews.tsv/out/checkpoints: Not a directory"),
        (["--cell", "rnn"], 2, "sentiment.py: --cell: must be one of lstm, peephole, coupled, "),
    ]
    out = ["--smoke", "--out", tmp_path / "out"]
    assert_refused("sentiment", [([*out, *flags], code, words) for flags, code, words in cases])
    assert not (tmp_path / "out").exists()


@pytest.mark.once  # tests/training/test_finite_loss.py asks the backends
def test_a_lost_loss_stops_the_run_and_leaves_no_version(tmp_path):
    flags = ["--smoke", "--optimizer=sgd", "--learning-rate=1e38", "--clip-norm=1e38"]
    code, _, errors = run(*flags, "--out", tmp_path)
    assert code == 1
    assert "sentiment: the " in sentence(errors) and " in epoch 1, " in sentence(errors)
    assert sentence(errors).endswith("change one and use --resume never.")
    assert not list(tmp_path.glob("[0-9]*")) and not list(tmp_path.glob(".writing*"))


@pytest.mark.once
def test_the_backend_is_chosen_by_flag(tmp_path):
    flags = ["--backend=torch", "--epochs=1", "--max-examples=40", "--out", tmp_path]
    code, _, errors = run(*QUICK, *flags, KERAS_BACKEND="tensorflow")
    assert code == 0, errors
    assert json.loads((tmp_path / "metrics.json").read_text())["backend"] == "torch"
