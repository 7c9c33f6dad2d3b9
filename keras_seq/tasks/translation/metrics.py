"""Scores of translations, by sacreBLEU."""

from collections.abc import Sequence
from typing import Any

import numpy as np

_MIN_SENTENCES = 20  # BLEU of fewer sentences is not meaningful


def translation_scores(outputs: Sequence[str], references: Sequence[str]) -> dict[str, Any]:
    """BLEU and chrF of a corpus, and the fraction of outputs that equal their references.

    Args:
        outputs, references: lists of N str.

    Returns:
        Dictionary of `bleu` and `chrf`, in [0, 100], `exact_match`, in [0, 1], and
        `bleu_signature`, sacreBLEU's description of how BLEU was computed.

    Example:

    >>> from keras_seq.tasks.translation.metrics import translation_scores
    >>> scores = translation_scores(["a man walks his dog ."] * 2, ["a man walks his dog ."] * 2)
    >>> scores["bleu"], scores["exact_match"]
    (100.0, 1.0)

    Reference: Post, A Call for Clarity in Reporting BLEU Scores, WMT 2018; Popovic, chrF, WMT 2015.
    """
    import sacrebleu

    scorer = sacrebleu.BLEU()
    pairs = list(zip(outputs, references, strict=True))
    return {
        "bleu": bleu(outputs, references, scorer),
        "chrf": round(sacrebleu.CHRF().corpus_score(outputs, [references]).score, 2),
        "exact_match": sum(one == other for one, other in pairs) / len(pairs),
        "bleu_signature": str(scorer.get_signature()),
    }


def bleu(outputs: Sequence[str], references: Sequence[str], scorer: Any = None) -> float:
    """sacreBLEU of a corpus, in [0, 100], rounded to two decimals.

    Args:
        outputs, references: lists of N str.
        scorer: a `sacrebleu.BLEU`, whose signature is known afterwards; None: a new one.

    Example:

    >>> from keras_seq.tasks.translation.metrics import bleu
    >>> bleu(["a man walks his dog ."] * 2, ["a man walks his dog ."] * 2)
    100.0
    """
    import sacrebleu

    scorer = sacrebleu.BLEU() if scorer is None else scorer
    return round(scorer.corpus_score(outputs, [references]).score, 2)


def bleu_by_length(
    sources: Sequence[str], outputs: Sequence[str], references: Sequence[str], words: int = 5
) -> list[tuple[int, int, int, float]]:
    """sacreBLEU of the sentences of similar length, in words of their sources.

    Args:
        sources, outputs, references: lists of N str.
        words: the width of a bucket in words; 5: sentences of 1 to 5 words, 6 to 10 and so on.

    Returns:
        List of `(shortest, longest, sentences, bleu)`; buckets with fewer than 20
        sentences are skipped.

    Example:

    >>> from keras_seq.tasks.translation.metrics import bleu_by_length
    >>> long, short = ["a man walks his dog in the sun"] * 20, ["a dog"] * 19
    >>> bleu_by_length(long + short, long + short, long + short)
    [(6, 10, 20, 100.0)]
    """
    bucket = (np.array([max(1, len(text.split())) for text in sources]) - 1) // words
    found = []
    for number in np.unique(bucket):
        rows = np.flatnonzero(bucket == number)
        if len(rows) >= _MIN_SENTENCES:
            low = int(number) * words
            found.append((low + 1, low + words, len(rows), _bleu(rows, outputs, references)))
    return found


def bleu_of_longer(
    sources: Sequence[str], outputs: Sequence[str], references: Sequence[str], words: int = 15
) -> float | None:
    """sacreBLEU of the sentences whose sources have more words; None for fewer than 20 sentences.

    Example:

    >>> from keras_seq.tasks.translation.metrics import bleu_of_longer
    >>> texts = ["a man walks his dog in the sun"] * 20
    >>> bleu_of_longer(texts, texts, texts, words=7), bleu_of_longer(texts, texts, texts, words=8)
    (100.0, None)
    """
    rows = np.flatnonzero([len(text.split()) > words for text in sources])
    return _bleu(rows, outputs, references) if len(rows) >= _MIN_SENTENCES else None


def _bleu(rows, outputs, references):
    return bleu(*([texts[row] for row in rows] for texts in (outputs, references)))
