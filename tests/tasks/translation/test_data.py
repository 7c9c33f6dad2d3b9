"""Pairs from files and the embedded ones; pieces and back."""

import datetime

import numpy as np
import pytest

from keras_seq.data.sentencepiece import SentencePiece, until_end
from keras_seq.tasks.translation.data import ParallelText, read_parallel_text
from keras_seq.tasks.translation.synthetic import synthetic_dates

pytestmark = pytest.mark.once


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def test_two_files_and_one(write):
    en = write("en", "\ufeffa  man\r\n\r\nthe\tend\n".encode())
    de = write("de", b"ein Mann\nnichts\ndas Ende\n")
    pairs = read_parallel_text(en, de)
    assert pairs.sources == ["a man", "the end"] and pairs.targets == ["ein Mann", "das Ende"]
    assert pairs.left_out == {"an empty side": 1}
    both = write("both.tsv", b"a man\tein Mann\tCC-BY\nthe end\tdas Ende\n\n")
    assert read_parallel_text(both).targets == pairs.targets


def refused(call):
    with pytest.raises(ValueError) as error:
        call()
    return str(error.value)


def test_what_is_refused(write):
    one, two = write("one", b"a\nb\n"), write("two", b"a\nb\nc\n")
    assert refused(lambda: read_parallel_text(one, two)) == (
        f"{one} and {two}: the files must have as many lines. Received: 2 and 3"
    )
    gap = write("gap", b"a\n\n")
    assert refused(lambda: read_parallel_text(gap, one, strict=True)).startswith(
        f"{gap}:2: a side is empty (1 in all"
    )
    narrow = write("narrow.tsv", b"a\tb\nc\n")
    assert refused(lambda: read_parallel_text(narrow)) == (
        f"{narrow}:2: 2 columns are expected, 1 found"
    )
    latin = write("latin", b"a\nb\xe9\n")
    assert refused(lambda: read_parallel_text(latin, one)).startswith(f"{latin}:2:2: the byte 0xe9")
    missing = one.with_name("missing")
    assert refused(lambda: read_parallel_text(missing)) == f"{missing}: no such file"
    assert refused(lambda: ParallelText(["a"], [], "x")).endswith("Received: 1 and 0")
    assert refused(lambda: ParallelText([], [], "x")) == "x: there is no pair of sentences"


def test_empty_lines_are_counted_where_they_stand(write):
    table = write("pairs.tsv", b"a\tb\n\n\n   \nc\t\nd\te\n")
    pairs = read_parallel_text(table)
    assert pairs.sources == ["a", "d"] and pairs.left_out == {"an empty side": 4}
    said = refused(lambda: read_parallel_text(table, strict=True))
    assert said.startswith(f"{table}:2: a side is empty (4 in all")
    one, gap = write("one", b"a\nb\n"), write("gap", b"c\n\n")
    said = refused(lambda: read_parallel_text(one, gap, strict=True))
    assert said.startswith(f"{gap}:2: a side is empty (1 in all")


def test_the_embedded_pairs_mean_what_they_say():
    splits = synthetic_dates(3)
    texts = [text for pairs in splits.values() for text in pairs.sources]
    assert len(set(texts)) == len(texts) == 21500, "a text in two splits"
    dates = 0
    for source, target in zip(splits["test"].sources, splits["test"].targets, strict=True):
        if "-" not in target:
            assert target.isdigit() and 0 < int(target) < 10**6
            continue
        dates += 1
        date = datetime.date.fromisoformat(target)
        words = source.lower()
        month = date.strftime("%b").lower()
        assert month in words or f"{date.month}" in words
        if any(c.isdigit() for c in words):
            assert str(date.day) in words or str(date.year) in words
        if date.strftime("%a").lower() + "," in words or words.startswith(date.strftime("%a,")):
            assert date.strftime("%a").lower() in words
    assert 0.7 < dates / 1000 < 0.9
    assert splits["train"].sources == synthetic_dates(3)["train"].sources


SAID = {
    "seventy-five thousand, six hundred and twenty-two": "75622",
    "nine hundred and ninety-nine thousand, nine hundred and ninety-nine": "999999",
    "four thousand and seventeen": "4017",
    "twelve": "12",
}


@pytest.mark.parametrize("words, digits", SAID.items())
def test_numbers_in_words_by_hand(words, digits):
    from keras_seq.tasks.translation.synthetic import _words

    assert _words(int(digits)) == words


def test_years_and_ordinals_by_hand():
    from keras_seq.tasks.translation.synthetic import _ordinal, _year

    years = {1900: "nineteen hundred", 1905: "nineteen oh-five", 1984: "nineteen eighty-four"}
    years |= {2000: "two thousand", 2009: "two thousand and nine", 2065: "twenty sixty-five"}
    assert {year: _year(year) for year in years} == years
    said = ["first", "second", "third", "fifth", "ninth", "twelfth", "twentieth", "twenty-first"]
    assert [_ordinal(n) for n in (1, 2, 3, 5, 9, 12, 20, 21)] == said


def test_pieces_and_back():
    splits = synthetic_dates()
    texts = splits["train"].sources[:2000] + splits["train"].targets[:2000]
    pieces = SentencePiece.learn(texts, 100)
    again = SentencePiece.from_config(pieces.to_config())
    ids = pieces.encode(splits["test"].sources[:50])
    assert all((row > 2).all() and (row < len(pieces)).all() for row in ids)
    for one, other in zip(ids, again.encode(splits["test"].sources[:50]), strict=True):
        np.testing.assert_array_equal(one, other)
    back = pieces.decode(pieces(splits["test"].sources[:50])).numpy()
    assert [text.decode() for text in back] == splits["test"].sources[:50]
    assert all(len(p.strip("▁")) <= 1 for p in pieces.pieces(ids[0]) if any(map(str.isdigit, p)))
    assert 3 in pieces.encode(["☃"])[0], "an unknown character"
    said = np.array([[5, 6, 2, 7], [3, 5, 6, 7], [2, 0, 0, 0]])
    assert until_end(said).to_list() == [[5, 6], [5, 6, 7], []]
    assert refused(lambda: SentencePiece.learn([""], 100)).startswith(
        "SentencePiece.learn: 1 texts give no"
    )


def test_long_texts_are_learned_from_and_few_pieces_refused():
    pieces = SentencePiece.learn(["one two"] * 5 + ["zqx wvu " * 1000] * 5, 60)
    assert 3 not in pieces.encode(["zqx wvu"])[0], "an unknown character"
    said = refused(lambda: SentencePiece.learn(["one two", "two one one"] * 5, 6))
    assert said.startswith("SentencePiece.learn: `vocabulary_size` must be at least 1")
