"""Which pairs are for what: what is held out has sources of its own."""

import types

import pytest

from keras_seq.tasks.translation.splits import parallel_text_splits


def config_of(path):
    return types.SimpleNamespace(
        data=[str(path)], validation=None, test=None, max_examples=None, seed=1
    )


@pytest.mark.once
def test_no_source_is_trained_on_and_held_out(tmp_path, capsys):
    rows = [f"word {n % 40}\tWort {n}" for n in range(200)]
    (tmp_path / "pairs.tsv").write_text("\n".join(rows))
    splits = parallel_text_splits(config_of(tmp_path / "pairs.tsv"))
    train, held = splits["train"], splits["validation"]
    assert not set(train.sources) & set(held.sources)
    assert len(set(held.sources)) == 2 and len(held) == 10 and len(train) == 190
    assert [s.split()[1] for s in train.sources] == [
        str(int(t.split()[1]) % 40) for t in train.targets
    ]
    assert "validation: 10 pairs" in capsys.readouterr().out


@pytest.mark.once
def test_a_single_source_cannot_be_held_out(tmp_path):
    (tmp_path / "pairs.tsv").write_text("word\tWort\nword\tVokabel\n")
    with pytest.raises(ValueError, match="two sources at least"):
        parallel_text_splits(config_of(tmp_path / "pairs.tsv"))
