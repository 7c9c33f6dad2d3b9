"""Translations of a set of sentences, with tables and figures of their quality."""

import logging
from collections.abc import Mapping, Sequence

import keras
import numpy as np

from keras_seq.data.epoch_batches import padded
from keras_seq.data.sentencepiece import SentencePiece, until_end
from keras_seq.decoding import error_report
from keras_seq.models import Seq2Seq
from keras_seq.tasks.translation.metrics import bleu_by_length
from keras_seq.tasks.translation.plots import alignments, length_curves
from keras_seq.training.run import Run

_SEARCHED = 200  # sentences in the report of search errors and model errors
_DRAWN = 3  # sentences in `alignment.png`
_LEGIBLE = 60  # pieces; longer sentences are not drawn
_ERRORS = (
    "A score is log P / T^alpha, which the search maximizes. If the output differs from the "
    "reference, it is an error of the search if the reference scores higher, else of the model."
)


def translate(
    model: Seq2Seq, pieces: SentencePiece, ids: np.ndarray, beam: int
) -> tuple[list[str], dict[str, np.ndarray]]:
    """Translate sentences by beam search.

    Args:
        model: `Seq2Seq`.
        pieces: `SentencePiece` of the targets.
        ids: int32 array (N, T) of the pieces of the sources.
        beam: W, the beam width.

    Returns:
        texts: list of N str.
        outputs: the result of `model.predict`: `tokens`, `lengths`, `scores`.
    """
    # Each beam width is compiled on its own, so the warnings of TensorFlow are expected.
    logging.getLogger("tensorflow").addFilter(_not_retracing)
    model.set_beam_width(beam)
    outputs = model.predict({"source": ids}, batch_size=64, verbose=0)
    texts = pieces.decode(until_end(outputs["tokens"])).numpy()
    return [text.decode("utf-8") for text in texts], outputs


def _not_retracing(record):
    return "retracing" not in record.getMessage()


def write_search_errors(
    run: Run,
    model: Seq2Seq,
    vocabulary_size: int,
    sources: list[np.ndarray],
    targets: list[np.ndarray],
    beam: int,
) -> None:
    """Print the numbers of search errors and model errors, and write them to `errors.md`.

    Args:
        run: the `Run`.
        model: `Seq2Seq`.
        vocabulary_size: V of the targets, the largest possible beam width.
        sources, targets: lists of integer arrays (T,); the first 200 are searched.
        beam: W, the beam width; it is compared with widths 1 and 2 W.
    """
    widths = sorted({1, beam, min(2 * beam, vocabulary_size)})
    few = (padded(side)[:_SEARCHED] for side in (sources, targets))
    report = error_report(model, *few, beam_widths=widths)
    print(report)
    words = f"The first {len(report.references)} of translations.tsv. {_ERRORS}"
    run.write("errors.md", f"{report}\n\n{words}\n\n{report.table(beam)}\n")


def write_bleu_by_length(
    run: Run, sources: list[str], outputs: Mapping[str, list[str]], references: list[str]
) -> None:
    """Write `bleu_by_length.tsv` and its figure, if a bucket of lengths has enough sentences.

    Args:
        run: the `Run`.
        sources, references: lists of N str.
        outputs: dictionary of name -> list of N str, for beam search and then greedy search.
    """
    found = {name: bleu_by_length(sources, texts, references) for name, texts in outputs.items()}
    buckets = list(zip(*found.values(), strict=True))
    if not buckets:
        return
    length_curves(found, run.folder / "figures/bleu_by_length.png")
    run.write_table(
        "bleu_by_length.tsv",
        {
            "words": [f"{low} to {high}" for (low, high, *_), _ in buckets],
            "sentences": [count for (_, _, count, _), _ in buckets],
            "bleu": [of_beam[-1] for of_beam, _ in buckets],
            "bleu_greedy": [of_greedy[-1] for _, of_greedy in buckets],
        },
    )


def draw_alignments(
    run: Run,
    model: Seq2Seq,
    pieces: SentencePiece,
    sources: Sequence[np.ndarray],
    outputs: Mapping[str, np.ndarray],
) -> None:
    """Draw the attention weights of the first few short sentences into `alignment.png`.

    Args:
        run: the `Run`.
        model: `Seq2Seq` with attention.
        pieces: `SentencePiece` of both sides.
        sources: list of N integer arrays (T,).
        outputs: the result of `translate` for the sources.
    """
    rows = [n for n, row in enumerate(sources) if 0 < len(row) <= _LEGIBLE][:_DRAWN]
    if not rows:
        return
    tokens, lengths = outputs["tokens"], outputs["lengths"]
    pairs = [(sources[n], tokens[n][: int(lengths[n])][:_LEGIBLE]) for n in rows]
    weights = [keras.ops.convert_to_numpy(model.alignment(s[None], t[None]))[0] for s, t in pairs]
    names = [[pieces.pieces(ids) for ids in side] for side in zip(*pairs, strict=True)]
    alignments(weights, *names, run.folder / "figures/alignment.png")
