"""The package ships `py.typed`, so what is public says its types."""

import inspect

import pytest

import keras_seq


def public_callables(docs):
    """Name -> function, of all public functions, constructors, and methods that users call."""
    found = {}
    for module in docs.module_names()[1:]:  # the first only brings names of the others together
        for name, thing in docs.public_names(module).items():
            if inspect.isfunction(thing):
                found[f"{module}.{name}"] = thing
            elif inspect.isclass(thing):
                found |= {f"{module}.{name}.{m}": f for m, f in methods_of(thing)}
    return found


def methods_of(cls):
    """The constructor, `call`, and what has a docstring; not what Keras's contract gives types."""
    for name, method in vars(cls).items():
        method = getattr(method, "__func__", method)  # of a class method
        if not inspect.isfunction(method) or inspect.getmodule(method.__code__) is None:
            continue  # an attribute, or code that a decorator such as `dataclass` has made
        if name in ("__init__", "__new__", "call") or (method.__doc__ and name[0] != "_"):
            yield name, method


def missing_hints(function):
    """The parameters without a type, in order; *args and **kwargs go on to Keras."""
    first = ("self", "cls")
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in first and parameter.kind not in variadic and not has_type(parameter)
    ]


def has_type(parameter):
    return parameter.annotation is not inspect.Parameter.empty


@pytest.mark.once
def test_public_functions_constructors_and_methods_have_type_hints(docs):
    missing = {}
    for name, function in public_callables(docs).items():
        names = missing_hints(function)
        if inspect.signature(function).return_annotation is inspect.Signature.empty:
            names += ["return"] if not name.endswith(("__init__", "__new__")) else []
        if names:
            missing[name] = names
    assert not missing


@pytest.mark.once
def test_the_check_sees_a_parameter_without_a_type(docs):
    def function(first: int, second, *args, third=None, **kwargs):
        pass

    assert missing_hints(function) == ["second", "third"]
    assert "keras_seq.monte_carlo.monte_carlo_dropout" in public_callables(docs)
    assert "keras_seq.crf.CRF.__init__" in public_callables(docs)
    assert keras_seq.CRF.call in public_callables(docs).values()
