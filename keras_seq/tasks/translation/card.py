"""The text of the model card of a translator."""

from keras_seq.training.model_card import SERVED_TEXT, TEXT_LIMITS, CardText

_SERVED = SERVED_TEXT.replace("needs neither", "needs TensorFlow Text, but neither").replace(
    "import tensorflow as tf\n",
    "import tensorflow as tf\nimport tensorflow_text  # registers the operators of the subwords\n",
)
_LIMITS = f"""\
{TEXT_LIMITS} Texts of any length are read as a whole, but texts that are longer than all training
texts are rarely translated well, and an output ends at the `max_length` of `model.keras`."""

TRANSLATOR_CARD = CardText(
    what="the translation of a text",
    unit="pairs",
    served=_SERVED,
    outputs="translation, score",
    limits=_LIMITS,
)
