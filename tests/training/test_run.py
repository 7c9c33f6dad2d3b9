"""The folder of a run: every file whole, figures that open, a card that says what it must."""

import errno
import json

import keras
import numpy as np
import pytest

from keras_seq.errors import InputError
from keras_seq.tasks.classification.batches import TextBatches
from keras_seq.tasks.classification.data import LabeledText
from keras_seq.tasks.classification.splits import labeled_text_splits
from keras_seq.training import launch
from keras_seq.training.config import Settings
from keras_seq.training.devices import PadToDevices
from keras_seq.training.model_card import (
    SERVED_TEXT,
    TEXT_LIMITS,
    CardText,
    write_model_card,
)
from keras_seq.training.plots import confusion, curves
from keras_seq.training.run import Run
from tests.full_disk import full_disk

pytestmark = pytest.mark.once


def png_size(path):
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def history():
    made = keras.callbacks.History()
    made.epoch = [0, 1, 2]
    made.history = {
        "accuracy": [0.5, 0.7, 0.9],
        "loss": [0.7, 0.5, 0.2],
        "val_accuracy": [0.5, 0.6, 0.6],
        "val_loss": [0.7, 0.6, 0.8],
        "learning_rate": [0.1, 0.1, 0.1],
    }
    return made


def test_tables(tmp_path):
    run = Run("sentiment", Settings(out=str(tmp_path)))
    columns = {"text": ["a\tb\n c", '"q", d'], "label": ["好", 2]}
    assert run.write_table("t.tsv", columns).read_text() == 'text\tlabel\na b c\t好\n"q", d\t2\n'
    assert run.write_table("t.csv", {"x": ["a,b"], "y": [1]}).read_text() == 'x,y\n"a,b",1\n'
    assert not list(tmp_path.glob(".*"))


def test_a_full_disk_leaves_the_files_that_were_there(tmp_path):
    run = Run("sentiment", Settings(out=str(tmp_path)))
    before = run.write("metrics.json", {"accuracy": 0.5}).read_text()
    with pytest.raises(OSError), full_disk(after=1000):
        run.write("metrics.json", {"accuracy": [0.25] * 1000})
    assert (tmp_path / "metrics.json").read_text() == before
    with pytest.raises(OSError), full_disk(after=1000):
        run.write("new.txt", "x" * 5000)
    assert not (tmp_path / "new.txt").exists()


def test_a_full_disk_leaves_the_model_that_was_there(tmp_path):
    run = Run("sentiment", Settings(out=str(tmp_path)))
    models = [
        keras.Sequential([keras.Input((2,)), keras.layers.Dense(units)]) for units in (1, 5000)
    ]
    path = run.save(models[0])
    with pytest.raises(OSError), full_disk(after=path.stat().st_size):
        run.save(models[1])
    kept = keras.saving.load_model(path).get_weights()
    for weight, wanted in zip(kept, models[0].get_weights(), strict=True):
        np.testing.assert_array_equal(weight, wanted)


def test_report_and_card(tmp_path, capsys):
    run = Run("sentiment", Settings(out=str(tmp_path)))
    curves(history(), tmp_path / "figures" / "curves.png", chosen=1)
    table = {"PER": {"f1": 1 / 3, "support": 7}, "LOC": {"f1": 0.5, "support": 12}}
    run.report(history(), {"per_type": table})
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["per_type", "f1", "support"] in lines and ["PER", "0.3333", "7"] in lines
    metrics = run.report(history(), {"evaluated_on": "test", "accuracy": 0.75})
    assert (tmp_path / "history.csv").read_text().splitlines()[1] == "1,0.5,0.7,0.5,0.7,0.1"
    assert json.loads((tmp_path / "metrics.json").read_text()) == metrics
    splits = {"train": LabeledText(["a"], ["0"], "reviews.tsv (by the header)")}
    text = CardText("a class", "texts", SERVED_TEXT, "label", TEXT_LIMITS)
    version, example = tmp_path / "3", 'it\'s "fine"\n'
    card = write_model_card(run, text, metrics, splits, version, example).read_text()
    assert "| accuracy | 0.7500 |" in card and "never saw" in card
    assert "- train: 1 texts from reviews.tsv (by the header)" in card
    assert "![curves.png](figures/curves.png)" in card
    assert f'tf.saved_model.load("{tmp_path}/3")' in card
    assert "its fine" in card and "| batch_size | 32 |" in card
    on_validation = {**metrics, "evaluated_on": "validation"}
    bare = write_model_card(run, text, on_validation, splits).read_text()
    assert "saved_model" not in bare and "saw only to choose its last epoch" in bare


