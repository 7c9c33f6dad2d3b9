"""The text of the model card of a text classifier."""

from keras_seq.training.model_card import SERVED_TEXT, TEXT_LIMITS, CardText

TEXT_CLASSIFIER_CARD = CardText(
    what="the class of a text",
    unit="texts",
    served=SERVED_TEXT,
    outputs="label, score, probabilities",
    limits=TEXT_LIMITS,
)
