"""Data sets of TensorFlow Datasets, with a quick and clear error if one cannot be loaded."""

import contextlib
import difflib
import logging
import queue
import socket
import threading
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from keras_seq.data.tensorflow_host import tensorflow_on_host
from keras_seq.errors import DataUnavailable, InputError

_PROBE_SECONDS = 1.5


def prepared_builder(name: str, data_dir: str | Path | None = None) -> tuple[Any, Any]:
    """The builder of a data set, which is downloaded and prepared if necessary.

    Args:
        name: name of the data set, as for `tfds.load`.
        data_dir: the folder of prepared data sets; None: the default of TensorFlow Datasets.

    Returns:
        `(tensorflow_datasets, builder)`.

    Raises:
        DataUnavailable: tensorflow-datasets is not installed, or the data set is not prepared and
            cannot be downloaded.
        InputError: there is no such data set.
    """
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise DataUnavailable(
            f"tfds:{name}: tensorflow-datasets cannot be imported ({error}): "
            "pip install 'keras_seq[recipes]', or give a local file"
        ) from error
    tensorflow_on_host()
    builder = _builder(tfds, name, data_dir)
    if not builder.is_prepared():
        _prepare(builder, name)
    return tfds, builder


def _builder(tfds, name, data_dir):
    base, _, version = name.partition(":")
    if version and not version[0].isdigit() and version[0] != "*":
        raise InputError(f"tfds:{name}: a set of another hub cannot be read: give a local file")
    try:
        with _quiet("absl"):
            return tfds.builder(name, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError:
        known = tfds.list_builders(with_community_datasets=False)
        near = difflib.get_close_matches(base.split("/")[0], known, n=3)
        hint = f"; the nearest names are {', '.join(near)}" if near else ""
        raise InputError(
            f"tfds:{name}: TensorFlow Datasets has no set of this name{hint}"
        ) from None
    except (ValueError, AssertionError) as error:
        # The message of TFDS has its arguments before the reason, and many names after it.
        why = str(error).split("\n")[0].rpartition('": ')[2].rstrip(": ")
        raise InputError(f"tfds:{name}: {why}") from error


def _prepare(builder, name):
    from tensorflow_datasets.core.download import downloader

    retries = downloader.MAX_RETRIES
    hosts = sorted({urllib.parse.urlsplit(url).netloc for url in builder.url_infos or {}})
    why = None
    if hosts and not urllib.request.getproxies() and not _any_reachable(hosts):
        why = f"no connection to {' or '.join(hosts[:3])}"
    else:
        downloader.MAX_RETRIES = 2  # The 10 retries of TFDS take minutes.
        try:
            builder.download_and_prepare()
        except Exception as error:  # Each data set has its own code to download and parse.
            why = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            cause = error
        else:
            return
        finally:
            downloader.MAX_RETRIES = retries
        raise _unavailable(builder, name, why) from cause
    raise _unavailable(builder, name, why)


def _unavailable(builder, name, why):
    return DataUnavailable(
        f"tfds:{name}: not prepared in {builder.data_path} and not downloaded ({why}): copy a "
        "prepared folder there, give a local file instead, or run once with the network on"
    )


def _any_reachable(hosts):
    """Whether a host accepts a connection in time; looking up its name has no time limit."""
    answers = queue.Queue()

    def probe(host):
        try:
            socket.create_connection((host, 443), timeout=_PROBE_SECONDS).close()
        except OSError:
            answers.put(False)
        else:
            answers.put(True)

    for host in hosts:
        threading.Thread(target=probe, args=(host,), daemon=True).start()
    with contextlib.suppress(queue.Empty):
        return any(answers.get(timeout=_PROBE_SECONDS) for _ in hosts)
    return False


@contextlib.contextmanager
def _quiet(logger):
    """Suppress the warnings of a library where our own error is clearer."""
    logger = logging.getLogger(logger)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
