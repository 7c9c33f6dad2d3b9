"""What the model card of a translator says."""

from keras_seq.training.model_card import SERVED_TEXT, TEXT_LIMITS, CardText

_SERVED = SERVED_TEXT.replace("needs neither", "needs TensorFlow Text, but neither").replace(
    "import tensorflow as tf\n",
    "import tensorflow as tf\nimport tensorflow_text  # registers the operators of the subwords\n",
)
_LIMITS = f"""\
{TEXT_LIMITS} A text is read whole, however long, but what is longer than any training text is
seldom translated well, and an output ends at the `max_length` of `model.keras`."""

TRANSLATOR_CARD = CardText(
    what="a text in other words",
    unit="pairs",
    served=_SERVED,
    outputs="translation, score",
    limits=_LIMITS,
)
