"""Checks of arguments. The error has the owner, the argument, the requirement and the value.

All checks raise `keras_seq.InputError`, which is a ValueError.
"""

import numbers

import keras
import numpy as np
from keras import ops

from keras_seq import backend
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


def list_of_strings(owner, **values):
    """Refuse a single string in place of a list, because its letters would be read as the list."""
    for name, value in values.items():
        if isinstance(value, (str, bytes)):
            refuse(owner, name, "a list of strings", value)


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


def not_empty(owner, name, shape, axis=1):
    """Refuse a sequence that is known to have no steps."""
    if shape[axis] == 0:
        raise InputError(
            f"{owner}: `{name}` must have at least one time step. "
            f"Received: {name}.shape={tuple(shape)}"
        )


def mask(owner, name, value, letters, **known):
    """A mask as a tensor of booleans, or a refusal; None stays None.

    Numbers other than 1 and 0 are refused where they are known.
    """
    if value is None:
        return None
    value = _tensor(owner, name, value)
    sizes(owner, name, value.shape, letters, **known)
    if keras.backend.standardize_dtype(value.dtype) == "bool":
        return value
    values = backend.static_value(ops.cast(value, "float32"))
    if values is not None and (wrong := values[(values != 0) & (values != 1)]).size:
        refuse(owner, name, "of True and False, or of 1 and 0", float(wrong[0]))
    return ops.cast(value, "bool")


def one_mask(value):
    """The first of a list of masks that Keras passes on; another value is returned unchanged."""
    lists = isinstance(value, (list, tuple)) and len(value) > 0
    return value[0] if lists and (value[0] is None or len(np.shape(value[0])) == 2) else value


def check_integers(owner, name, value, low=None, limit=None, letter="V", where=None, at=""):
    """Refuse what is not of an integer type or, where values are known, not in [low, limit).

    Args:
        low, limit: the range; with limit=None only the type is checked.
        letter: the letter that stands for the limit in the error.
        where: a NumPy array, True where a value must be in range; None: everywhere.
        at: `where` in words, for the error.
    """
    plain = _is_plain(value)
    if plain:
        try:
            dtype = str(np.asarray(value).dtype)
        except ValueError:
            refuse(owner, name, "an array, with rows of one length", value)
    else:
        dtype = keras.backend.standardize_dtype(_tensor(owner, name, value).dtype)
    if "int" not in dtype and not (plain and np.size(value) == 0):  # an empty list has no type
        refuse(owner, name, "of an integer type", dtype)
    if limit is None:
        return
    values = np.asarray(value) if plain else backend.static_value(ops.convert_to_tensor(value))
    if values is None:
        return
    wrong = (values < low) | (values >= limit)
    if (wrong := values[wrong if where is None else wrong & where]).size:
        refuse(owner, name, f"in [{low}, {letter}) with {letter}={limit}{at}", int(wrong[0]))


def integers(owner, name, value, low=None, limit=None, letter="V", where=None, at=""):
    """The tensor of a value that `check_integers` does not refuse, as int32."""
    if isinstance(value, keras.KerasTensor):
        return value
    check_integers(owner, name, value, low, limit, letter, where, at)
    if _is_plain(value) and where is not None:
        value = np.where(where, value, 0)  # what stands elsewhere may not fit in 32 bits
    return ops.cast(ops.convert_to_tensor(value), "int32")


def states(owner, name, value, names, letters, shapes):
    """A list with one state for each name, or a refusal of their number, order or shapes.

    A dictionary is refused, because its order is not that of the states.

    Args:
        letters: one letter for each axis of a state, as in "B U".
        shapes: the size of each axis of each state; None: any size.
    """
    wanted = f"{len(names)} tensor{'s' if len(names) > 1 else ''}, [{', '.join(names)}]"
    if isinstance(value, dict):
        received = f"a dictionary of {', '.join(map(str, value))}"
        raise InputError(f"{owner}: `{name}` must be {wanted}. Received: {received}")
    value = list(value) if isinstance(value, (list, tuple)) else [value]
    if len(value) != len(names):
        many = f"{len(value)} tensor{'s' if len(value) != 1 else ''}"
        raise InputError(f"{owner}: `{name}` must be {wanted}. Received: {many}")
    for which, state, shape in zip(names, value, shapes, strict=True):
        known = dict(zip(letters.split(), shape, strict=True))
        sizes(owner, f"{name} {which}", np.shape(state), letters, **known)
    return value


def no_others(owner, known, given):
    """Refuse keyword arguments that are not among the known ones."""
    for name, value in given.items():
        if name not in known:
            raise InputError(f"{owner}: `{name}` is not an argument. Received: {name}={value!r}")


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


def _is_plain(value):
    """Whether a value is of Python or NumPy, and not of the backend."""
    plain = (np.ndarray, np.generic, int, float, str, bytes)
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return isinstance(value, plain)


def _tensor(owner, name, value, wanted="a tensor of numbers"):
    """A tensor of numbers; a string or an object is refused."""
    try:
        tensor = ops.convert_to_tensor(value)
        dtype = keras.backend.standardize_dtype(tensor.dtype)
    except (TypeError, ValueError):
        refuse(owner, name, wanted, value)
    if dtype == "string":
        refuse(owner, name, wanted, value if isinstance(value, str) else dtype)
    return tensor
