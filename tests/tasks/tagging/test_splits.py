"""Tagged sentences as the flags name them, and the pictures of them."""

import matplotlib.image
import numpy as np
import pytest

from keras_seq.tasks.tagging.html import tagged_page
from keras_seq.tasks.tagging.plots import confusion_of_types, tagged_sentences, transition_scores
from keras_seq.tasks.tagging.preprocessor import TaggerPreprocessor
from keras_seq.tasks.tagging.splits import segmented_text_splits, tagged_text_splits
from keras_seq.training.config import Settings

pytestmark = pytest.mark.once

ROW = (["Ada", "<b>", "of", "Rome"], [(0, 1, "PER"), (3, 4, "LOC")], [(0, 2, "PER")])


def columns(path, count, kind="PER", first="B"):
    rows = [f"w{i} {first}-{kind}\nv{i} I-{kind}\nx O\n" for i in range(count)]
    path.write_text("\n".join(rows))
    return str(path)


def test_a_tenth_is_held_out_and_the_scheme_holds_for_all(tmp_path, capsys):
    train = columns(tmp_path / "train.txt", 40, first="I")
    test = columns(tmp_path / "test.txt", 3)
    splits = tagged_text_splits(Settings(data=train, test=test))
    assert [len(splits[name]) for name in ("train", "validation", "test")] == [36, 4, 3]
    assert {text.scheme for text in splits.values()} == {"IOB1"}
    assert "3 tags repaired" in splits["test"].source and "40 kept" not in capsys.readouterr().out
    with pytest.raises(ValueError, match="test.txt:1: the tag 'B-PER' cannot stand here in IOB1"):
        tagged_text_splits(Settings(data=train, test=test), strict=True)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"data": "tfds:no_such_set"}, "tfds:no_such_set: TensorFlow Datasets has no set"),
        ({"data": "missing.txt"}, "missing.txt: no such file"),
    ],
)
def test_what_does_not_fit_is_said(tmp_path, settings, message):
    settings = {"data": columns(tmp_path / "train.txt", 5), **settings}
    with pytest.raises(ValueError, match=message):
        tagged_text_splits(Settings(**settings))


def test_a_type_that_training_has_not_is_missed_and_said(tmp_path):
    train = columns(tmp_path / "train.txt", 5)
    test = columns(tmp_path / "test.txt", 2, "ORG")
    with pytest.warns(UserWarning, match="the type 'ORG' is none of the training types PER: all"):
        splits = tagged_text_splits(Settings(data=train, test=test))
    tagging = TaggerPreprocessor(splits["train"], ("words",))
    inputs, tags = tagging.batches(splits["test"], 2, seed=0, shuffle=False)[0][:2]
    assert not tags.any()  # O, which no span of it is


