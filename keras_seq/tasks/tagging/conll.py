"""Tagged sentences from files with columns, as in CoNLL, or JSON Lines; plain or .gz."""

import pathlib
import re

from keras_seq import checks
from keras_seq.crf.tag_schemes import LETTERS, SCHEMES, detect_scheme, is_tag, repaired
from keras_seq.data.lines import Lines, ParseErrors, is_text, json_record
from keras_seq.errors import InputError
from keras_seq.tasks.tagging.data import TaggedText

TOKEN_FIELDS, TAG_FIELDS = ("tokens", "words"), ("ner_tags", "tags", "labels", "ner")

_BLANKS = re.compile(r"[ \t]+")
_START = "-DOCSTART-"


def read_tagged_text(
    path: str | pathlib.Path,
    tag_column: int = -1,
    token_column: int = 0,
    scheme: str | None = None,
    strict: bool = False,
) -> TaggedText:
    """Tagged sentences from a file.

    `.jsonl` and `.ndjson` files have one object per line with a list of tokens (`tokens` or
    `words`) and a list of as many tags (the first field of `ner_tags`, `tags`, `labels`, `ner`).
    Any other file is read as columns: one token per line, columns separated by tabs or, in lines
    without a tab, by spaces, and an empty line after each sentence. Lines that begin with
    `-DOCSTART-` are skipped, and so are comments: lines that begin with `#` and have no tag in the
    tag column.

    The scheme is detected unless it is given. Invalid sequences of tags, such as I- without B-, are
    repaired, and `source` gives their number.

    Args:
        path: the file, in UTF-8; `.gz` is decompressed.
        tag_column, token_column: positions from 0, or from the end as -1.
        scheme: one of "BIO", "IOB1", "BIOES", "BMES", or None.
        strict: reject invalid sequences of tags instead of repairing them.

    Returns:
        `TaggedText`.

    Raises:
        InputError: there is no such file, it is empty, a line is malformed, or a tag does not
            belong to the scheme (with its line).

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "two.txt"
    >>> _ = path.write_text("Ada I-PER\\nspoke O\\n\\nParis I-LOC\\n")
    >>> text = keras_seq.tasks.tagging.read_tagged_text(path)
    >>> text.tags, text.scheme
    ([['I-PER', 'O'], ['I-LOC']], 'IOB1')
    """
    if scheme is not None:
        checks.one_of("read_tagged_text", SCHEMES, scheme=scheme)
    path = pathlib.Path(path)
    errors = ParseErrors(path)
    ending = "".join(path.suffixes).lower().removesuffix(".gz")
    if ending.endswith((".jsonl", ".ndjson")):
        rows = _records(Lines(path, errors), errors)
    elif ending.endswith(".json"):
        raise InputError(f"{path}: JSON is read with an object a line, in a file named .jsonl")
    else:
        rows = _columns(Lines(path, errors), errors, token_column, tag_column)
    sentences = list(rows)
    errors.check()
    if not sentences:
        raise InputError(f"{path}: no sentence in the file")
    found = scheme or detect_scheme([tags for _, tags, _ in sentences])
    return _well_formed(path, sentences, found, "as given" if scheme else "detected", strict)


def _well_formed(path, sentences, scheme, how, strict):
    errors, repairs, tokens, tags, places = ParseErrors(path), 0, [], [], []
    for row, spelled, lines in sentences:
        for tag, line in zip(spelled, lines, strict=True):
            if not is_tag(tag, scheme):
                letters = ", ".join(LETTERS[scheme])
                errors.add(line, f"the tag {tag!r} is not of the scheme {scheme}: O, {letters}")
        right = repaired(spelled, scheme)
        for tag, better, line in zip(spelled, right, lines, strict=True):
            if tag != better:
                repairs += 1
                if strict:
                    errors.add(line, f"the tag {tag!r} cannot stand here in {scheme}")
        tokens.append(row)
        tags.append(right)
        places.append(f"{path}:{lines[0]}")
    errors.check()
    repaired_tags = f", {repairs} tags repaired" if repairs else ""
    source = f"{path} (scheme {scheme}, {how}{repaired_tags})"
    return TaggedText(tokens, tags, scheme, source, places)


def _columns(lines, errors, token_column, tag_column):
    """`(tokens, tags, line numbers)` of each sentence of a file of columns."""
    width, tokens, tags, numbers = None, [], [], []
    for line in lines:
        if not line.strip(" \t") or line.startswith(_START):
            if tokens:
                yield tokens, tags, numbers
            tokens, tags, numbers = [], [], []
            continue
        tabs = "\t" in line
        cells = [c.strip(" ") for c in line.split("\t")] if tabs else _BLANKS.split(line.strip(" "))
        token, tag = _cell(cells, token_column), _cell(cells, tag_column)
        # Comments are recognized only between sentences; within a sentence `#` is a token.
        if line.startswith("#") and not tokens:
            first = width is None and not tabs
            if first or len(cells) != (width or len(cells)) or not is_tag(tag or ""):
                continue
        if width is None:
            if len(cells) < 2 or token is None or tag is None:
                wanted = max(2, *(c + 1 if c >= 0 else -c for c in (token_column, tag_column)))
                what = f"at least {wanted} columns expected, {len(cells)} found"
                errors.add(lines.number, what)
                continue
            width = len(cells)
        if len(cells) != width:
            errors.add(lines.number, f"{width} columns expected, {len(cells)} found")
        elif not token.strip(" "):
            errors.add(lines.number, "an empty token")
        elif not is_tag(tag):
            errors.add(lines.number, f"the tag {tag!r} is of no known scheme")
        else:
            tokens.append(token)
            tags.append(tag)
            numbers.append(lines.number)
    if tokens:
        yield tokens, tags, numbers


def _cell(cells, column):
    return cells[column] if -len(cells) <= column < len(cells) else None


def _records(lines, errors):
    """`(tokens, tags, line numbers)` of each sentence of a JSON Lines file."""
    for line in lines:
        if not line.strip():
            continue
        number = lines.number
        try:
            record = json_record(line)
        except (ValueError, RecursionError) as error:
            errors.add(number, f"not valid JSON: {error}")
            continue
        if not isinstance(record, dict):
            errors.add(number, f"an object is expected, {type(record).__name__} found")
            continue
        tokens, tags = (_strings(record, names) for names in (TOKEN_FIELDS, TAG_FIELDS))
        wrong = [n for n, v in ((TOKEN_FIELDS, tokens), (TAG_FIELDS, tags)) if v is None]
        if wrong:
            names = "` or `".join(wrong[0])
            errors.add(number, f"no field `{names}` with a list of strings")
        elif len(tokens) != len(tags):
            errors.add(number, f"{len(tokens)} tokens and {len(tags)} tags")
        elif not all(map(str.strip, tokens)):
            errors.add(number, "an empty token")
        elif not all(map(is_text, tokens + tags)):
            errors.add(number, "a NUL or half a surrogate pair")
        elif bad := [tag for tag in tags if not is_tag(tag)]:
            errors.add(number, f"the tag {bad[0]!r} is of no known scheme")
        elif tokens:
            yield tokens, tags, [number] * len(tokens)


def _strings(record, names):
    """The first field that exists, if it is a list of strings."""
    value = next((record[name] for name in names if name in record), None)
    good = isinstance(value, list) and all(isinstance(v, str) for v in value)
    return value if good else None
