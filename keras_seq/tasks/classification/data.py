"""Labeled text from files: TSV, CSV, JSON Lines, plain or .gz, or a folder per class."""

import csv
import dataclasses
import functools
import itertools
import json
import pathlib

from keras_seq import checks
from keras_seq.data.lines import Lines, ParseErrors, is_text, json_record
from keras_seq.errors import InputError
from keras_seq.tasks.classification.columns import (
    choose_columns,
    choose_fields,
    guess_columns,
    refuse_unread_header,
)


@dataclasses.dataclass(frozen=True)
class LabeledText:
    """Texts, their labels, and where both come from.

    Args:
        texts: list of strings.
        labels: list of strings, as many.
        source: the file or data set, with the columns that were chosen.

    Example:

    >>> keras_seq.tasks.classification.LabeledText(["fine"], ["positive"], "two lines of code")
    LabeledText(texts=['fine'], labels=['positive'], source='two lines of code')
    """

    texts: list[str]
    labels: list[str]
    source: str

    def __len__(self) -> int:
        return len(self.texts)


def read_labeled_text(
    path: str | pathlib.Path,
    text_column: str | int | None = None,
    label_column: str | int | None = None,
    max_examples: int | None = None,
) -> LabeledText:
    """Labeled text from a file or a folder.

    The formats are `.tsv` (no quoting), `.csv` (RFC 4180 quoting), `.jsonl` or `.ndjson` (one
    object per line), each also with `.gz`, and a folder with one subfolder of `.txt` files for each
    class. All files are UTF-8; a byte order mark, carriage returns and blank lines are skipped.

    Columns that are not given are found by the header (`text`, `label` or a usual name of public
    data sets). If there are two columns without a header, the label is the column with fewer
    distinct values. `source` of the result names the columns.

    Args:
        path: the file or folder.
        text_column, label_column: name, or position from 0, of a column; field name in JSON Lines.
        max_examples: the largest number of examples to read (the first ones of a file, or about as
            many of each class of a folder).

    Returns:
        `LabeledText`, texts stripped of white space at both ends.

    Raises:
        InputError: there is no such file, it is empty, a line is malformed (with its number), or
            there are fewer than two classes.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "reviews.tsv"
    >>> _ = path.write_text("text\\tlabel\\nI like it\\t1\\nI do not\\t0\\n")
    >>> keras_seq.tasks.classification.read_labeled_text(path).texts
    ['I like it', 'I do not']
    """
    if max_examples is not None:
        checks.positive_int("read_labeled_text", max_examples=max_examples)
    path = pathlib.Path(path)
    if path.is_dir():
        examples = _read_folder(path, max_examples)
    else:
        ending = "".join(path.suffixes[-2:] if path.suffix == ".gz" else path.suffixes[-1:])
        read = _READERS.get(ending.lower().removesuffix(".gz"))
        if read is None:
            what = f"must end in {', '.join(_READERS)}, with .gz or without, or be a folder"
            raise InputError(f"{path}: {what if path.exists() else 'no such file or folder'}")
        examples = read(path, text_column, label_column, max_examples)
    if len(set(examples.labels)) == 1:
        which = "all" if max_examples is None else "the first"
        raise InputError(
            f"{path}: {which} {len(examples)} examples are of one class, {examples.labels[0]!r}"
        )
    return examples


def _read_table(path, text_column, label_column, max_examples, split):
    """Read a table; `split` yields (line number, cells) of `Lines`."""
    errors = ParseErrors(path)
    rows = split(Lines(path, errors), errors)
    first = next(rows, None)
    errors.check()
    if first is None:
        raise InputError(f"{path}: the file is empty")
    width = len(first[1])
    chosen = choose_columns(path, first[1], text_column, label_column)
    if chosen is None or not chosen.header:
        rows = itertools.chain([first], rows)
    text, label = (chosen.text, chosen.label) if chosen else (0, 1)
    names = ("text", "label") if chosen else ("column 0", "column 1")
    pairs = []
    for line, cells in itertools.islice(rows, max_examples):
        if len(cells) == width:
            pairs.append(_full((cells[text], cells[label]), names, line, errors))
        else:
            errors.add(line, f"{_columns(width)} expected, {len(cells)} found")
    errors.check()
    if chosen is None:
        chosen = guess_columns(path, pairs)
        pairs = [(pair[chosen.text], pair[chosen.label]) for pair in pairs]
    if pairs and not chosen.header:
        refuse_unread_header(path, pairs)
    return _examples(path, pairs, chosen)