def test_an_untyped_file_has_an_outside(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text("A B\nx I\ny O\n\nz O\nC B\n")
    tagging = TaggerPreprocessor(
        tagged_text_splits(Settings(data=str(path)))["train"].in_scheme("BIOES"), ("words",)
    )
    assert tagging.tags == ["O", "B", "I", "E", "S"]


def test_text_without_spans_cannot_be_learned(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text("a O\n\nb O\n")
    with pytest.raises(ValueError, match="no sentence has a span to be found"):
        tagged_text_splits(Settings(data=str(path)))


def test_segmented_files(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text("".join(f"第{i} 句 话\n" for i in range(20)), encoding="utf-8")
    splits, _ = segmented_text_splits(Settings(data=str(path)))
    assert [len(text) for text in splits.values()] == [18, 2]
    with pytest.raises(ValueError, match="--data tfds:x: there is no such set of segmented text"):
        segmented_text_splits(Settings(data="tfds:x"))


def test_words_of_the_training_file_are_known_but_for_those_that_are_scored(tmp_path):
    """A line has a word of its own, so that it can be told whether it counts."""
    path, test = tmp_path / "train.txt", tmp_path / "test.txt"
    path.write_text("".join(f"第{i} 句 话\n" for i in range(20)), encoding="utf-8")
    test.write_text("第九九 句\n", encoding="utf-8")
    whole = {"句", "话", *(f"第{i}" for i in range(20))}
    assert segmented_text_splits(Settings(data=str(path), test=str(test)))[1] == whole
    splits, known = segmented_text_splits(Settings(data=str(path)))
    held = {"".join(row)[:-2] for row in splits["validation"].tokens}
    assert len(held) == 2 and known == whole - held
    both = Settings(data=str(path), validation=str(test), test=str(test))
    assert segmented_text_splits(both)[1] == whole


@pytest.mark.parametrize("inside, scheme", [("M", "BMES"), ("I", "BIOES"), (None, "BIOES")])
@pytest.mark.parametrize("flag", ["validation", "test"])
def test_what_spans_without_a_middle_leave_open_another_file_tells(tmp_path, inside, scheme, flag):
    """B, E and S are of BIOES as of BMES."""
    train, other = tmp_path / "train.txt", tmp_path / "other.txt"
    train.write_text("".join(f"{c} B-N\n{c} E-N\nx O\n{c} S-N\n\n" for c in "abcde"))
    middle = f"m {inside}-N\n" if inside else ""
    other.write_text(f"b B-N\n{middle}e E-N\nx O\n")
    splits = tagged_text_splits(Settings(data=str(train), **{flag: str(other)}), strict=True)
    assert {text.scheme for text in splits.values()} == {scheme}
    assert splits[flag].spans == [[(0, 3 if inside else 2, "N")]]
    assert all(f"scheme {scheme}" in text.source for text in splits.values())


def test_the_page_shows_what_was_said_and_what_was_missed(tmp_path):
    errors = [{"text": "Rome", "is": "LOC", "said": "nothing", "count": 1, "example": "a & b"}]
    tagged_page(tmp_path / "page.html", "A <title>", ["LOC", "PER"], [ROW], errors)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert 'class="span wrong" style="background: #fdae6b">Ada &lt;b&gt;<small>PER</small>' in page
    assert 'class="missed">Rome<small>LOC</small>' in page
    assert 'class="missed">Ada<small>PER</small>' in page
    assert "<title>A &lt;title&gt;</title>" in page and "<td>a &amp; b</td>" in page
    assert "<b>" not in page


def test_characters_without_a_font_are_one_warning(tmp_path):
    row = (["\U0001f9ff", "\ue000", "\ue001"], [], [])
    with pytest.warns(UserWarning) as raised:
        tagged_sentences(tmp_path / "tagged.png", [], [row])
    assert {str(w.message).partition(":")[0] for w in raised} == {
        "characters in a figure are in no installed font and drawn as boxes"
    }


def test_figures_are_drawn(tmp_path):
    """A wrong span has its colour and a red frame; what is forbidden is grey."""
    tagged_sentences(tmp_path / "tagged.png", ["LOC", "PER"], [ROW, (["$a_1$"] * 60, [], [])])
    pixels = (matplotlib.image.imread(tmp_path / "tagged.png")[..., :3] * 255).round()
    for color in ((0xFD, 0xAE, 0x6B), (0xCC, 0, 0)):
        assert (pixels == color).all(axis=-1).sum() > 50
    scores = np.array([[0.0, 2.0], [-1e4, -1.0]])
    transition_scores(tmp_path / "moves.png", ["O", "B"], scores, np.zeros(2), np.zeros(2))
    pixels = (matplotlib.image.imread(tmp_path / "moves.png")[..., :3] * 255).round()
    assert (pixels == 0xDD).all(axis=-1).sum() > 1000
    path = tmp_path / "types.png"
    confusion_of_types(
        [[(0, 1, "PER")], []], [[(0, 1, "LOC")], [(1, 2, "PER")]], ["LOC", "PER"], path
    )
    assert path.stat().st_size > 1000
