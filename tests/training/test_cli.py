"""A dataclass as flags: types, help from comments, and one sentence for what is wrong."""

from dataclasses import dataclass
from typing import Literal

import pytest

from keras_seq.training.cli import parse
from keras_seq.training.config import PositiveFloat, PositiveInt, Settings, Text, UnitInterval

pytestmark = pytest.mark.once


@dataclass
class Config(Settings):
    epochs: PositiveInt = 7  # passes, fewer than elsewhere
    cell: Literal["lstm", "gru"] = "lstm"  # of which kind  # fmt: skip
    units: PositiveInt = 64  # 100% of them
    dropout: UnitInterval = 0.25  # of the inputs
    clip_norm: PositiveFloat | None = None  # of the gradient
    lowercase: bool = True  # whether
    column: Text | None = None  # name
    learning_rate: PositiveFloat = 0.5
    rate: PositiveFloat | None = (
        None  # that stands in the next line
    )  # fmt: skip


def test_defaults_and_own_flags():
    config = parse(Config, [])
    assert (config.epochs, config.cell, config.clip_norm, config.lowercase) == (
        7,
        "lstm",
        None,
        True,
    )
    flags = "--cell=gru --clip-norm 2 --no-lowercase --column text --batch-size 8 --no-export"
    config = parse(Config, flags.split())
    assert (config.cell, config.clip_norm, config.lowercase) == ("gru", 2.0, False)
    assert (config.column, config.batch_size, config.export) == ("text", 8, False)


def test_every_field_is_in_the_help_with_its_comment(capsys):
    with pytest.raises(SystemExit) as ended:
        parse(Config, ["--help"], description="What it does.")
    assert ended.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "What it does." in text
    assert "--cell lstm|gru of which kind (default: lstm)" in text
    assert "--units INT 100% of them (default: 64)" in text
    assert "--epochs INT passes, fewer than elsewhere (default: 7)" in text
    assert "--lowercase, --no-lowercase whether (default: yes)" in text
    assert "--batch-size INT number of examples in a batch (default: 32)" in text
    assert "--learning-rate FLOAT initial learning rate (default: 0.5)" in text
    assert "--rate FLOAT that stands in the next line" in text


@pytest.mark.parametrize(
    "flags, words",
    [
        ("--units 0", "--units: must be a positive integer. Received: '0'"),
        ("--units 1.5", "--units: must be a positive integer. Received: '1.5'"),
        ("--dropout 1.0", "--dropout: must be a number in [0, 1). Received: '1.0'"),
        ("--dropout -0.1", "--dropout: must be a number in [0, 1). Received: '-0.1'"),
        ("--clip-norm nan", "--clip-norm: must be a positive number. Received: 'nan'"),
        ("--learning-rate inf", "--learning-rate: must be a positive number. Received: 'inf'"),
        ("--cell rnn", "--cell: must be one of lstm, gru. Received: 'rnn'"),
        (
            "--backend theano",
            "--backend: must be one of tensorflow, jax, torch. Received: 'theano'",
        ),
        ("--seed x", "--seed: must be an integer from 0 to 4294967295. Received: 'x'"),
        ("--seed -1", "--seed: must be an integer from 0 to 4294967295. Received: '-1'"),
        (f"--seed {2**32}", "from 0 to 4294967295. Received: '4294967296'"),
        ("--out=", "--out: must be text in UTF-8, at least one character. Received: ''"),
        ("--data=", "--data: must be text in UTF-8, at least one character. Received: ''"),
        (
            "--out=a\udcff",
            "--out: must be text in UTF-8, at least one character. Received: 'a\\udcff'",
        ),
        ("--epochs", "--epochs: expected one argument"),
        ("--epoch 3", "there is no flag --epoch: is it --epochs?"),
        ("--xyzzy 3", "there is no flag --xyzzy (see --help)"),
        ("data.tsv", "every setting is a flag. Received: 'data.tsv'"),
    ],
)
def test_what_is_wrong_is_one_sentence(flags, words, capsys):
    with pytest.raises(SystemExit) as ended:
        parse(Config, flags.split())
    assert ended.value.code == 2
    errors = capsys.readouterr().err
    assert errors.endswith(words + "\n") and errors.count("\n") == 1


def test_smoke_bounds_what_takes_time():
    config = parse(Settings, ["--smoke", "--epochs", "1", "--max-examples", "5000"])
    assert (config.epochs, config.max_examples) == (1, 200)


def test_arguments_of_takes_keywords_only():
    def build(units, *, cell, dropout, other=1):
        pass

    assert parse(Config, []).arguments_of(build) == {"cell": "lstm", "dropout": 0.25}
