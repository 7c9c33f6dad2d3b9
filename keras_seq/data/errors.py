"""What goes wrong with data and is not the input's fault."""


class DataUnavailable(RuntimeError):
    """The data are not here and cannot be fetched: says what was tried and the ways out.

    Example:

    >>> raise keras_seq.data.DataUnavailable("no network")
    Traceback (most recent call last):
    keras_seq.data.errors.DataUnavailable: no network
    """
