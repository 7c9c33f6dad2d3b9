"""The translation recipe end to end: trained, translated, exported, asked; and what it refuses."""

import csv
import itertools
import json
import re
import signal

import keras
import pytest

from keras_seq.export import latest_version
from keras_seq.export.process import call_in_isolated_process
from tests.recipes.process import (
    FILES,
    assert_same_weights,
    cut_off,
    resumes_on_torch,
    run,
    sentence,
)

pytestmark = pytest.mark.slow
slow_on_jax = pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="minutes of compiling: once is enough"
)
SMALL = ("--units=32", "--embedding=32", "--beam=2", "--max-length=20", "--vocabulary-size=40")
LEARN = ("--epochs=30", "--batch-size=9", "--learning-rate=0.01", "--warm-up=20")
LEARN += ("--dropout=0", "--label-smoothing=0")
WORDS = ("one", "two", "three")


@pytest.fixture(scope="module")
def flags(tmp_path_factory):
    """Numbers of four digits in words, and one of 21 that is longer than `--max-length`."""
    numbers = [*itertools.product(range(3), repeat=4), 7 * (0, 1, 2)]
    rows = [
        " ".join(WORDS[n] for n in row) + "\t" + " ".join(str(n + 1) for n in row)
        for row in numbers
    ]
    path = tmp_path_factory.mktemp("data") / "pairs.tsv"
    path.write_text("\n".join(rows) + "\n")
    return [*SMALL, *LEARN, "--data", path, "--validation", path, "--test", path]


@pytest.fixture(scope="module")
def trained(flags, tmp_path_factory):
    """A finished run: its folder and what it printed."""
    out = tmp_path_factory.mktemp("trained")
    code, output, errors = run("translation", *flags, "--out", out)
    assert code == 0, errors
    return out, output


@slow_on_jax
def test_a_run_learns_the_pairs(trained):
    """Without attention, input feeding, the cell or the search as they must be, it does not."""
    folder, _ = trained
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["exact_match"] > 0.9 and metrics["baseline_bleu"] < 10
    assert metrics["bleu"] >= 90 and metrics["bleu_greedy"] >= 80
    with open(folder / "history.csv", newline="") as file:
        history = list(csv.DictReader(file))
    assert float(history[-1]["loss"]) < 0.2 * float(history[0]["loss"])
    assert float(history[-1]["val_loss"]) < 0.2 * float(history[0]["val_loss"])


@slow_on_jax
def test_a_run_writes_everything(trained):
    folder, output = trained
    assert re.search(r"train: 1 pair of over 20 subwords left out", output)
    assert re.search(r"test: sources of over 20 .*: 1, which are translated whole", output)
    metrics = json.loads((folder / "metrics.json").read_text())
    assert {"bleu", "chrf", "exact_match", "bleu_greedy", "baseline_bleu"} <= set(metrics)
    assert "tok:13a" in metrics["bleu_signature"]
    table = (folder / "translations.tsv").read_text().splitlines()
    assert table[0] == "source\treference\toutput\tscore" and len(table) == 83
    right = sum(row.split("\t")[1] == row.split("\t")[2] for row in table[1:])
    assert right / 82 == pytest.approx(metrics["exact_match"])
    errors = (folder / "errors.md").read_text()
    assert [line.split()[1] for line in errors.splitlines()[2:5]] == ["1", "2", "4"]
    lengths = (folder / "bleu_by_length.tsv").read_text().splitlines()
    assert lengths[0] == "words\tsentences\tbleu\tbleu_greedy" and lengths[1].startswith(
        "1 to 5\t81\t"
    )
    assert {path.name for path in folder.iterdir()} == FILES | {
        "1", "bleu_by_length.tsv", "errors.md", "translations.tsv",
    }  # fmt: skip
    assert {path.name for path in (folder / "figures").iterdir()} == {
        "alignment.png", "bleu_by_length.png", "curves.png",
    }  # fmt: skip


@slow_on_jax
def test_the_export_translates_as_the_run_did(trained):
    folder, _ = trained
    rows = [line.split("\t") for line in (folder / "translations.tsv").read_text().splitlines()[1:]]
    texts = ["", "☃", *(row[0] for row in rows)]
    (answer,) = call_in_isolated_process(latest_version(folder).absolute(), [{"text": texts}])
    assert answer["translation"][0] == "" and answer["score"][0] == 0.0
    assert answer["translation"][2:] == [row[2] for row in rows]
    for score, row in zip(answer["score"][2:], rows, strict=True):
        assert score == pytest.approx(float(row[3]), abs=2e-4)


@resumes_on_torch
def test_killed_and_started_again_ends_with_the_same_weights(flags, tmp_path):
    # Few epochs, and dropout, so that the random numbers have to be resumed too.
    flags = [*flags, "--epochs=4", "--dropout=0.2", "--no-export"]
    code, _, errors = run("translation", *flags, "--out", tmp_path / "whole")
    assert code == 0, errors
    out = tmp_path / "cut"
    code, _, _ = cut_off("translation", *flags, "--out", out, by=signal.SIGKILL, after="Epoch 3")
    assert code == -signal.SIGKILL
    code, output, errors = run("translation", *flags, "--out", out)
    assert code == 0, errors
    assert "of a run that was cut off" in output
    assert_same_weights(out, tmp_path / "whole")
    for name in ("history.csv", "translations.tsv"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.once
def test_files_of_different_lengths_are_one_sentence(tmp_path):
    (tmp_path / "en").write_text("a\nb\n")
    (tmp_path / "de").write_text("c\n")
    files = ["--data", tmp_path / "en", tmp_path / "de"]
    code, _, errors = run("translation", *files, "--out", tmp_path / "out")
    assert code == 2
    assert sentence(errors) == (
        f"translation: {tmp_path}/en and {tmp_path}/de: the files must have as many lines. "
        "Received: 2 and 1"
    )


@pytest.mark.once
def test_a_beam_wider_than_the_vocabulary_is_one_sentence(tmp_path):
    code, _, errors = run("translation", "--smoke", "--beam", 101, "--out", tmp_path / "out")
    assert code == 2
    wanted = "--beam must be at most the 100 subwords there are. Received: --beam 101"
    assert sentence(errors) == f"translation: {wanted}"
