"""Parts of tagged sentences: held out, drawn, cut to a limit."""

import pytest

from keras_seq.tasks.tagging.conll import read_tagged_text
from keras_seq.tasks.tagging.data import TaggedText
from keras_seq.tasks.tagging.segmentation_data import read_segmented_text

pytestmark = pytest.mark.once


def numbered(count):
    return TaggedText([[f"w{i}", "x"] for i in range(count)], [["B-A", "O"]] * count, "BIO", "here")


def test_held_out_sentences_are_in_one_part_only():
    text = numbered(40)
    doubled = TaggedText(text.tokens * 2, text.tags * 2, "BIO", "here")
    kept, held = doubled.hold_out(0.1, seed=3)
    assert len(held) == 8 and len(kept) == 72
    assert not {tuple(row) for row in kept.tokens} & {tuple(row) for row in held.tokens}
    assert doubled.hold_out(0.1, seed=3)[1].tokens == held.tokens
    assert doubled.hold_out(0.1, seed=4)[1].tokens != held.tokens
    with pytest.raises(ValueError, match="here, .*: there are no two different sentences to split"):
        text.select([0, 0], "twice").hold_out(0.5, 0)


def test_some_are_drawn_from_all_over():
    drawn = numbered(100).sample(10)
    assert len(drawn) == 10 and drawn.tokens == sorted(drawn.tokens, key=lambda r: int(r[0][1:]))
    assert int(drawn.tokens[-1][0][1:]) > 50
    assert numbered(5).sample(10) == numbered(5)


def test_a_long_sentence_is_refused_or_cut_between_spans():
    tokens = ["a", "b", ",", "N", "N", "N", "c", ".", "d"]
    tags = ["O", "O", "O", "B-X", "I-X", "I-X", "O", "O", "O"]
    text = TaggedText([["short"], tokens], [["O"], tags], "BIO", "here")
    assert text.limit_length(9, split=False) is text
    wanted = "here: sentence 2: a sentence of 9 tokens is longer than 8: raise --max-length"
    with pytest.raises(ValueError, match=wanted):
        text.limit_length(8, split=False)
    cut = text.limit_length(5, split=True)
    assert cut.tokens == [["short"], ["a", "b", ","], ["N", "N", "N", "c", "."], ["d"]]
    assert cut.spans == [[], [], [(0, 3, "X")], []]
    assert cut.source == "here, 1 longer than 5 tokens split"
    with pytest.raises(ValueError, match="^here: sentence 2: a span is longer than 2 tokens"):
        text.limit_length(2, split=True)


def test_a_long_sentence_is_named_by_its_line_in_the_file(tmp_path):
    """Also of a part: drawn, or with others held out."""
    path = tmp_path / "long.txt"
    path.write_text("\n".join(f"N{i} B-X\n" + "x O\n" * (i % 2) for i in range(8)))
    text = read_tagged_text(path)
    for part in (text, text.select([2, 3, 5, 7], "a part"), text.select([2, 3], "a part")):
        count = sum(len(row) == 2 for row in part.tokens)
        more = {4: r" \(3 more are\)", 3: r" \(2 more are\)", 1: ""}[count]
        line = 3 if part is text else 8
        wanted = rf"long.txt:{line}: a sentence of 2 tokens is longer than 1{more}: raise"
        with pytest.raises(ValueError, match=wanted):
            part.limit_length(1, split=False)
    with pytest.raises(ValueError, match=r"longer than 1 \(1 more is\): raise"):
        text.select([1, 3], "a part").limit_length(1, split=False)
    cut = text.limit_length(1, split=True)
    assert [place.rpartition(":")[2] for place in cut.places[:4]] == ["1", "3", "3", "6"]
    path = tmp_path / "words.txt"
    path.write_text("a b\n\nabc d\n")
    with pytest.raises(ValueError, match="words.txt:3: a sentence of 4 tokens is longer than 3"):
        read_segmented_text(path).limit_length(3, split=False)


def test_types_and_other_schemes():
    text = TaggedText([["a", "b"]], [["I-P", "I-P"]], "IOB1", "here")
    assert text.types == ["P"] and text.spans == [[(0, 2, "P")]]
    assert text.in_scheme("BMES").tags == [["B-P", "E-P"]]
