"""Whether the search or the model caused an error."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras.ops import convert_to_numpy as to_numpy

from keras_seq import checks
from keras_seq.decoding.length_penalty import length_normalizer

CAUSES = ("right", "search", "model")


@dataclass(frozen=True)
class ErrorReport:
    """The result of `error_report`; `print(report)` shows it as a table.

    beam_widths: the beam widths.
    causes: for each beam width a list of N words, "right", "search" or "model".
    references, outputs: (N,) scores of the references, and for each beam width (N,) scores of the
        outputs: log P / normalizer, which the search maximizes.
    """

    beam_widths: tuple
    causes: dict
    references: np.ndarray
    outputs: dict

    def fractions(self, beam_width: int) -> dict[str, float]:
        """The fraction of sentences that are right, and the fractions of errors by their cause.

        The fraction "right" is of all sentences; "search" and "model" are fractions of the errors.
        """
        counts = {cause: self.causes[beam_width].count(cause) for cause in CAUSES}
        errors = max(counts["search"] + counts["model"], 1)
        right = counts.pop("right") / len(self.references)
        return {"right": right, **{cause: n / errors for cause, n in counts.items()}}

    def table(self, beam_width: int, *, limit: int | None = None) -> str:
        """A Markdown table: for each sentence the two scores and the cause of the error."""
        lines = ["| sentence | reference | output | at fault |", "|---:|---:|---:|---|"]
        rows = zip(self.references, self.outputs[beam_width], self.causes[beam_width], strict=True)
        for number, (reference, output, cause) in list(enumerate(rows, 1))[:limit]:
            cause = "" if cause == "right" else cause
            lines.append(f"| {number} | {reference:.3f} | {output:.3f} | {cause} |")
        return "\n".join(lines)

    def __str__(self):
        lines = ["| beam width | right | errors of search | errors of model |"]
        lines.append("|---:|---:|---:|---:|")
        for beam_width in self.beam_widths:
            fractions = self.fractions(beam_width).values()
            cells = " | ".join(f"{fraction:.3f}" for fraction in fractions)
            lines.append(f"| {beam_width} | {cells} |")
        return "\n".join(lines)


def error_report(
    model: Any,
    sources: Any,
    references: Any,
    *,
    beam_widths: Sequence[int] = (1, 5),
    batch_size: int = 64,
) -> ErrorReport:
    """Decides for each wrong output whether the search or the model caused the error.

        P(reference | x) > P(output | x)     search: the reference scores higher but was not found
        else                                 model: it scores the wrong output at least as high

    With length normalization the normalized scores are compared, since these are what the search
    maximizes. A reference that scores higher but that the search cannot return, because it is
    shorter than the model's `min_length` or longer than its `max_length`, counts as an error of the
    search.

    Args:
        model: `keras_seq.models.Seq2Seq`, or an object with its `beam_width`, `alpha`, `coverage`,
            `set_beam_width(beam_width)`, `predict` and `log_probability`.
        sources: (N, S), ids.
        references: (N, T), ids; the end token, then 0.
        beam_widths: the beam widths to compare.
        batch_size: number of sentences that are computed at once.

    Returns:
        `ErrorReport`.

    Raises:
        ValueError: sources and references differ in number, or there are none, or the model has a
            coverage penalty, which is not defined for references.

    Example:

    >>> from keras_seq.decoding import error_report
    >>> from keras_seq.models import Seq2Seq
    >>> model = Seq2Seq(9, 9, units=4, embedding_dim=4, max_length=3)
    >>> sources, references = np.array([[3, 4]]), np.array([[4, 3, 2]])
    >>> report = error_report(model, sources, references, beam_widths=(1, 2))
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
    normalizer = length_normalizer("error_report", model.alpha)
    original_beam_width = model.beam_width

    def scores(targets):
        lengths = (targets != 0).sum(axis=1)
        log_probabilities = [
            to_numpy(
                model.log_probability(
                    sources[start : start + batch_size], targets[start : start + batch_size]
                )
            )
            for start in range(0, len(sources), batch_size)
        ]
        return np.concatenate(log_probabilities) / to_numpy(normalizer(np.maximum(lengths, 1)))

    reference_scores, causes, output_scores = scores(references), {}, {}
    try:
        for beam_width in beam_widths:
            model.set_beam_width(beam_width)
            found = model.predict({"source": sources}, batch_size=batch_size, verbose=0)
            output_scores[beam_width] = scores(found["tokens"])
            right = [
                output[output != 0].tolist() == reference[reference != 0].tolist()
                for output, reference in zip(found["tokens"], references, strict=True)
            ]
            missed = reference_scores > output_scores[beam_width]
            causes[beam_width] = [
                "right" if is_right else "search" if is_missed else "model"
                for is_right, is_missed in zip(right, missed, strict=True)
            ]
    finally:
        model.set_beam_width(original_beam_width)
    return ErrorReport(tuple(beam_widths), causes, reference_scores, output_scores)
