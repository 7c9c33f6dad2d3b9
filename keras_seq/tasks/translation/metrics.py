"""How good translations are, by sacreBLEU."""


def translation_scores(outputs, references):
    """BLEU and chrF of a corpus, and how many outputs are their references.

    Args:
        outputs, references: lists of N str.

    Returns:
        Dictionary of `bleu` and `chrf`, in [0, 100], `exact_match`, in [0, 1], and
        `bleu_signature`, which says how BLEU was computed.

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


def bleu(outputs, references, scorer=None):
    """sacreBLEU of a corpus, in [0, 100], of two figures behind the point.

    Args:
        outputs, references: lists of N str.
        scorer: a `sacrebleu.BLEU`, which then knows its signature; None: a new one.

    Example:

    >>> from keras_seq.tasks.translation.metrics import bleu
    >>> bleu(["a man walks his dog ."] * 2, ["a man walks his dog ."] * 2)
    100.0
    """
    import sacrebleu

    scorer = sacrebleu.BLEU() if scorer is None else scorer
    return round(scorer.corpus_score(outputs, [references]).score, 2)