def test_figures_open_and_grow_with_the_classes(tmp_path):
    curves(history(), tmp_path / "curves.png")
    width, height = png_size(tmp_path / "curves.png")
    assert width > 2 * height  # loss and accuracy beside each other; no learning rate
    sizes = []
    for classes in (2, 12):
        truth = np.arange(50) % classes
        path = tmp_path / f"{classes}.png"
        confusion(truth, truth[::-1], [f"class {k}" for k in range(classes)], path)
        sizes.append(png_size(path))
    assert sizes[1] > sizes[0]


def test_another_order_of_the_batches_is_other_data(tmp_path):
    run = Run("sentiment", Settings(out=str(tmp_path)))
    ids = [np.array([2, 3]), np.array([4]), np.array([5, 6, 7])]
    digests = {
        run.resume(TextBatches(texts, labels, 2, seed)).settings["data_sha256"]
        for texts, labels, seed in (
            (ids, [0, 1, 1], 0),
            (ids, [0, 1, 0], 0),
            (ids[:2], [0, 1], 0),
            (ids, [0, 1, 1], 3),
        )
    }
    assert len(digests) == 4


def test_even_batches_hold_every_example_once_by_weight():
    ids = [np.array([2 + i]) for i in range(7)]
    batches = TextBatches(ids, [i % 2 for i in range(7)], 4, seed=0)
    seen = []
    for index in range(len(batches)):
        rows, labels, weights = PadToDevices(batches, 3)[index]
        assert len(rows) == len(labels) == len(weights) and len(rows) % 3 == 0
        assert all((row[0] - 2) % 2 == label for row, label in zip(rows, labels, strict=True))
        seen += [row[0] for row, weight in zip(rows, weights, strict=True) if weight]
    assert sorted(seen) == [2 + i for i in range(7)]


def test_files_for_each_split(tmp_path):
    for name, count in (("train", 40), ("dev", 10)):
        lines = [f"text {name} {i}\t{i % 2}" for i in range(count)]
        (tmp_path / f"{name}.tsv").write_text("\n".join(["text\tlabel", *lines]) + "\n")
    train, dev = str(tmp_path / "train.tsv"), str(tmp_path / "dev.tsv")

    def sizes(**settings):
        splits = labeled_text_splits(Settings(data=train, **settings))
        assert not set(splits["train"].texts) & set(splits["validation"].texts)
        return {name: len(split) for name, split in splits.items()}

    assert sizes() == {"train": 36, "validation": 4}
    assert sizes(validation=dev) == {"train": 40, "validation": 10}
    assert sizes(test=dev) == {"train": 36, "validation": 4, "test": 10}
    assert sizes(test=dev, max_examples=8) == {"train": 8, "validation": 4, "test": 8}


def test_a_folder_has_one_run_and_a_refused_one_leaves_no_trace(tmp_path):
    kept = tmp_path / "kept"
    first = Run("sentiment", Settings(out=str(kept)))
    with pytest.raises(InputError, match="^.*/kept: another run that is going on writes there"):
        Run("sentiment", Settings(out=str(kept)))
    first.report(history(), {"accuracy": 0.5})
    first.finish()
    first.close()
    before = {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()}
    assert {path.name for path in before} == {"config.json", "history.csv", "metrics.json"}
    # Refused for its data, after its folder was made.
    Run("sentiment", Settings(out=str(kept), seed=7)).close()
    assert {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()} == before
    Run("sentiment", Settings(out=str(tmp_path / "new"))).close()
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_killed_process_lets_go_of_a_folder(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / ".lock").touch()
    Run("sentiment", Settings(out=str(tmp_path))).close()
    assert list(tmp_path.iterdir()) == []


def test_tensorboard_that_is_not_installed_is_refused_before_training(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match="^--tensorboard: it is not installed"):
        Run("sentiment", Settings(out=str(tmp_path), tensorboard=True))


def test_what_cannot_be_read_is_refused_where_nothing_is_read():
    with pytest.raises(InputError, match="^--text-column review: no file is read"):
        labeled_text_splits(Settings(), text_column="review")


def test_what_fails_while_a_recipe_runs_is_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("keras_seq.training.launch.signal.signal", lambda *_: None)
    for error, code, words in (
        (MemoryError(), 1, "sentiment: the memory does not suffice: take a smaller model"),
        (RuntimeError("RESOURCE_EXHAUSTED: 9 bytes"), 1, "sentiment: the memory does not suffice"),
        (OSError(errno.ENOSPC, "No space left on device"), 2, f"{tmp_path}: No space left on"),
    ):

        def main(config, run, error=error):
            raise error

        assert launch._run("sentiment", Settings(out=str(tmp_path)), main) == code
        assert words in capsys.readouterr().err
