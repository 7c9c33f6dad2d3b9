"""Starts a recipe: flags, backend, signals, and what the process answers when it ends."""

import contextlib
import importlib.util
import os
import signal
import sys
import traceback
import warnings
from pathlib import Path

import keras

import keras_seq
from keras_seq.errors import DataUnavailable
from keras_seq.export import ExportError
from keras_seq.training.cli import parse
from keras_seq.training.devices import divide_cpu
from keras_seq.training.finite_loss import NonFiniteLoss
from keras_seq.training.run import Run

_PACKAGE = str(Path(keras_seq.__file__).parent) + os.sep
_KERAS = str(Path(keras.__file__).parent) + os.sep


def launch(settings, main):
    """Parse the flags into `settings`, call `main(config, run)`, and exit.

    The exit code is 0 when done, 1 when the training or the export failed, 2 for a bad flag or
    input, 3 for data that cannot be had, 130 when interrupted (the last checkpoint stays). All but
    a mistake in the code is one sentence on standard error.

    Args:
        settings: a dataclass, `Settings` or one that extends it.
        main: function of an instance of it and a `Run`.

    Example:

        if __name__ == "__main__":
            launch(Config, main)
    """
    name = Path(sys.argv[0]).stem
    config = parse(settings, description=sys.modules["__main__"].__doc__)
    _choose_backend(config.backend)
    warnings.formatwarning = lambda message, *_: f"{name}: {message}\n"
    sys.exit(_run(name, config, main))


def _run(name, config, main):
    run = None

    def interrupted():
        signal.setitimer(signal.ITIMER_REAL, 0)
        return _say(name, f"interrupted. {run.kept() if run else ''}", 130)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _, frame: _interrupt(frame, interrupted))
    try:
        divide_cpu(config.devices)
        keras.utils.set_random_seed(config.seed)
        keras.config.set_dtype_policy(config.precision)
        run = Run(name, config)
        main(config, run)
        run.finish()
        return 0
    except KeyboardInterrupt:
        return interrupted()
    except DataUnavailable as error:
        return _say(name, error, 3)
    except NonFiniteLoss as error:
        again = "The same settings would end there again: change one and use --resume never."
        return _say(name, f"{error}. {again}", 1)
    except ExportError as error:
        return _say(name, f"{error}. {run.kept()}", 1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _say(name, f"{where}{error.strerror or error}", 2)
    except ValueError as error:
        # What our own code refuses is about the input; any other is a mistake to be traced.
        last = traceback.extract_tb(error.__traceback__)[-1]
        if not (last.filename.startswith(_PACKAGE) and last.line.startswith("raise")):
            raise
        return _say(name, error, 2)


def _say(name, sentence, code):
    print(f"{name}: {str(sentence).strip()}", file=sys.stderr)
    return code


def _choose_backend(backend):
    """Start this process again with another backend: Keras takes it up only once."""
    if backend == keras.config.backend():
        return
    if importlib.util.find_spec(backend) is None:
        sys.exit(_say("flags", f"--backend {backend}: {backend} is not installed", 2))
    sys.stdout.flush()
    os.environ["KERAS_BACKEND"] = backend
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _interrupt(frame, interrupted):
    # A second signal ends the process whatever it is doing.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: os._exit(130))
    if _inside_keras(frame):
        # An exception must not cross the compiled code below fit: it corrupts memory there. What
        # was finished is on disk, whole.
        with contextlib.suppress(RuntimeError):  # the signal came in the middle of a print
            interrupted()
            sys.stdout.flush()
        os._exit(130)
    # Raised inside a callback of the garbage collector it would be lost: raise it until heard.
    signal.signal(signal.SIGALRM, _raise_again)
    signal.setitimer(signal.ITIMER_REAL, 1.0, 1.0)
    raise KeyboardInterrupt


def _inside_keras(frame):
    return any(f.f_code.co_filename.startswith(_KERAS) for f, _ in traceback.walk_stack(frame))


def _raise_again(number, frame):
    raise KeyboardInterrupt
