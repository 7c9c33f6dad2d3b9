"""Checks of arguments. The error has the owner, the argument, the requirement and the value.

All checks raise `keras_seq.InputError`, which is a ValueError.
"""

import numbers

from keras_seq.errors import InputError


def positive_int(owner, **values):
    """Raise unless the values are integers of at least 1."""
    for name, value in values.items():
        if not _is_int(value) or value < 1:
            refuse(owner, name, "a positive integer", value)


def each_axis(owner, axes, **values):
    """A tuple of one positive integer for each axis, from one integer or `axes` of them."""
    ((name, value),) = values.items()
    parts = list(value) if isinstance(value, (tuple, list)) else [value] * axes
    if len(parts) != axes or not all(_is_int(n) and n >= 1 for n in parts):
        many = f" or {axes} of them" if axes > 1 else ""
        refuse(owner, name, f"a positive integer{many}", value)
    return tuple(map(int, parts))


def unit_interval(owner, **values):
    """Raise unless the values are rates in [0, 1); a rate of 1 would drop everything."""
    for name, value in values.items():
        if not _is_number(value) or not 0.0 <= value < 1.0:
            refuse(owner, name, "a number in [0, 1)", value)


def closed_unit_interval(owner, **values):
    """Raise unless the values are numbers in [0, 1]."""
    for name, value in values.items():
        if not _is_number(value) or not 0.0 <= value <= 1.0:
            refuse(owner, name, "a number in [0, 1]", value)


def positive(owner, **values):
    """Raise unless the values are finite numbers above 0."""
    for name, value in values.items():
        if not _is_number(value) or not 0.0 < value < float("inf"):
            refuse(owner, name, "a positive number", value)


def non_negative(owner, **values):
    """Raise unless the values are finite numbers of at least 0."""
    for name, value in values.items():
        if not _is_number(value) or not 0.0 <= value < float("inf"):
            refuse(owner, name, "a number of at least 0", value)


def non_negative_int(owner, **values):
    """Raise unless the values are integers of at least 0."""
    for name, value in values.items():
        if not _is_int(value) or value < 0:
            refuse(owner, name, "an integer of at least 0", value)


def boolean(owner, **values):
    """Raise unless the values are True or False."""
    for name, value in values.items():
        if not isinstance(value, bool):
            refuse(owner, name, "True or False", value)


def one_of(owner, choices, **values):
    """Raise unless the values are among `choices`."""
    for name, value in values.items():
        # `1 == True`, so the type is compared too.
        if not any(value == c and type(value) is type(c) for c in choices):
            refuse(owner, name, "one of " + ", ".join(map(repr, choices)), value)


def choice_of(owner, getter, kind, **values):
    """The result of `getter`, such as keras.activations.get, for a value; raise if it fails."""
    ((name, value),) = values.items()
    try:
        found = getter(value)
    except (ValueError, TypeError):
        found = None
    if found is None and value is not None:
        refuse(owner, name, f"the name of {kind}, a callable or its config", value)
    return found


def rank(owner, letters, **shapes):
    """Raise unless each shape has one axis for each letter, as in "B T F"."""
    for name, shape in shapes.items():
        if len(shape) != len(letters.split()):
            axes = ", ".join(letters.split())
            raise InputError(
                f"{owner}: `{name}` must be of shape ({axes}). "
                f"Received: {name}.shape={tuple(shape)}"
            )


def sizes(owner, name, shape, letters, **known):
    """Raise if an axis differs from the known size of its letter (None: any size)."""
    names = letters.split()
    wanted = ", ".join(f"{n}={known[n]}" for n in dict.fromkeys(names) if known.get(n) is not None)
    agrees = len(shape) == len(names) and all(
        known.get(n) is None or s is None or s == known[n]
        for n, s in zip(names, shape, strict=True)
    )
    if not agrees:
        raise InputError(
            f"{owner}: `{name}` must be of shape ({', '.join(names)})"
            f"{' with ' + wanted if wanted else ''}. Received: {name}.shape={tuple(shape)}"
        )


def refuse(owner, name, wanted, value):
    """Raise the InputError that all checks share."""
    raise InputError(f"{owner}: `{name}` must be {wanted}. Received: {name}={value!r}")


def conflict(owner, together, why):
    """Raise the InputError for arguments that exclude each other."""
    raise InputError(f"{owner}: {together} cannot be combined: {why}.")


def _is_int(value):
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool)
