"""Tables and figures of the predictions of a tagger."""

import collections
from collections.abc import Sequence
from pathlib import Path

import keras

from keras_seq.crf.tag_schemes import spans_of
from keras_seq.data.pretokenizer import Pretokenizer
from keras_seq.models import Tagger
from keras_seq.tasks.tagging.data import TaggedText
from keras_seq.tasks.tagging.html import tagged_page
from keras_seq.tasks.tagging.metrics import frequent_errors, informative_rows
from keras_seq.tasks.tagging.plots import confusion_of_types, tagged_sentences, transition_scores
from keras_seq.tasks.tagging.segmentation_metrics import differing_words
from keras_seq.training.run import Run


class TaggerReport:
    """The predicted spans of a tagger, compared with the true ones.

    Args:
        text: `TaggedText`.
        predicted: the predicted tags of each sentence.
        pretokenizer: `Pretokenizer`, which joins tokens to texts.

    Example:

    >>> import pathlib, tempfile
    >>> from keras_seq.data.pretokenizer import Pretokenizer
    >>> from keras_seq.tasks.tagging import TaggedText
    >>> from keras_seq.tasks.tagging.report import TaggerReport
    >>> from keras_seq.training.config import Settings
    >>> from keras_seq.training.run import Run
    >>> run = Run("ner", Settings(out=tempfile.mkdtemp()))
    >>> text = TaggedText([["Ada", "spoke"]], [["B-PER", "O"]], "BIO", "made here")
    >>> TaggerReport(text, [["B-PER", "O"]], Pretokenizer("spaces")).write_tables(run)
    >>> (run.folder / "predictions.tsv").read_text()
    'tokens\\ttags\\tpredicted\\nAda spoke\\tB-PER O\\tB-PER O\\n'
    """

    def __init__(
        self, text: TaggedText, predicted: Sequence[Sequence[str]], pretokenizer: Pretokenizer
    ):
        self._text, self._predicted, self._pretokenizer = text, predicted, pretokenizer
        self._join = pretokenizer.detokenize(["", ""])  # the string between two tokens
        self._truth, self._found = text.spans, [spans_of(row) for row in predicted]
        self._errors = frequent_errors(text.tokens, self._truth, self._found, self._join)

    def write_tables(self, run: Run) -> None:
        """Write `predictions.tsv`, a row for each sentence, and `errors.tsv`, the most frequent."""
        run.write_table(
            "predictions.tsv",
            {
                "tokens": [self._pretokenizer.detokenize(row) for row in self._text.tokens],
                "tags": [" ".join(row) for row in self._text.tags],
                "predicted": [" ".join(row) for row in self._predicted],
            },
        )
        names = ("text", "is", "said", "count", "example")
        columns = {name: [error[name] for error in self._errors] for name in names}
        run.write_table("errors.tsv", columns)

    def draw(self, folder: Path, title: str, types: Sequence[str]) -> None:
        """Draw `types.png`, `tagged.png` and `tagged.html` into a folder.

        Args:
            folder: path of the folder.
            title: title of the page.
            types: all types of spans.
        """
        compared = (self._text.tokens, self._truth, self._found)
        confusion_of_types(self._truth, self._found, types, folder / "types.png")
        rows = informative_rows(*compared, count=16)
        tagged_sentences(folder / "tagged.png", types, rows, self._join)
        rows = informative_rows(*compared, count=40)
        tagged_page(folder / "tagged.html", title, types, rows, self._errors[:40], self._join)


def draw_transitions(model: Tagger, tags: Sequence[str], path: Path) -> None:
    """Draw the transition scores that the CRF of a `Tagger` has learned for its tags."""
    scores = map(keras.ops.convert_to_numpy, model.crf.scores())
    transition_scores(path, tags, *scores)


def write_segmentation_tables(
    run: Run, truth: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]
) -> None:
    """Write `predictions.tsv`, a row for each sentence, and `errors.tsv`, the most frequent.

    Args:
        run: the `Run`.
        truth, predicted: for each sentence its words.
    """
    run.write_table(
        "predictions.tsv",
        {
            "words": [" ".join(row) for row in truth],
            "predicted": [" ".join(row) for row in predicted],
        },
    )
    errors = collections.Counter(
        error for rows in zip(truth, predicted, strict=True) for error in differing_words(*rows)
    ).most_common()
    run.write_table(
        "errors.tsv",
        {
            "is": [true for (true, _), _ in errors],
            "said": [found for (_, found), _ in errors],
            "count": [count for _, count in errors],
        },
    )
