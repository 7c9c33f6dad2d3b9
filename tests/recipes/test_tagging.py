"""The tagging recipes through the shell, at toy size, on the backend under test."""

import csv
import itertools
import json
import runpy
import signal
import sys
import warnings

import keras
import pytest

from tests.recipes.process import (
    FILES,
    assert_refused,
    assert_same_weights,
    cut_off,
    finish,
    path_of,
    resumes_on_torch,
    run,
    start,
)

pytestmark = pytest.mark.slow
QUICK = ("--no-export", "--units=4", "--embedding=4")
# Two epochs in which a model learns something.
LEARN = ("--smoke", "--units=8", "--batch-size=4", "--learning-rate=0.03", "--no-average-weights")
COMMON = FILES | {"errors.tsv", "predictions.tsv"}


@pytest.fixture
def inside(capsys, monkeypatch):
    """The same in this process, which has imported everything already: `inside(recipe, *flags)`."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)

    def run(recipe, *flags):
        path = path_of(recipe)
        monkeypatch.setattr(sys, "argv", [path, *map(str, flags)])
        with pytest.raises(SystemExit) as end:
            runpy.run_path(path, run_name="__main__")
        return end.value.code, *capsys.readouterr()

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


def losses(out):
    """The training loss of the first and of the last epoch."""
    with open(out / "history.csv", newline="") as file:
        column = [float(row["loss"]) for row in csv.DictReader(file)]
    return column[0], column[-1]


def written(out):
    return json.loads((out / "metrics.json").read_text())


def test_names_smoke_writes_everything(tmp_path):
    code, _, errors = run("ner", *LEARN, "--max-examples=120", "--out", tmp_path)
    assert code == 0, errors
    assert {path.name for path in tmp_path.iterdir()} == COMMON | {"1"}
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {
        "curves.png", "tagged.html", "tagged.png", "transitions.png", "types.png",
    }  # fmt: skip
    metrics = written(tmp_path)
    assert metrics["backend"] == keras.config.backend() and metrics["evaluated_on"] == "test"
    assert 0 < metrics["baseline_f1"] < 0.6
    assert min(metrics[name] for name in ("precision", "recall", "f1")) > metrics["baseline_f1"]
    first, last = losses(tmp_path)
    assert last < 0.5 * first
    assert set(metrics["per_type"]) == {"LOC", "ORG", "PER"}
    rows = [line.split("\t") for line in (tmp_path / "predictions.tsv").read_text().splitlines()]
    assert rows[0] == ["tokens", "tags", "predicted"] and len(rows) == 121
    assert all(len({len(cell.split()) for cell in row}) == 1 for row in rows)
    assert (tmp_path / "1" / "saved_model.pb").is_file()
    assert "tokens, tags, span_start" in (tmp_path / "README.md").read_text()


@pytest.mark.once  # the model is that of the names
def test_segmentation_smoke_writes_everything(tmp_path, inside):
    code, _, errors = inside("segmentation", *LEARN, "--max-examples=60", "--out", tmp_path)
    assert code == 0, errors
    assert {path.name for path in tmp_path.iterdir()} == COMMON | {"1"}
    metrics = written(tmp_path)
    assert 0 <= metrics["oov_recall"] <= 1
    assert min(metrics[name] for name in ("precision", "recall", "f1")) > metrics["baseline_f1"]
    first, last = losses(tmp_path)
    assert last < 0.5 * first
    for line in (tmp_path / "predictions.tsv").read_text().splitlines()[1:]:
        truth, predicted = line.split("\t")
        assert truth.replace(" ", "") == predicted.replace(" ", "")


@resumes_on_torch
def test_interrupted_and_started_again_ends_as_if_it_had_not_been(tmp_path):
    # Sentences of one length, so that there is one program to compile in each of three processes.
    rows = [f"w{i} O\nAda{i % 7} B-PER\nsaw O\nRome B-LOC\n. O\n" for i in range(40)]
    (tmp_path / "train.txt").write_text("\n".join(rows))
    flags = [*QUICK, "--epochs=4", "--dropout=0.3", "--characters=none", "--batch-size=9"]
    flags += ["--data", tmp_path / "train.txt"]
    whole = start("ner", *flags, "--out", tmp_path / "whole")
    assert finish(whole)[0] == 0
    out = ["--out", tmp_path / "cut"]
    code, _, errors = cut_off("ner", *flags, *out, by=signal.SIGTERM, after="Epoch 3")
    assert code == 130, errors
    code, output, errors = run("ner", *flags, "--out", tmp_path / "cut")
    assert code == 0, errors
    assert "of a run that was cut off" in output
    for name in ("history.csv", "predictions.tsv"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@resumes_on_torch
def test_killed_segmentation_started_again_ends_with_the_same_weights(tmp_path, inside):
    # Sentences of one length, so that there is one program to compile.
    rows = [
        f"{a}{b} 和 {c} 去{d}\n" for a, b, c, d in itertools.product("张王", "小大", "李赵", "京沪")
    ]
    (tmp_path / "train.txt").write_text("".join(2 * rows), encoding="utf-8")
    data = ["--data", tmp_path / "train.txt", "--test", tmp_path / "train.txt"]
    flags = [*QUICK, "--epochs=5", "--patience=5", "--dropout=0.3", "--batch-size=3"]
    flags += ["--learning-rate=0.03", *data]
    code, _, errors = inside("segmentation", *flags, "--out", tmp_path / "whole")
    assert code == 0, errors
    out = tmp_path / "cut"
    code, _, _ = cut_off("segmentation", *flags, "--out", out, by=signal.SIGKILL, after="Epoch 3")
    assert code == -signal.SIGKILL
    code, output, errors = inside("segmentation", *flags, "--out", out)
    assert code == 0, errors
    assert "of a run that was cut off" in output
    assert_same_weights(out, tmp_path / "whole")
    for name in ("history.csv", "predictions.tsv"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.once
def test_chinese_names_in_columns_and_words_with_vectors(tmp_path, inside):
    """BMES of characters; and CoNLL's own scheme, with vectors and another tag column."""
    rows = "\n".join("王 B-NAME\n小 M-NAME\n明 E-NAME\n去 O\n了 O\n" for _ in range(3))
    more = "\n".join(f"李 B-NAME\n{c} E-NAME\n来 O\n" for c in "一二三四五六七")
    (tmp_path / "zh.txt").write_text(f"{rows}\n{more}", encoding="utf-8")
    flags = [*QUICK, "--epochs=1"]
    code, output, errors = inside(
        "ner", *flags, "--data", tmp_path / "zh.txt", "--out", tmp_path / "zh"
    )
    assert code == 0, errors
    assert "scheme BMES, detected" in output and "bigrams" in output
    conll = "\n".join(f"Ada I-PER x\nof O x\nP{i} I-LOC x\n" for i in range(12))
    (tmp_path / "en.txt").write_text(f"-DOCSTART- O x\n\n{conll}")
    (tmp_path / "vectors.txt").write_text("ada 1 0 0\nzed 0 1 0\n")
    code, output, errors = inside(
        "ner", *flags, "--data", tmp_path / "en.txt", "--tag-column=1", "--out", tmp_path / "en",
        "--vectors", tmp_path / "vectors.txt", "--characters=none", "--head=softmax",
    )  # fmt: skip
    assert code == 0, errors
    assert "scheme IOB1, detected" in output and "'characters'" not in output


