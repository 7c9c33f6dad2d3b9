"""Sets of TensorFlow Datasets, with a quick and clear answer where one cannot be had."""

import contextlib
import difflib
import logging
import queue
import socket
import threading
import urllib.parse
import urllib.request

from keras_seq.data.tensorflow_host import tensorflow_on_host
from keras_seq.errors import DataUnavailable

_PROBE_SECONDS = 1.5


def prepared_builder(name, data_dir=None):
    """The builder of a set that lies prepared on this machine, after preparing it if need be.

    Args:
        name: as `tfds.load` takes it.
        data_dir: the folder of prepared sets; None is TensorFlow Datasets' own choice.

    Returns:
        `(tensorflow_datasets, builder)`.

    Raises:
        DataUnavailable: tensorflow-datasets is not installed, or the set is neither prepared nor
            to be downloaded.
        ValueError: there is no such set.
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
        raise ValueError(f"tfds:{name}: a set of another hub cannot be read: give a local file")
    try:
        with _quiet("absl"):
            return tfds.builder(name, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError:
        known = tfds.list_builders(with_community_datasets=False)
        near = difflib.get_close_matches(base.split("/")[0], known, n=3)
        hint = f"; the nearest names are {', '.join(near)}" if near else ""
        raise ValueError(
            f"tfds:{name}: TensorFlow Datasets has no set of this name{hint}"
        ) from None
    except (ValueError, AssertionError) as error:
        # TFDS puts its arguments before the reason, and screens of names after it.
        why = str(error).split("\n")[0].rpartition('": ')[2].rstrip(": ")
        raise ValueError(f"tfds:{name}: {why}") from error


def _prepare(builder, name):
    from tensorflow_datasets.core.download import downloader

    retries = downloader.MAX_RETRIES
    hosts = sorted({urllib.parse.urlsplit(url).netloc for url in builder.url_infos or {}})
    why = None
    if hosts and not urllib.request.getproxies() and not _any_reachable(hosts):
        why = f"no connection to {' or '.join(hosts[:3])}"
    else:
        downloader.MAX_RETRIES = 2  # The 10 of TFDS take minutes to give up.
        try:
            builder.download_and_prepare()
        except Exception as error:  # Each set downloads and parses in code of its own.
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
    """Whether one of the hosts takes a connection before long; name look-up has no time limit."""
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
    """Without the warnings of a library that an error of ours says better."""
    logger = logging.getLogger(logger)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