def _columns(count):
    return "1 column" if count == 1 else f"{count} columns"


def _split_tsv(lines, errors):
    del errors
    for line in lines:
        if line:
            yield lines.number, line.split("\t")


def _split_csv(lines, errors):
    rows = csv.reader((line + "\n" for line in lines), strict=True)
    while True:
        start = lines.number + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            # After a broken quote, line numbers are no longer correct.
            what = str(error)
            if "unexpected end of data" in what:
                what += "; a quote opened here is not closed"
            elif "field larger" in what:
                what = f"a field of over {csv.field_size_limit()} characters"
                if lines.number > start:
                    what += ", or a quote opened here is not closed"
            errors.add(start, f"not valid CSV: {what}")
            return
        if cells:
            yield start, cells


def _read_json_lines(path, text_column, label_column, max_examples):
    errors = ParseErrors(path)
    lines = Lines(path, errors)
    chosen = None
    pairs = []
    for line in lines:
        if not line.strip():
            continue
        if len(pairs) == max_examples:
            break
        record = _record(line, lines.number, errors)
        if record is None:
            continue
        if chosen is None:
            errors.check()
            chosen = choose_fields(path, list(record), text_column, label_column)
        text = _value(record, chosen.text, (str,), "a string", lines.number, errors)
        label = _value(
            record, chosen.label, (str, int), "a string or an integer", lines.number, errors
        )
        if text is not None and label is not None:
            pairs.append(_full((text, str(label)), ("text", "label"), lines.number, errors))
    errors.check()
    if chosen is None:
        raise InputError(f"{path}: the file is empty")
    return _examples(path, pairs, chosen)


def _record(line, number, errors):
    try:
        record = json_record(line)
    except json.JSONDecodeError as error:
        errors.add(number, f"not valid JSON: {error.msg} at character {error.colno}")
    except (ValueError, RecursionError) as error:
        errors.add(number, f"not valid JSON: {error}")
    else:
        if isinstance(record, dict):
            return record
        errors.add(number, f"an object is expected, {type(record).__name__} found")
    return None


def _value(record, field, types, wanted, number, errors):
    value = record.get(field)
    if field not in record:
        errors.add(number, f"no field {field!r}")
    elif not isinstance(value, types) or isinstance(value, bool):
        errors.add(number, f"{field!r} must be {wanted}, it is {json.dumps(value)[:40]}")
    elif isinstance(value, str) and not is_text(value):
        errors.add(number, f"{field!r} holds a NUL or half a surrogate pair")
    else:
        return value
    return None


def _full(values, names, line, errors):
    """The values without surrounding white space; an empty value is an error."""
    stripped = tuple(value.strip() for value in values)
    for name, value in zip(names, stripped, strict=True):
        if not value:
            errors.add(line, f"empty {name}")
    return stripped


def _examples(path, pairs, chosen):
    if not pairs:
        raise InputError(f"{path}: no examples, only a header")
    source = f"{path} (text: {chosen.text}, label: {chosen.label}, {chosen.how})"
    return LabeledText([pair[0] for pair in pairs], [pair[1] for pair in pairs], source)


def _read_folder(path, max_examples):
    classes = sorted(f for f in path.iterdir() if f.is_dir() and not f.name.startswith("."))
    if not classes:
        raise InputError(f"{path}: a folder must hold one subfolder of .txt files for each class")
    files = []
    for folder in classes:
        found = sorted(f for f in folder.iterdir() if f.name.endswith((".txt", ".txt.gz")))
        if not found:
            raise InputError(f"{folder}: no .txt file in this class")
        files.append([(file, folder.name) for file in found])
    # One file of each class in turn, so that the first examples contain every class.
    turns = itertools.chain.from_iterable(itertools.zip_longest(*files))
    texts, labels = [], []
    for file, label in itertools.islice(filter(None, turns), max_examples):
        errors = ParseErrors(file)
        text = "\n".join(Lines(file, errors)).strip()
        errors.check()
        if not text:
            raise InputError(f"{file}: the file is empty")
        texts.append(text)
        labels.append(label)
    names = ", ".join(folder.name for folder in classes)
    return LabeledText(texts, labels, f"{path} (one folder per class: {names})")


_READERS = {
    ".tsv": functools.partial(_read_table, split=_split_tsv),
    ".csv": functools.partial(_read_table, split=_split_csv),
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
}
