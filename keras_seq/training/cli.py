"""Command-line flags from a dataclass of settings."""

import argparse
import ast
import dataclasses
import difflib
import inspect
import io
import textwrap
import tokenize
import types
import typing

from keras_seq.training.config import Settings


class _Parser(argparse.ArgumentParser):
    """A parser that reports an error in one sentence, without the usage message."""

    def error(self, message):
        message = message.removeprefix("argument ")
        self.exit(2, f"{self.prog}: {message}\n")


def parse(
    settings: type[Settings], arguments: list[str] | None = None, description: str | None = None
) -> Settings:
    """An instance of a dataclass from command-line flags; bad flags exit with code 2.

    A field `batch_size: int = 32  # examples` becomes `--batch-size`, with its comment as help. A
    field without a comment has the comment of the field that it overrides. A bool also has a
    `--no-` form, and a `Literal` has choices. `Annotated[type, convert, words]` calls `convert` on
    the text; if that raises ValueError, the error says that the value must be `words`.

    Args:
        settings: a dataclass with defaults.
        arguments: list of str; None: those of the process.
        description: text for `--help`.

    Returns:
        An instance of `settings`.

    Example:

    >>> import dataclasses
    >>> from keras_seq.training.cli import parse
    >>> from keras_seq.training.config import PositiveInt, Settings
    >>> parse(Settings, ["--batch-size", "8", "--no-export"]).batch_size
    8
    """
    parser = _Parser(
        description=description,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = typing.get_type_hints(settings, include_extras=True)
    comments = _comments(settings)
    for field in dataclasses.fields(settings):
        flag = "--" + field.name.replace("_", "-")
        shown = "" if field.default is None else f" (default: {_shown(field.default)})"
        common = {
            "dest": field.name,
            "default": field.default,
            "help": (comments.get(field.name, "") + shown).replace("%", "%%"),
        }
        if kinds[field.name] is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, **common)
        else:
            convert, metavar = _converter(kinds[field.name])
            several = {"nargs": "+"} if metavar == "LIST" else {}
            metavar = "PATH" if several else metavar
            parser.add_argument(flag, type=convert, metavar=metavar, **several, **common)
    found, unknown = parser.parse_known_args(arguments)
    if unknown:
        _refuse_unknown(parser, unknown[0])
    return settings(**vars(found))


def _converter(kind):
    """The function that reads a value of a type, and the name of the value in `--help`."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        (kind,) = (k for k in typing.get_args(kind) if k is not type(None))
    if typing.get_origin(kind) is typing.Literal:
        choices = typing.get_args(kind)
        words = "one of " + ", ".join(choices)
        return _reader(lambda text: choices[choices.index(text)], words), "|".join(choices)
    if typing.get_origin(kind) is typing.Annotated:
        kind, read, words = typing.get_args(kind)
        return _reader(read, words), kind.__name__.upper()
    return _reader(kind, {int: "an integer", float: "a number"}.get(kind, "text")), kind.__name__


def _reader(read, words):
    def convert(text):
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"must be {words}. Received: {text!r}") from error

    return convert


def _refuse_unknown(parser, flag):
    if not flag.startswith("-"):
        parser.error(f"every setting is a flag. Received: {flag!r}")
    name = flag.partition("=")[0]
    known = [option for action in parser._actions for option in action.option_strings]
    close = difflib.get_close_matches(name, known, 1)
    parser.error(
        f"there is no flag {name}" + (f": is it {close[0]}?" if close else " (see --help)")
    )


def _comments(settings):
    """The comment of each field, or else the comment of the field that it overrides."""
    comments = {}
    for owner in reversed(settings.__mro__[:-1]):
        source = textwrap.dedent(inspect.getsource(owner))
        of_line = {
            token.start[0]: token.string.removeprefix("#").removesuffix("# fmt: skip").strip()
            for token in tokenize.generate_tokens(io.StringIO(source).readline)
            if token.type == tokenize.COMMENT
        }
        for node in ast.parse(source).body[0].body:
            if isinstance(node, ast.AnnAssign):
                # A formatter may wrap the value in parentheses, with the comment inside.
                lines = range(node.lineno, node.end_lineno + 1)
                comment = " ".join(of_line[line] for line in lines if line in of_line)
                if comment or node.target.id not in comments:
                    comments[node.target.id] = comment
    return comments


def _shown(value):
    if isinstance(value, tuple):
        return " ".join(value)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
