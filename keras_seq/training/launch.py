"""The start of a recipe: flags, backend, signals and exit codes."""

import contextlib
import errno
import importlib.util
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import keras

from keras_seq.errors import DataUnavailable, InputError
from keras_seq.export import ExportError
from keras_seq.training.cli import parse
from keras_seq.training.config import Settings
from keras_seq.training.devices import divide_cpu
from keras_seq.training.finite_loss import NonFiniteLoss
from keras_seq.training.run import Run

_KERAS = str(Path(keras.__file__).parent) + os.sep


def run_recipe(settings: type[Settings], main: Callable[[Settings, Run], None]) -> NoReturn:
    """Parse the flags into `settings`, call `main(config, run)`, and exit.

    The exit code is 0 when done, 1 when the training or the export failed, 2 for a bad flag or
    input (`InputError`, `OSError`), 3 for unavailable data, 130 when interrupted (the last
    checkpoint is kept). Each of these prints one sentence to standard error; any other exception is
    a bug and is shown with its traceback.

    Args:
        settings: a dataclass, `Settings` or one that extends it.
        main: function of an instance of `settings` and a `Run`.

    Example:

        if __name__ == "__main__":
            run_recipe(Config, main)
    """
    name = Path(sys.argv[0]).stem
    config = parse(settings, description=sys.modules["__main__"].__doc__)
    _choose_backend(name, config.backend)
    warnings.formatwarning = lambda message, *_: f"{name}: {message}\n"
    sys.exit(_run(name, config, main))


def _run(name, config, main):
    run = None

    def interrupted():
        signal.setitimer(signal.ITIMER_REAL, 0)
        return _report_error(name, f"interrupted. {run.kept() if run else ''}", 130)

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
        return _report_error(name, error, 3)
    except NonFiniteLoss as error:
        again = "The same settings would end there again: change one and use --resume never."
        return _report_error(name, f"{error}. {again}", 1)
    except ExportError as error:
        return _report_error(name, f"{error}. {run.kept()}", 1)
    except OSError as error:
        where = error.filename
        if run and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            where = where or run.folder  # a write does not say of which file it is
        return _report_error(name, f"{f'{where}: ' if where else ''}{error.strerror or error}", 2)
    except InputError as error:
        return _report_error(name, error, 2)
    except Exception as error:
        if not _is_out_of_memory(error):
            raise
        smaller = "take a smaller model, smaller batches or a machine with more"
        return _report_error(name, f"the memory does not suffice: {smaller}", 1)
    finally:
        if run:
            run.close()


def _report_error(name: str, message: object, code: int) -> int:
    """Print one sentence to standard error and return the exit code."""
    print(f"{name}: {str(message).strip()}", file=sys.stderr)
    return code


def _is_out_of_memory(error):
    """Whether NumPy or a backend could not allocate memory; each backend says so in other words."""
    words = f"{type(error).__name__}: {error}".lower()
    signs = ("resource_exhausted", "resourceexhausted", "out of memory", "allocate memory")
    return isinstance(error, MemoryError) or any(sign in words for sign in signs)


def _choose_backend(name, backend):
    """Start this process again with another backend: Keras reads it only once, at import."""
    if backend == keras.config.backend():
        return
    if importlib.util.find_spec(backend) is None:
        sys.exit(_report_error(name, f"--backend {backend}: {backend} is not installed", 2))
    sys.stdout.flush()
    os.environ["KERAS_BACKEND"] = backend
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _interrupt(frame, interrupted):
    # A second signal ends the process at once.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: os._exit(130))
    if _inside_keras(frame):
        # An exception that passes through the compiled code under `fit` corrupts its memory, so
        # the process ends here. Every finished epoch is on disk already.
        with contextlib.suppress(RuntimeError):  # the signal arrived in the middle of a print
            interrupted()
            sys.stdout.flush()
        os._exit(130)
    # A callback of the garbage collector would lose the exception, so it is raised every second.
    signal.signal(signal.SIGALRM, _raise_again)
    signal.setitimer(signal.ITIMER_REAL, 1.0, 1.0)
    raise KeyboardInterrupt


def _inside_keras(frame):
    return any(f.f_code.co_filename.startswith(_KERAS) for f, _ in traceback.walk_stack(frame))


def _raise_again(number, frame):
    raise KeyboardInterrupt
