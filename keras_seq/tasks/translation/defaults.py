"""Settings of a translator that depend on its data and its architecture."""

import math
from typing import Any, Literal

# fmt: off
_DATES = {
    "epochs": 8, "vocabulary_size": 100, "learning_rate": 5e-3, "warm_up": 200,
    "batch_tokens": 2000, "layers": 1, "embedding": 128, "hidden": 512, "dropout": 0.05,
    "label_smoothing": 0.0,
}
_SENTENCES = {
    "rnn": {
        "vocabulary_size": 8000, "learning_rate": 2e-3, "warm_up": 500, "batch_tokens": 2000,
        "layers": 1, "embedding": 256, "hidden": 512, "dropout": 0.35, "label_smoothing": 0.1,
    },
    "transformer": {
        "vocabulary_size": 8000, "learning_rate": 3e-3, "warm_up": 1000, "batch_tokens": 3000,
        "layers": 4, "embedding": 128, "hidden": 256, "dropout": 0.2, "label_smoothing": 0.1,
    },
}
# fmt: on
_STEPS = 1450  # number of steps of a default training, within these limits of epochs
_EPOCHS = (5, 100)


def default_settings(embedded: bool, architecture: Literal["rnn", "transformer"]) -> dict[str, Any]:
    """The default settings for the embedded dates and numbers, or for sentences.

    Example:

    >>> from keras_seq.tasks.translation.defaults import default_settings
    >>> default_settings(embedded=False, architecture="transformer")["layers"]
    4
    """
    return dict(_DATES if embedded else _SENTENCES[architecture])


def default_epochs(steps_per_epoch: int) -> int:
    """The default number of epochs: 5, or up to 100 if there are few pairs.

    Example:

    >>> from keras_seq.tasks.translation.defaults import default_epochs
    >>> default_epochs(steps_per_epoch=1000), default_epochs(100), default_epochs(1)
    (5, 15, 100)
    """
    fewest, most = _EPOCHS
    return min(max(math.ceil(_STEPS / steps_per_epoch), fewest), most)
