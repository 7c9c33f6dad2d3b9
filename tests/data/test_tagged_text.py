"""Parts of tagged sentences: held out, drawn, cut to a limit."""

import pytest

from keras_seq.data import TaggedText

pytestmark = pytest.mark.once


def numbered(count):
    return TaggedText([[f"w{i}", "x"] for i in range(count)], [["B-A", "O"]] * count, "BIO", "here")


def test_held_out_sentences_are_in_one_part_only():
    text = numbered(40)
    doubled = TaggedText(text.tokens * 2, text.tags * 2, "BIO", "here")
    kept, held = doubled.halves(0.1, seed=3)
    assert len(held) == 8 and len(kept) == 72
    assert not {tuple(row) for row in kept.tokens} & {tuple(row) for row in held.tokens}
    assert doubled.halves(0.1, seed=3)[1].tokens == held.tokens
    assert doubled.halves(0.1, seed=4)[1].tokens != held.tokens
    with pytest.raises(ValueError, match="here, .*: there are no two different sentences to split"):
        text.rows([0, 0], "twice").halves(0.5, 0)


def test_some_are_drawn_from_all_over():
    drawn = numbered(100).some(10)
    assert len(drawn) == 10 and drawn.tokens == sorted(drawn.tokens, key=lambda r: int(r[0][1:]))
    assert int(drawn.tokens[-1][0][1:]) > 50
    assert numbered(5).some(10) == numbered(5)


def test_a_long_sentence_is_refused_or_cut_between_spans():
    tokens = ["a", "b", ",", "N", "N", "N", "c", ".", "d"]
    tags = ["O", "O", "O", "B-X", "I-X", "I-X", "O", "O", "O"]
    text = TaggedText([["short"], tokens], [["O"], tags], "BIO", "here")
    assert text.limited(9, cut=False) is text
    with pytest.raises(
        ValueError, match="here: 1 sentences are longer than 8 tokens, the first is"
    ):
        text.limited(8, cut=False)
    cut = text.limited(5, cut=True)
    assert cut.tokens == [["short"], ["a", "b", ","], ["N", "N", "N", "c", "."], ["d"]]
    assert cut.spans == [[], [], [(0, 3, "X")], []]
    assert cut.source == "here, 1 sentences longer than 5 tokens split"
    with pytest.raises(ValueError, match="sentence here: 2: a span is longer than 2 tokens"):
        text.limited(2, cut=True)


def test_types_and_other_schemes():
    text = TaggedText([["a", "b"]], [["I-P", "I-P"]], "IOB1", "here")
    assert text.types == ["P"] and text.spans == [[(0, 2, "P")]]
    assert text.in_scheme("BMES").tags == [["B-P", "E-P"]]
