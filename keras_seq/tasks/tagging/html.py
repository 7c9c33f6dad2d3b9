"""Tagged sentences as an HTML page."""

import html
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_seq.crf.tag_schemes import Span

# Colors that most people can distinguish, and on which black text is legible.
COLORS = ("#9ecae1", "#fdae6b", "#a1d99b", "#dab8e6", "#f4a6a6", "#d9d98b", "#a8dcd9", "#cfcfcf")

_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 16px/2.1 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }}
h1 {{ font-size: 1.4em; line-height: 1.3; }}
p.sentence {{ margin: 0.4em 0; }}
.span {{ padding: 0.1em 0.3em; border-radius: 0.3em; white-space: nowrap; }}
.span small {{ font-size: 0.65em; font-weight: bold; margin-left: 0.4em; }}
.wrong {{ outline: 2px solid #c00; }}
.missed {{ border-bottom: 3px dotted #c00; }}
.missed small {{ font-size: 0.65em; color: #c00; margin-left: 0.2em; }}
table {{ border-collapse: collapse; line-height: 1.5; }}
td, th {{ border: 1px solid #bbb; padding: 0.1em 0.6em; text-align: left; }}
</style>
<h1>{title}</h1>
<p>{legend}</p>
<p>A colored box is a predicted span with its type. <span class="span wrong">Red frame</span>: a
wrong prediction. <span class="missed">Dotted<small>TYPE</small></span>: a true span that was
missed.</p>
{sentences}
{errors}
</html>
"""


def tagged_page(
    path: str | Path,
    title: str,
    types: Sequence[str],
    rows: Iterable[tuple[Sequence[str], Sequence[Span], Sequence[Span]]],
    errors: Sequence[Mapping[str, Any]] = (),
    join: str = " ",
) -> None:
    """Write sentences with colored spans, and a table of the most frequent errors.

    Args:
        path: the .html file to write.
        title: a line of text.
        types: list of the types of spans, each of which has a color.
        rows: list of `(tokens, true spans, predicted spans)`.
        errors: list of dict, as `frequent_errors` gives them.
        join: the string between tokens.

    Example:

    >>> import pathlib, tempfile
    >>> from keras_seq.tasks.tagging.html import tagged_page
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "page.html"
    >>> tagged_page(path, "Names", ["PER"], [(["Ada", "spoke"], [(0, 1, "PER")], [(0, 1, "PER")])])
    >>> "Ada<small>PER</small>" in path.read_text()
    True
    """
    colors = colors_of(types)
    legend = " ".join(_box(html.escape(kind), "", colors[kind]) for kind in types)
    sentences = "\n".join(
        f'<p class="sentence">{_sentence(*row, colors, html.escape(join))}</p>' for row in rows
    )
    columns = ("text", "is", "said", "count", "example")
    table = ""
    if errors:
        head = "".join(f"<th>{name}</th>" for name in columns)
        lines = (
            "<tr>" + "".join(f"<td>{html.escape(str(e[name]))}</td>" for name in columns) + "</tr>"
            for e in errors
        )
        table = f"<h1>Most frequent errors</h1>\n<table><tr>{head}</tr>{''.join(lines)}</table>"
    page = _PAGE.format(title=html.escape(title), legend=legend, sentences=sentences, errors=table)
    with open(path, "w", encoding="utf-8") as file:
        file.write(page)


def colors_of(types: Iterable[str]) -> dict[str, str]:
    """A color for each type; they repeat after the eighth.

    Example:

    >>> colors_of(["LOC", "PER"])
    {'LOC': '#9ecae1', 'PER': '#fdae6b'}
    """
    return {kind: COLORS[i % len(COLORS)] for i, kind in enumerate(types)}


def _sentence(tokens, truth, predicted, colors, join):
    """Predicted spans in boxes, and then the true spans that were missed, underlined."""
    parts, position = [], 0
    missed = [span for span in truth if span not in predicted]
    inside = {start: end for start, end, _ in predicted}
    while position < len(tokens):
        if position in inside:
            end = inside[position]
            (kind,) = (k for start, _, k in predicted if start == position)
            wrong = "" if (position, end, kind) in truth else " wrong"
            text = join.join(map(html.escape, tokens[position:end]))
            parts.append(_box(text, kind, colors[kind], wrong))
            position = end
        else:
            parts.append(html.escape(tokens[position]))
            position += 1
    shown = join.join(parts)
    for start, end, kind in missed:
        text = join.join(map(html.escape, tokens[start:end]))
        shown += f' <span class="missed">{text}<small>{html.escape(kind)}</small></span>'
    return shown


def _box(text, kind, color, wrong=""):
    small = f"<small>{html.escape(kind)}</small>" if kind else ""
    return f'<span class="span{wrong}" style="background: {color}">{text}{small}</span>'
