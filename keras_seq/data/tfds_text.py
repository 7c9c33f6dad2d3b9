"""Labelled text from TensorFlow Datasets, with a quick and clear answer where it cannot be had."""

import contextlib
import difflib
import logging
import queue
import socket
import threading
import urllib.parse
import urllib.request

from keras_seq.data.errors import DataUnavailable
from keras_seq.data.labelled_text import LabelledText
from keras_seq.data.tensorflow_host import tensorflow_on_host

_PROBE_SECONDS = 1.5
_NO_LABEL = -1


def load_tfds_text(name, data_dir=None):
    """The labelled splits of a classification set of TensorFlow Datasets.

    A set that lies prepared in `data_dir` is read without the network; another one is downloaded
    and prepared there. Splits without labels, and empty texts, are left out (`source` counts
    these).

    Args:
        name: as `tfds.load` takes it: `imdb_reviews`, `glue/sst2`, `ag_news_subset:1.0.0`.
        data_dir: the folder of prepared sets; None is TensorFlow Datasets' own choice.

    Returns:
        Dictionary of split name -> `LabelledText`.

    Raises:
        DataUnavailable: tensorflow-datasets is not installed, or the set is neither prepared nor
            to be downloaded.
        ValueError: no such set, or not one text with one class label.
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
    text, label = _features(tfds, builder.info, name)
    splits = {}
    for split in builder.info.splits:
        examples = _read(tfds, builder, split, text, label, f"tfds:{name} {split}")
        if examples is not None:
            splits[split] = examples
    if not splits:
        raise ValueError(f"tfds:{name}: no split has labels")
    return splits


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


def _features(tfds, info, name):
    """The names of the text and label features."""
    keys = info.supervised_keys
    if not (isinstance(keys, tuple) and len(keys) == 2 and all(k in info.features for k in keys)):
        kinds = (tfds.features.Text, tfds.features.ClassLabel)
        keys = [
            [key for key, feature in info.features.items() if isinstance(feature, kind)]
            for kind in kinds
        ]
        if [len(found) for found in keys] != [1, 1]:
            raise ValueError(
                f"tfds:{name}: one text and one class label are needed, its features are "
                f"{', '.join(info.features)}"
            )
        keys = [found[0] for found in keys]
    text, label = keys
    feature = info.features[label]
    if (
        not isinstance(info.features[text], tfds.features.Text)
        or feature.shape
        or ("int" not in str(feature.np_dtype))
    ):
        raise ValueError(f"tfds:{name}: {text!r} and {label!r} are not a text and a class")
    return text, label


def _read(tfds, builder, split, text, label, source):
    names = getattr(builder.info.features[label], "names", None)
    texts, labels, empty = [], [], 0
    for row, example in enumerate(tfds.as_numpy(builder.as_dataset(split=split))):
        value = int(example[label])
        if value == _NO_LABEL:
            return None
        try:
            decoded = example[text].decode("utf-8").strip()
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{source}: example {row + 1} is not valid UTF-8 at byte {error.start + 1}"
            ) from None
        if decoded:
            texts.append(decoded)
            labels.append(names[value] if names else str(value))
        else:
            empty += 1
    left_out = f", empty texts left out: {empty}" if empty else ""
    return LabelledText(texts, labels, f"{source} (text: {text}, label: {label}{left_out})")


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
