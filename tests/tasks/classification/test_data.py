"""Files as people have them: what is read, what is refused, and in which words."""

import csv
import gzip
import json
import re

import numpy as np
import pytest

from keras_seq.data.lines import MAXIMUM_LINE_BYTES
from keras_seq.tasks.classification.data import read_labeled_text

pytestmark = pytest.mark.once

TEXTS = ["I like it", "I do not", "Fine, fine", "No: never"]
LABELS = ["1", "0", "1", "0"]
ROWS = b"I like it\t1\nI do not\t0\nFine, fine\t1\nNo: never\t0\n"


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


def refused(path, *args, **kwargs):
    """The message, which is one line and begins with the path."""
    with pytest.raises(ValueError) as caught:
        read_labeled_text(path, *args, **kwargs)
    message = str(caught.value)
    assert message.startswith(f"{path}"), message
    assert "\n" not in message
    return message.removeprefix(f"{path}")


def as_tsv(rows):
    return "".join("\t".join(row) + "\n" for row in rows)


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("swapped", [True, False])
def test_tsv_whichever_column_comes_first(write, ending, header, swapped):
    rows = [["sentence", "label"]] * header + list(map(list, zip(TEXTS, LABELS, strict=True)))
    rows = [row[::-1] for row in rows] if swapped else rows
    read = read_labeled_text(write("r.tsv" + ending, as_tsv(rows)))
    assert (read.texts, read.labels) == (TEXTS, LABELS)
    assert ("header" if header else "guessed") in read.source


def test_csv_with_quotes_commas_and_line_breaks(tmp_path):
    texts = ['He said "no", twice', "two\nlines\n\nand a gap", "plain", "tab\there"]
    path = tmp_path / "r.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("Review", "Sentiment"), *zip(texts, LABELS, strict=True)])
    read = read_labeled_text(path)
    assert (read.texts, read.labels) == (texts, LABELS)


def test_quotes_of_tsv_are_characters(write):
    assert read_labeled_text(write("r.tsv", '"a" b\t1\n"c\t0\n"d\t1\ne"\t0\n')).texts[1] == '"c'


@pytest.mark.parametrize("ending", [".jsonl", ".ndjson", ".jsonl.gz", ".NDJSON"])
def test_json_lines(write, ending):
    texts = ["I like it", "two\nlines", "\u6211\u559c\u6b22", "\u2028 inside \x85 too"]
    labels = ["1", 0, "1", 0]
    lines = [
        json.dumps({"id": 3.5, "label": label, "text": text}, ensure_ascii=label == "1")
        for text, label in zip(texts, labels, strict=True)
    ]
    read = read_labeled_text(write("r" + ending, "\n".join(lines)))
    assert (read.texts, read.labels) == ([text.strip() for text in texts], LABELS)


def test_a_folder_for_each_class(write, tmp_path):
    write("set/neg/1.txt", "dull\nand long\r\n")
    write("set/neg/2.txt.gz", "no")
    write("set/pos/1.txt", "\ufefffine")
    write("set/pos/.DS_Store", b"\xff")
    write("set/readme.md", "not a class")
    write("set/.cache/1.txt", "not a class")
    read = read_labeled_text(tmp_path / "set")
    assert sorted(zip(read.labels, read.texts, strict=True)) == [
        ("neg", "dull\nand long"),
        ("neg", "no"),
        ("pos", "fine"),
    ]
    few = read_labeled_text(tmp_path / "set", max_examples=2)
    assert sorted(few.labels) == ["neg", "pos"]


def test_byte_order_mark_carriage_returns_and_blank_lines_are_passed_over(write):
    content = b"\xef\xbb\xbfcaf\xc3\xa9\t1\r\n\r\nI do not\t0\r\nI like it\t1\r\nno\t0"
    read = read_labeled_text(write("r.tsv", content))
    assert read.texts == ["caf\u00e9", "I do not", "I like it", "no"]
    assert set(read.labels) == {"0", "1"}
    header = b"\xef\xbb\xbftext,label\r\nyes,1\r\nno,0\r\n"
    assert read_labeled_text(write("r.csv", header)).labels == ["1", "0"]


@pytest.mark.parametrize(
    ("text_column", "label_column"),
    [("body", "stars"), ("body", 2), (1, "stars"), ("1", "2"), (1, 2)],
)
def test_columns_by_name_and_position(write, text_column, label_column):
    rows = [["id", "body", "stars"]] + [
        [str(i), text, label] for i, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True))
    ]
    if isinstance(text_column, int) and isinstance(label_column, int) or text_column == "1":
        rows = rows[1:]
    read = read_labeled_text(write("r.tsv", as_tsv(rows)), text_column, label_column)
    assert (read.texts, read.labels) == (TEXTS, LABELS)


def test_one_given_column_leaves_the_other_of_two(write):
    for column, name in (("text_column", "body"), ("label_column", "stars")):
        path = write("r.csv", "stars,body\n1,a b\n0,c d\n")
        assert read_labeled_text(path, **{column: name}).texts == ["a b", "c d"]
    assert read_labeled_text(write("r.tsv", ROWS), label_column=1).texts == TEXTS


