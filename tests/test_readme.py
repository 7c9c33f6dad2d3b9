"""The figures of the README files are those of the default runs, in recipes/results.json."""

import json
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent
RESULTS = json.loads((ROOT / "recipes" / "results.json").read_text())
# Recipe -> the figures that its row has in both tables, in order.
FIGURES = {
    "sentiment": ("{accuracy:.3f}", "{baseline_accuracy:.3f}"),
    "ner": ("{f1:.3f}", "{baseline_f1:.3f}"),
    "segmentation": ("{f1:.3f}", "{baseline_f1:.3f}"),
    "next_frame": ("{mse_under_baseline:.0%}",),
    "translation": ("{exact_match:.3f}", "{baseline_bleu:.2f}"),
}


def rows(path, pattern):
    """The rows of tables whose text matches a pattern, as lists of cells."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return [line.strip("| ").split("|") for line in lines if re.match(r"\|.*" + pattern, line)]


def figures(cells):
    return re.findall(r"(?<![A-Za-z\d])\d[\d,]*\.?\d*(?: %)?", " ".join(cells))


def shown(recipe, formats):
    return [f.format(**RESULTS[recipe]).replace("%", " %") for f in formats]


def test_every_recipe_has_results():
    recipes = {path.stem for path in (ROOT / "recipes").glob("*.py")}
    assert set(RESULTS) == set(FIGURES) == recipes


@pytest.mark.parametrize("recipe", FIGURES)
def test_the_tables_have_the_figures_of_the_default_run(recipe):
    wanted = shown(recipe, FIGURES[recipe])
    (row,) = rows("README.md", f"RECIPE={recipe}`")
    assert figures(row[2:]) == wanted
    (row,) = rows("recipes/README.md", rf"`{recipe}\.py`")
    assert figures(row[4:]) == [*wanted, f"{RESULTS[recipe]['seconds']:.0f}"]


def test_the_tables_of_results_on_real_data_begin_with_the_default_run():
    (row,) = rows("recipes/README.md", "synthetic moving digits")
    wanted = ["{mse_under_baseline:.0%}", "{mse_under_blank:.0%}"]
    assert figures(row[2:4]) == shown("next_frame", wanted)
    (row,) = rows("recipes/README.md", "synthetic dates and numbers")
    wanted = ["{exact_match:.3f}", "{bleu:.1f}", "{bleu_greedy:.1f}", "{chrf:.1f}"]
    assert figures(row[:5]) + figures(row[5:6]) == shown(
        "translation", [*wanted, "{baseline_bleu:.2f}"]
    )


def test_the_readme_is_short_and_its_pictures_are_small_files_of_the_package():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.split()) <= 1000
    for name in re.findall(r"!\[[^]]*\]\(([^)]+)\)", text):
        assert name.startswith("recipes/pictures/")
        assert (ROOT / name).stat().st_size <= 300_000
