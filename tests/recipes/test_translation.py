"""The translation recipe end to end: trained, translated, exported, asked; and what it refuses."""

import json
import re

import keras
import pytest

from keras_seq.export import latest_version
from keras_seq.export.process import call_in_clean_process
from keras_seq.tasks.translation.bleu_by_length import bleu_by_length, bleu_of_longer
from keras_seq.tasks.translation.metrics import translation_scores
from tests.recipes.process import run, sentence


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="minutes of compiling: once is enough")
def test_smoke(tmp_path):
    small = ["--units", 16, "--embedding", 16, "--max-examples", 40, "--beam", 2]
    code, output, errors = run(
        "translation", "--smoke", "--out", tmp_path, *small, "--max-length", 18
    )
    assert code == 0, errors
    assert re.search(r"train: \d+ pairs of over 18 subwords left out", output)
    assert re.search(r"test: sources of over 18 .*: \d+, which are translated whole", output)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert {"bleu", "chrf", "exact_match", "bleu_greedy", "baseline_bleu"} <= set(metrics)
    assert "tok:13a" in metrics["bleu_signature"]
    table = (tmp_path / "translations.tsv").read_text().splitlines()
    assert table[0] == "source\treference\toutput\tscore" and len(table) == 41
    errors = (tmp_path / "errors.md").read_text()
    assert [line.split()[1] for line in errors.splitlines()[2:5]] == ["1", "2", "4"]
    for name in (
        "figures/bleu_by_length.png",
        "bleu_by_length.tsv",
        "figures/alignment.png",
        "figures/curves.png",
        "README.md",
        "model.keras",
    ):
        assert (tmp_path / name).stat().st_size > 0, name
    texts = ["May 3, 1984", "", "☃"]
    (answer,) = call_in_clean_process(latest_version(tmp_path).absolute(), [{"text": texts}])
    assert answer["translation"][1] == "" and answer["score"][1] == 0.0
    assert len(answer["translation"]) == 3


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


@pytest.mark.once
def test_scores_by_hand():
    """One of two is right; chrF and BLEU of a copy are 100."""
    same = ["the cat sat on the mat", "a dog"]
    assert translation_scores(same, same)["chrf"] == 100.0
    scores = translation_scores(["the cat sat on the mat", "a hog"], same)
    assert scores["exact_match"] == 0.5 and scores["bleu"] < 100


@pytest.mark.once
def test_bleu_by_length_is_that_of_each_bucket():
    """sacreBLEU of the bucket alone; what has under 20 sentences is not told."""
    short, long = ["a dog runs here"] * 20, ["the cat sat on the mat"] * 21
    few = ["a b c d e f g h i j k"] * 19
    sources = short + few + long
    outputs = ["a dog runs"] * 20 + few + long
    found = bleu_by_length(sources, outputs, sources)
    alone = translation_scores(outputs[:20], short)["bleu"]
    assert found == [(1, 5, 20, alone), (6, 10, 21, 100.0)] and alone < 100
    assert bleu_of_longer(sources, outputs, sources, 5) == 100.0
    assert bleu_of_longer(sources, outputs, sources, 15) is None