def test_fields_of_json_lines_by_name(write):
    path = write("r.jsonl", '{"a": "x y", "b": "1"}\n{"b": "0", "a": "z"}\n')
    assert read_labeled_text(path, "a", "b").texts == ["x y", "z"]
    assert "no field `text` (a, b): give `text_column`" in refused(path)
    assert "`text_column` must name a field. Received: 0" in refused(path, 0, 1)
    assert refused(path, "a", "c") == ":1: no field 'c' (1 more line is wrong: 2)"


def test_max_examples_reads_no_further(write):
    path = write("r.tsv", ROWS + b"a line without a label\n")
    assert len(read_labeled_text(path, max_examples=4)) == 4
    assert refused(path) == ":5: 2 columns expected, 1 found"
    with pytest.raises(ValueError, match="max_examples.*positive integer. Received: .*=0"):
        read_labeled_text(path, max_examples=0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ": the file is empty"),
        (b"\n\n", ": the file is empty"),
        (b"text\tlabel\n", ": no examples, only a header"),
        (b"a b\t1\nc d\t1\n", ": all 2 examples are of one class, '1'"),
        (ROWS + b"a\tb\t1\n", ":5: 2 columns expected, 3 found"),
        (ROWS + b"\t1\n", ":5: empty column 0"),
        (ROWS + b" \xe3\x80\x80 \t1\n", ":5: empty column 0"),
        (ROWS + b"a\t \n", ":5: empty column 1"),
        (ROWS + b"caf\xe9\t1\n", ":5:4: the byte 0xe9 is not valid UTF-8"),
        (b"\xef\xbb\xbfcaf\xe9\t1\n" + ROWS, ":1:7: the byte 0xe9 is not valid UTF-8"),
        (ROWS + b"a\0b\t1\n", ":5:2: a NUL byte"),
        (
            ROWS.decode().encode("utf-16"),
            ":1:1: the byte 0xff is not valid UTF-8; the file is UTF-16",
        ),
        (b"label\ttext\n1\t\n", ":2: empty text"),
        (b"one column\nonly\n", ":1: cannot tell which of 1 columns is the text"),
    ],
)
def test_what_is_wrong_and_where(write, content, said):
    assert refused(write("r.tsv", content)).startswith(said)


def test_the_first_wrong_line_in_full_and_the_others_by_number(write):
    content = ROWS + b"x\n\xff\t1\nfine\t1\n\t1\nx\nx\n"
    assert refused(write("r.tsv", content)) == (
        ":5: 2 columns expected, 1 found (4 more lines are wrong: 6, 8, 9, ...)"
    )


def test_a_line_that_is_no_line(write):
    long = b"a" * (3 * MAXIMUM_LINE_BYTES) + b"\t1\n"
    assert refused(write("r.tsv.gz", ROWS + long + ROWS)) == ":5: a line of over 1000000 bytes"
    just = b"a" * (MAXIMUM_LINE_BYTES - 2) + b"\t1\n"
    assert len(read_labeled_text(write("r.tsv", ROWS + just))) == 5


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('a,1\n"two\nlines",0\nc,d,e\n', ":4: 2 columns expected, 3 found"),
        ('a,1\n"x\ny\nz",0,2\n', ":2: 2 columns expected, 3 found"),
        ('a,1\nb,0\n"never\nclosed,1\n', ":3: not valid CSV: unexpected end of data"),
        ('a,1\nb,0\n"shut" too early,1\n', ":3: not valid CSV: ',' expected after '\"'"),
        (
            'a,1\n"' + "b\n" * 70000,
            ":2: not valid CSV: a field of over 131072 characters, or a quote",
        ),
        ('"a\n\xff",1\n'.encode("latin-1"), ":2:1: the byte 0xff is not valid UTF-8"),
    ],
)
def test_where_a_csv_record_starts(write, content, said):
    assert refused(write("r.csv", content), 0, 1).startswith(said)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", ":2: not valid JSON: Expecting property name enclosed in double quotes at"),
        ('["a", 1]', ":2: an object is expected, list found"),
        ('{"text": "b"}', ":2: no field 'label'"),
        ('{"text": 1, "label": "0"}', ":2: 'text' must be a string, it is 1"),
        ('{"text": null, "label": "0"}', ":2: 'text' must be a string, it is null"),
        ('{"text": "b", "label": 0.5}', ":2: 'label' must be a string or an integer, it is 0.5"),
        ('{"text": "b", "label": true}', ":2: 'label' must be a string or an integer, it is true"),
        ('{"text": "\\ud800", "label": 0}', ":2: 'text' holds a NUL or half a surrogate pair"),
        ('{"text": "a\\u0000", "label": 0}', ":2: 'text' holds a NUL or half a surrogate pair"),
        ('{"text": " ", "label": 0}', ":2: empty text"),
        ("[" * 100000, ":2: not valid JSON: "),
        ('{"text": "b", "label": 1' + "0" * 5000 + "}", ":2: not valid JSON: "),
    ],
)
def test_wrong_records(write, line, said):
    content = '{"text": "a", "label": 1}\n' + line + "\n"
    assert refused(write("r.jsonl", content)).startswith(said)


