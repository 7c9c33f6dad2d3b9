"""Errors that a user can fix: wrong input and unavailable data."""


class InputError(ValueError):
    """A flag, a file or the data are invalid; the message is one sentence with the received value.

    Recipes end with this sentence and exit code 2; any other ValueError is a bug
    and is shown with its traceback.

    Example:

    >>> raise keras_seq.InputError("reviews.tsv:3: a row must have 2 columns. Received: 1")
    Traceback (most recent call last):
    keras_seq.errors.InputError: reviews.tsv:3: a row must have 2 columns. Received: 1
    """


class DataUnavailable(RuntimeError):
    """The data are not present and cannot be downloaded; the message says what to do.

    Example:

    >>> raise keras_seq.errors.DataUnavailable("no network")
    Traceback (most recent call last):
    keras_seq.errors.DataUnavailable: no network
    """
