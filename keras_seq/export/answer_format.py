"""The format of printed answers of a served model, defined by its task and saved with the model."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

_FILE = Path("assets.extra", "answer_format.json")


@dataclasses.dataclass(frozen=True)
class AnswerFormat:
    """The line of text that is printed for each answer of a text model.

    Args:
        line: format string with names of outputs, with `text` for the input, and with
            `<output>_width` for the length of the longest string of that output.
        span: format string of a span, for a model with the outputs `tokens` and `span_<name>`; it
            contains `span` for the tokens of the span, and names of these outputs. In `line`,
            `tokens` is then the text with formatted spans. None: the model has no spans.

    Example:

    >>> from keras_seq.export.answer_format import AnswerFormat
    >>> labels = AnswerFormat("{label:{label_width}}  {score:.4f}  {text}")
    >>> answers = [{"label": "good", "score": 0.9}, {"label": "bad", "score": 0.75}]
    >>> for line in labels.lines(["I like it", "I do not"], answers):
    ...     print(line)
    good  0.9000  I like it
    bad   0.7500  I do not
    """

    line: str
    span: str | None = None

    def lines(self, texts: Sequence[str], answers: Sequence[dict[str, Any]]) -> list[str]:
        """The answers as text.

        Args:
            texts: the input texts.
            answers: for each text a dictionary of output name -> value.
        """
        widths = {}
        for answer in answers:
            for name, value in answer.items():
                if isinstance(value, str):
                    widths[f"{name}_width"] = max(widths.get(f"{name}_width", 0), len(value))
        lines = []
        for text, answer in zip(texts, answers, strict=True):
            tokens = {} if self.span is None else {"tokens": self._marked_tokens(answer)}
            lines.append(self.line.format(**{**answer, **tokens, **widths, "text": text}))
        return lines

    def _marked_tokens(self, answer):
        """The tokens of an answer with marked spans; "" is the padding of tokens and types."""
        tokens = [token for token in answer["tokens"] if token]
        names = [name for name in answer if name.startswith("span_")]
        parts, position = [], 0
        for values in zip(*(answer[name] for name in names), strict=True):
            fields = dict(zip(names, values, strict=True))
            if fields["span_type"]:
                start, end = fields["span_start"], fields["span_end"]
                parts += tokens[position:start]
                parts.append(self.span.format(span=" ".join(tokens[start:end]), **fields))
                position = end
        return " ".join(parts + tokens[position:])

    def save(self, folder: str | Path) -> None:
        """Write the format into the folder of a SavedModel."""
        path = Path(folder, _FILE)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(dataclasses.asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> Self | None:
        """The format in the folder of a SavedModel, or None where there is none."""
        path = Path(folder, _FILE)
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None