def test_columns_nobody_can_tell(write):
    three = write("3.tsv", "x y\t1\tz\n" * 4)
    assert refused(three).startswith(":1: cannot tell which of 3 columns is the text (x y, 1, z)")
    assert "no one column 'body' for the text among 3 (x y, 1, z)" in refused(three, "body", 1)
    assert "no one column 7 for the label" in refused(three, 0, 7)
    assert "cannot be both" in refused(three, 1, 1)
    pairs = write("pairs.tsv", "".join(f"a {i}\tb {i}\n" for i in range(9)))
    assert "cannot tell the text from the label, for 9 lines hold 9 and 9" in refused(pairs)
    nearly = write("nearly.tsv", "a 0\tb 1\n" + "".join(f"a {i}\tb {i}\n" for i in range(1, 9)))
    assert "for 9 lines hold 9 and 8 distinct values" in refused(nearly)
    names = write("names.csv", "content,review,target\na,b,1\n")
    assert "several columns could be the text (review, content)" in refused(names)
    double = write("double.csv", "body,body,label\na,b,1\n")
    assert "no one column 'body'" in refused(double, "body", "label")


def test_a_name_or_a_field_that_comes_twice(write):
    for header, what in (("text,label,label", "label"), ("Text,label,text", "text")):
        path = write("d.csv", header + "\na,1,0\nb,0,1\n")
        assert f":1: several columns could be the {what} (" in refused(path)
    path = write("d.jsonl", '{"text": "a", "label": 1}\n{"text": "b", "label": 0, "text": "c"}\n')
    assert refused(path) == ":2: not valid JSON: the field 'text' comes twice"


def test_a_long_field_is_not_an_open_quote(write):
    limit = csv.field_size_limit()
    long = "x" * (limit + 1)
    found = refused(write("l.csv", f"text,label\na,1\n{long},0\n"))
    assert found == f":3: not valid CSV: a field of over {limit} characters"
    found = refused(write("l.csv", 'text,label\na,1\n"' + "open\n" * limit))
    assert found.endswith(f"{limit} characters, or a quote opened here is not closed")


@pytest.mark.parametrize("given", [{}, {"text_column": 0, "label_column": 1}])
def test_a_header_is_never_taken_for_an_example(write, given):
    path = write("r.tsv", b"Review text\tRating\n" + ROWS)
    said = refused(path, **given)
    assert said.startswith(":1: looks like a header (Review text, Rating)")
    assert read_labeled_text(path, "Review text", "Rating").texts == TEXTS


def test_paths(write, tmp_path):
    assert refused(tmp_path / "no.tsv") == ": no such file"
    assert refused(tmp_path / "no") == ": no such file or folder"
    assert refused(write("r.txt", ROWS)).startswith(": must end in .tsv, .csv, .jsonl, .ndjson")
    assert refused(write("r.gz", ROWS)).startswith(": must end in .tsv")
    path = write("r.tsv.gz", ROWS)
    path.write_bytes(path.read_bytes()[:-12])
    assert refused(path).startswith(": cannot be read: Compressed file ended")
    path.write_bytes(ROWS)
    assert refused(path).startswith(": cannot be read: Not a gzipped file")
    (tmp_path / "empty").mkdir()
    assert "one subfolder of .txt files for each class" in refused(tmp_path / "empty")
    (tmp_path / "empty" / "neg").mkdir()
    assert refused(tmp_path / "empty").endswith("neg: no .txt file in this class")
    write("one/neg/1.txt", "a")
    assert refused(tmp_path / "one") == ": all 1 examples are of one class, 'neg'"
    write("one/pos/1.txt", b"a\n\xff")
    assert refused(tmp_path / "one").endswith("1.txt:2:1: the byte 0xff is not valid UTF-8")


def test_random_tables_come_back_as_written(tmp_path, rng):
    """Against Python's own writer, over cells of every awkward character."""
    signs = list('ab,"\n;\t\u00e9\u4e2d\U0001f600 ')
    for trial in range(20):
        texts = ["x" + "".join(rng.choice(signs, 8)) + "y" for _ in range(12)]
        labels = ["p", "q"] * 6
        path = tmp_path / f"{trial}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator=str(rng.choice(["\n", "\r\n"]))).writerows(
                zip(labels, texts, strict=True)
            )
        assert read_labeled_text(path, 1, 0).texts == texts
        clean = [re.sub(r"[\t\n]", " ", text) for text in texts]
        path = tmp_path / f"{trial}.tsv"
        path.write_text(as_tsv(zip(clean, labels, strict=True)), encoding="utf-8")
        assert read_labeled_text(path).texts == clean
        assert np.array_equal(read_labeled_text(path).labels, labels)
