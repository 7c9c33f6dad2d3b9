"""The text of the model cards of a tagger and of a word segmenter."""

from keras_seq.training.model_card import SERVED_TEXT, TEXT_LIMITS, CardText

TAGGER_CARD = CardText(
    what="the named entities of a text",
    unit="sentences",
    served=SERVED_TEXT,
    outputs="tokens, tags, span_start, span_end, ...",
    limits=TEXT_LIMITS,
)
SEGMENTER_CARD = CardText(
    what="the words of a text",
    unit="sentences",
    served=SERVED_TEXT,
    outputs="words, segmented",
    limits=TEXT_LIMITS,
)
