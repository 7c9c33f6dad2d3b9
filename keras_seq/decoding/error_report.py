"""Whose fault an error was: the search's or the model's."""

from dataclasses import dataclass

import numpy as np
from keras.ops import convert_to_numpy as to_numpy

from keras_seq import checks
from keras_seq.decoding.length_penalty import normaliser

CAUSES = ("right", "search", "model")


@dataclass(frozen=True)
class ErrorReport:
    """What `error_report` finds; `print(report)` shows it as tables.

    widths: the beam widths.
    causes: for each width a list of N words, "right", "search" or "model".
    references, outputs: (N,) scores of the references, and for each width of the outputs: what the
        search looks for the largest of, log P / normaliser.
    """

    widths: tuple
    causes: dict
    references: np.ndarray
    outputs: dict

    def shares(self, width):
        """How many sentences are right, and whose fault the errors are: {cause: share}.

        The share of "right" is of all sentences, those of "search" and "model" of the errors.
        """
        counts = {cause: self.causes[width].count(cause) for cause in CAUSES}
        errors = max(counts["search"] + counts["model"], 1)
        right = counts.pop("right") / len(self.references)
        return {"right": right, **{cause: n / errors for cause, n in counts.items()}}

    def table(self, width, limit=None):
        """Markdown: for each sentence the two scores and whose fault it was."""
        lines = ["| sentence | reference | output | at fault |", "|---:|---:|---:|---|"]
        rows = zip(self.references, self.outputs[width], self.causes[width], strict=True)
        for number, (reference, output, cause) in list(enumerate(rows, 1))[:limit]:
            cause = "" if cause == "right" else cause
            lines.append(f"| {number} | {reference:.3f} | {output:.3f} | {cause} |")
        return "\n".join(lines)

    def __str__(self):
        lines = ["| beam width | right | errors of search | errors of model |"]
        lines.append("|---:|---:|---:|---:|")
        for width in self.widths:
            shares = " | ".join(f"{share:.3f}" for share in self.shares(width).values())
            lines.append(f"| {width} | {shares} |")
        return "\n".join(lines)


def error_report(model, sources, references, widths=(1, 5), batch_size=64):
    """For each sentence that is not its reference: did the search fail or the model?

        P(reference | x) > P(output | x)     search: the better one was there, and not found
        else                                 model: it prefers what is worse

    With length normalisation the normalised scores are compared, for it is these that the search
    looks for the largest of. A better reference that the search may not say, because it is shorter
    than the model's `min_length` or longer than its `max_length`, is the search's fault.

    Args:
        model: `keras_seq.models.Seq2Seq`, or what has its `width`, `alpha`, `coverage`,
            `set_search(width)`, `predict` and `log_probability`.
        sources: (N, S), ids.
        references: (N, T), ids; end token, then 0.
        widths: beam widths to try.
        batch_size: sentences at once.

    Returns:
        `ErrorReport`.

    Raises:
        ValueError: sources and references differ in number, or there are none, or the model has a
            coverage penalty, which a reference has no part in.

    Example:

    >>> from keras_seq.decoding import error_report
    >>> from keras_seq.models import Seq2Seq
    >>> model = Seq2Seq(9, 9, units=4, embedding=4, max_length=3)
    >>> report = error_report(model, np.array([[3, 4]]), np.array([[4, 3, 2]]), widths=(1, 2))
    >>> print(str(report).splitlines()[0])
    | beam width | right | errors of search | errors of model |

    Reference: Ng, Sequence Models, deeplearning.ai, 2018, error analysis in beam search; Stahlberg
    and Byrne, On NMT Search Errors and Model Errors, EMNLP 2019.
    """
    sources, references = np.asarray(sources), np.asarray(references)
    checks.rank("error_report", "N S", sources=sources.shape)
    sizes = {"N": len(sources), "T": None}
    checks.sizes("error_report", "references", references.shape, "N T", **sizes)
    if not len(sources):
        checks.refuse("error_report", "sources", "at least one", sources.shape)
    if model.coverage:
        checks.refuse("error_report", "model", "one without a coverage penalty", model.coverage)
    divisor, width_before = normaliser("error_report", model.alpha), model.width

    def scores(targets):
        lengths = (targets != 0).sum(axis=1)
        logs = [
            to_numpy(model.log_probability(sources[n:m], targets[n:m]))
            for n, m in _chunks(len(sources), batch_size)
        ]
        return np.concatenate(logs) / to_numpy(divisor(np.maximum(lengths, 1)))

    of_references, causes, outputs = scores(references), {}, {}
    try:
        for width in widths:
            model.set_search(width)
            found = model.predict({"source": sources}, batch_size=batch_size, verbose=0)
            outputs[width] = scores(found["tokens"])
            right = [
                y[y != 0].tolist() == reference[reference != 0].tolist()
                for y, reference in zip(found["tokens"], references, strict=True)
            ]
            better = of_references > outputs[width]
            causes[width] = [
                "right" if same else "search" if missed else "model"
                for same, missed in zip(right, better, strict=True)
            ]
    finally:
        model.set_search(width_before)
    return ErrorReport(tuple(widths), causes, of_references, outputs)


def _chunks(count, size):
    return [(n, min(n + size, count)) for n in range(0, count, size)]
