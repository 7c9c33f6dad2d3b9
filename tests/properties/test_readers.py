"""What is written to a file, whatever its characters, is what is read."""

import csv
import gzip
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keras_seq.crf.tag_schemes import SCHEMES, tags_of
from keras_seq.tasks.classification import read_labeled_text
from keras_seq.tasks.tagging import read_segmented_text, read_tagged_text
from keras_seq.tasks.translation import read_parallel_text

pytestmark = pytest.mark.once

ODD = "\t\r\x0b\x0c\x1c\x85\u00a0\u2028\u3000\ufeff\"',;#\\{}\u0301ß中😀"


def text_without(characters):
    """Text of any characters but these, which are not only white space."""
    taken = st.characters(exclude_categories=["Cs"], exclude_characters=["\0", *characters])
    odd = st.sampled_from([c for c in ODD if c not in characters])
    return st.text(taken | odd, min_size=1, max_size=12).filter(str.strip)


def examples_without(characters):
    """Texts and their labels, of at least two classes."""
    pairs = st.lists(st.tuples(*[text_without(characters)] * 2), min_size=2, max_size=5)
    return pairs.filter(lambda pairs: len({label.strip() for _, label in pairs}) > 1)


def check(path, pairs):
    """Readers strip texts and labels at both ends."""
    found = read_labeled_text(path)
    assert list(zip(found.texts, found.labels, strict=True)) == pairs


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("readers")


@given(pairs=examples_without("\t\n\r"))
def test_tsv(folder, pairs):
    lines = ["text\tlabel", *("\t".join(pair) for pair in pairs)]
    path = folder / "examples.tsv.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    check(path, [(text.strip(), label.strip()) for text, label in pairs])


@given(pairs=examples_without("\r"))
@example(pairs=[('two\nlines, "quoted"', "0"), ('"', "1")])
def test_csv(folder, pairs):
    path = folder / "examples.csv"
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *pairs])
    check(path, [(text.strip(), label.strip()) for text, label in pairs])


@given(pairs=examples_without(""), ascii=st.booleans())
def test_json_lines(folder, pairs, ascii):
    path = folder / "examples.jsonl"
    records = [{"text": text, "label": label} for text, label in pairs]
    lines = "\n".join(json.dumps(record, ensure_ascii=ascii) for record in records)
    path.write_text(lines, encoding="utf-8", newline="")
    check(path, [(text.strip(), label.strip()) for text, label in pairs])


@st.composite
def tagged_sentences(draw, characters):
    """A scheme, and sentences as lists of tokens and of tags that are in it."""
    token = text_without(characters).map(lambda text: text.strip(" "))
    token = token.filter(lambda text: text and not text.startswith("-DOCSTART-"))
    scheme = draw(st.sampled_from(SCHEMES))
    sentences = []
    for _ in range(draw(st.integers(1, 4))):
        tokens = draw(st.lists(token, min_size=1, max_size=6))
        end = draw(st.integers(1, len(tokens)))
        spans = [(draw(st.integers(0, end - 1)), end, draw(st.sampled_from(["PER", "b-c"])))]
        sentences.append((tokens, tags_of(spans, len(tokens), scheme)))
    return scheme, sentences


@given(written=tagged_sentences("\t\n\r"), columns=st.integers(0, 2))
def test_columns(folder, written, columns):
    scheme, sentences = written
    path = folder / "sentences.conll"
    between = ["_"] * columns
    blocks = [
        "\n".join("\t".join([token, *between, tag]) for token, tag in zip(*sentence, strict=True))
        for sentence in sentences
    ]
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8", newline="")
    found = read_tagged_text(path, scheme=scheme, strict=True)
    assert list(zip(found.tokens, found.tags, strict=True)) == sentences


@given(written=tagged_sentences(""))
def test_tagged_json_lines(folder, written):
    scheme, sentences = written
    path = folder / "sentences.jsonl"
    lines = [json.dumps({"tokens": tokens, "tags": tags}) for tokens, tags in sentences]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = read_tagged_text(path, scheme=scheme, strict=True)
    assert list(zip(found.tokens, found.tags, strict=True)) == sentences


@given(sentences=st.lists(st.lists(text_without("\n"), min_size=1, max_size=5), min_size=1))
def test_segmented_text(folder, sentences):
    words = [" ".join(sentence).split() for sentence in sentences]
    if all(len(row) == 1 for row in words):
        words.append(["two", "words"])
    path = folder / "segmented.txt"
    path.write_text("\n\n".join("\u3000".join(row) for row in words), "utf-8", newline="")
    found = read_segmented_text(path)
    assert found.tokens == [list("".join(row)) for row in words]
    for row, tags in zip(words, found.tags, strict=True):
        assert "".join(tags) == "".join(
            "S" if len(word) == 1 else f"B{'M' * (len(word) - 2)}E" for word in row
        )


@given(pairs=st.lists(st.tuples(*[text_without("\t\n\r")] * 2), min_size=1, max_size=5))
def test_parallel_text(folder, pairs):
    """Two files, and the columns of one: spaces are made single."""
    wanted = [tuple(" ".join(side.split()) for side in pair) for pair in pairs]
    paths = [folder / "source", folder / "target"]
    for path, side in zip(paths, zip(*pairs, strict=True), strict=True):
        path.write_text("\n".join(side), encoding="utf-8", newline="")
    both = folder / "both.tsv"
    both.write_text("\n".join(map("\t".join, pairs)), encoding="utf-8", newline="")
    for found in (read_parallel_text(*paths, strict=True), read_parallel_text(both, strict=True)):
        assert list(zip(found.sources, found.targets, strict=True)) == wanted
        assert found.left_out == {}
