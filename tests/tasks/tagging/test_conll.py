"""Tagged sentences from files: what is read, what is repaired, what is refused and where."""

import gzip
import json

import pytest

from keras_seq.tasks.tagging.conll import read_tagged_text
from keras_seq.tasks.tagging.segmentation_data import read_segmented_text, spans_to_words

pytestmark = pytest.mark.once

CONLL = """-DOCSTART- -X- -X- O

# a comment
EU NNP I-NP I-ORG
rejects VBZ I-VP O
German JJ I-NP I-MISC
# NN I-NP O
. . O O

Peter NNP I-NP I-PER
Blackburn NNP I-NP I-PER"""


@pytest.fixture
def file(tmp_path):
    def write(text, name="train.txt"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return path

    return write


def test_columns_as_conll_has_them(file):
    text = read_tagged_text(file(CONLL))
    assert text.tokens == [["EU", "rejects", "German", "#", "."], ["Peter", "Blackburn"]]
    assert text.tags == [["I-ORG", "O", "I-MISC", "O", "O"], ["I-PER", "I-PER"]]
    assert text.scheme == "IOB1" and "detected" in text.source and "repaired" not in text.source
    assert text.in_scheme("BIOES").tags[0] == ["S-ORG", "O", "S-MISC", "O", "O"]
    chunks = read_tagged_text(file(CONLL), tag_column=2)
    assert chunks.tags[0] == ["I-NP", "I-VP", "I-NP", "I-NP", "O"]


def test_comments_stand_before_a_sentence_only(file):
    read = read_tagged_text(file("# my plan B\nEU NN B-X\n# NN O\nEU NN O\n"))
    assert read.tokens == [["EU", "#", "EU"]]
    with pytest.raises(ValueError, match="train.txt:2: 3 columns expected, 2 found"):
        read_tagged_text(file("EU NN B-X\n#tag B-X\nEU NN O\n"))
    with pytest.raises(ValueError, match="train.txt:2: the tag 'B_X' is of no known scheme"):
        read_tagged_text(file("EU NN B-X\n#tag NN B_X\nEU NN O\n"))


def test_a_document_begins_a_sentence_and_blanks_beside_tabs_are_none_of_the_cell(file):
    read = read_tagged_text(file("A\tB-X\n-DOCSTART-\tO\nB \tB-X \n"))
    assert read.tokens == [["A"], ["B"]] and read.types == ["X"]


@pytest.mark.parametrize(
    "text",
    [
        "EU\tB-ORG\r\nwon\tO\r\n\r\nIt\tO\r\n",
        "\ufeffEU B-ORG\nwon   O\n\n\n \nIt O",
        gzip.compress(b"EU B-ORG\nwon O\n\nIt O\n", mtime=0),
        "EU\tx y\tB-ORG\nwon\tz\tO\n\nIt\tz\tO\n",
    ],
)
def test_tabs_blanks_endings_and_gzip(file, text):
    name = "train.txt.gz" if isinstance(text, bytes) else "train.txt"
    read = read_tagged_text(file(text, name))
    assert read.tokens == [["EU", "won"], ["It"]]
    assert read.tags == [["B-ORG", "O"], ["O"]]


def test_an_ideographic_blank_is_a_token(file):
    assert read_tagged_text(file("\u3000 O\n北 B-LOC\n")).tokens == [["\u3000", "北"]]


def test_json_lines(file):
    rows = [{"tokens": ["EU", "won"], "tags": ["B-ORG", "O"]}, {"words": ["It"], "ner": ["O"]}]
    read = read_tagged_text(file("\n".join(map(json.dumps, rows)) + "\n\n", "train.jsonl"))
    assert read.tokens == [["EU", "won"], ["It"]] and read.tags == [["B-ORG", "O"], ["O"]]


def test_tags_of_names_come_before_other_tags(file):
    row = {"tokens": ["EU"], "tags": ["O"], "pos_tags": ["NNP"], "ner_tags": ["B-ORG"]}
    assert read_tagged_text(file(json.dumps(row), "a.jsonl")).tags == [["B-ORG"]]


def test_repairs_are_counted_and_strict_refuses(file):
    path = file("He O\nEU B-ORG\nwon O\n\nthe O\nUN I-ORG\nand O\nEU B-ORG\n\nUN I-ORG\n")
    text = read_tagged_text(path, scheme="BIO")
    assert text.tags == [["O", "B-ORG", "O"], ["O", "B-ORG", "O", "B-ORG"], ["B-ORG"]]
    assert "2 tags repaired" in text.source
    with pytest.raises(
        ValueError,
        match=r"train.txt:6: the tag 'I-ORG' cannot stand here in BIO \(1 more line is wrong: 10\)",
    ):
        read_tagged_text(path, scheme="BIO", strict=True)


@pytest.mark.parametrize(
    "text, name, message",
    [
        ("EU B-ORG\nwon\n", "a.txt", "a.txt:2: 2 columns expected, 1 found"),
        ("EU NNP B-ORG\nwon O\n", "a.txt", "a.txt:2: 3 columns expected, 2 found"),
        ("EU\nwon\n", "a.txt", "a.txt:1: at least 2 columns expected, 1 found"),
        ("EU B-ORG\nwon X-ORG\n", "a.txt", "a.txt:2: the tag 'X-ORG' is of no known scheme"),
        ("EU NNP\n", "a.txt", "a.txt:1: the tag 'NNP' is of no known scheme"),
        (
            "EU B-ORG\nUN I-ORG\na B-ORG\nb E-ORG\nc B-ORG\n",
            "a.txt",
            r"a.txt:4: the tag 'E-ORG' is not of the scheme BIO: O, B, I",
        ),
        ("\n\n", "a.txt", "a.txt: no sentence in the file"),
        ("-DOCSTART- O\n", "a.txt", "a.txt: no sentence in the file"),
        ("EU \xff".encode("latin-1") + b" O\n", "a.txt", "a.txt:1:4: the byte 0xff is not valid"),
        ("EU\t\x00 O\n", "a.txt", "a.txt:1:4: a NUL byte"),
        (" \tO\n", "a.txt", "a.txt:1: an empty token"),
        (
            '{"tokens": ["a"]}',
            "a.jsonl",
            "a.jsonl:1: no field `ner_tags` or `tags` or `labels` or `ner` with a list of strings",
        ),
        ('{"tokens": ["a"], "tags": [1]}', "a.jsonl", "a.jsonl:1: no field `ner_tags` or `tags`"),
        ('{"tokens": ["a"], "tags": []}', "a.jsonl", "a.jsonl:1: 1 tokens and 0 tags"),
        ('{"tokens": ["a"], "tags": ["Z"]}', "a.jsonl", "a.jsonl:1: the tag 'Z' is of no known"),
        ('{"tokens": [""], "tags": ["O"]}', "a.jsonl", "a.jsonl:1: an empty token"),
        (
            '{"tokens": ["a"], "tags": ["O"]}\n{"tokens": ["\\ud800"], "tags": ["O"]}',
            "a.jsonl",
            "a.jsonl:2: a NUL or half a surrogate pair",
        ),
        (
            '{"tokens": ["a"], "tags": ["B-\\udc00"]}',
            "a.jsonl",
            "a.jsonl:1: a NUL or half a surrogate pair",
        ),
        ('[{"tokens": ["a"], "tags": ["O"]}]', "a.json", "a.json: JSON is read with an object a"),
        ("[1]", "a.jsonl", "a.jsonl:1: an object is expected, list found"),
        ("{", "a.jsonl", "a.jsonl:1: not valid JSON"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(file, text, name, message):
    with pytest.raises(ValueError, match=message):
        read_tagged_text(file(text, name))


def test_no_such_file_and_no_such_column(file, tmp_path):
    with pytest.raises(ValueError, match="nothing.txt: no such file"):
        read_tagged_text(tmp_path / "nothing.txt")
    with pytest.raises(ValueError, match="train.txt:3: at least 8 columns expected, 4 found"):
        read_tagged_text(file(CONLL.partition("\n")[2]), tag_column=7)
    with pytest.raises(ValueError, match="read_tagged_text: `scheme` must be one of 'IOB1'"):
        read_tagged_text(file(CONLL), scheme="BILOU")


def test_segmented_text_and_its_words(file):
    path = file("我 喜欢　火车站\n\n  好 。 \n")
    text = read_segmented_text(path)
    assert text.tokens == [list("我喜欢火车站"), list("好。")]
    assert text.tags == [list("SBEBME"), list("SS")]
    words = [spans_to_words(*row) for row in zip(text.tokens, text.spans, strict=True)]
    assert words == [["我", "喜欢", "火车站"], ["好", "。"]]
    with pytest.raises(ValueError, match="one.txt: no blanks between words in any of 2 lines"):
        read_segmented_text(file("我\n你\n", "one.txt"))
    with pytest.raises(ValueError, match="no.txt: no sentence in the file"):
        read_segmented_text(file("\n", "no.txt"))