@pytest.mark.once
def test_bad_input_is_one_sentence(tmp_path):
    (tmp_path / "bad.txt").write_text("Ada B-PER\nspoke\n")
    (tmp_path / "words.txt").write_text("一二\n三\n", encoding="utf-8")
    (tmp_path / "slip.txt").write_text("Ada I-PER\nspoke O\n")
    (tmp_path / "long.txt").write_text("\n".join(f"A{i} B-PER\n" + "x O\n" * 8 for i in range(3)))
    common, data = ["--smoke", "--out", tmp_path / "out"], lambda name: f"--data={tmp_path}/{name}"
    of_names = [
        ([data("missing.txt")], "missing.txt: no such file"),
        ([data("bad.txt")], "bad.txt:2: 2 columns expected, 1 found"),
        ([data("slip.txt"), "--scheme=BIO", "--strict"],
         "slip.txt:1: the tag 'I-PER' cannot stand here in BIO"),
        ([data("long.txt"), "--max-length=5"],
         "long.txt:1: a sentence of 9 tokens is longer than 5"),
        (["--head=viterbi"], "--head: must be one of crf, softmax"),
    ]  # fmt: skip
    words_to_tagged_text = [
        ([data("words.txt")], "words.txt: no blanks between words in any of 2 lines"),
        (["--data=tfds:pku"], "there is no such set of segmented text"),
    ]
    for recipe, cases in (("ner", of_names), ("segmentation", words_to_tagged_text)):
        assert_refused(recipe, [([*common, *flags], 2, words) for flags, words in cases])
