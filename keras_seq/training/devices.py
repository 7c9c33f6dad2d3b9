"""Data-parallel training: several devices share each batch."""

import contextlib
import os

import keras
import numpy as np

from keras_seq.errors import InputError


def divide_cpu(count: int) -> None:
    """Divide the CPU of a machine without GPUs into several devices, before any is used."""
    if count == 1:
        return
    if keras.config.backend() == "tensorflow":
        from keras_seq.backend.tensorflow.devices import divide_cpu

        divide_cpu(count)
    if keras.config.backend() == "jax":
        flags = os.environ.get("XLA_FLAGS", "")
        flags = f"{flags} --xla_force_host_platform_device_count={count}"
        os.environ["XLA_FLAGS"] = flags.strip()


def device_scope(count: int) -> contextlib.AbstractContextManager:
    """A context in which a model that is built, compiled and fitted uses `count` devices.

    Args:
        count: number of devices; on a machine without GPUs these are parts of the CPU.

    Returns:
        A context manager.

    Raises:
        InputError: there are fewer devices, or the backend is torch.

    Example:

    >>> from keras_seq.training.devices import device_scope
    >>> with device_scope(1):
    ...     model = keras.Sequential([keras.layers.Dense(1)])
    """
    if count == 1:
        return contextlib.nullcontext()
    if keras.config.backend() == "tensorflow":
        from keras_seq.backend.tensorflow.devices import mirrored

        return mirrored(count)
    if keras.config.backend() == "jax":
        return _data_parallel(count)
    raise InputError(f"--devices {count}: torch uses one; use --backend tensorflow or jax")


def clip_whole_gradients(
    optimizer: keras.optimizers.Optimizer, count: int
) -> contextlib.AbstractContextManager:
    """A context in which `count` devices clip the gradient of a batch, not those of its parts.

    Example:

    >>> from keras_seq.training.devices import clip_whole_gradients
    >>> with clip_whole_gradients(keras.optimizers.SGD(global_clipnorm=1.0), count=1):
    ...     pass
    """
    if count > 1 and keras.config.backend() == "tensorflow":
        from keras_seq.backend.tensorflow.devices import clip_sum_of_gradients

        return clip_sum_of_gradients(optimizer)
    return contextlib.nullcontext()


@contextlib.contextmanager
def _data_parallel(count):
    devices = keras.distribution.list_devices()
    if len(devices) < count:
        raise InputError(f"--devices {count}: there are only {len(devices)}")
    parallel = keras.distribution.DataParallel(devices=devices[:count])
    keras.distribution.set_distribution(parallel)
    yield
    keras.distribution.set_distribution(None)


class PadToDevices(keras.utils.PyDataset):
    """Batches whose sizes are multiples of the number of devices, as JAX requires.

    A smaller batch is padded with copies of its first example, which have weight 0.

    Args:
        batches: `keras.utils.PyDataset` of `(inputs, labels)` or `(inputs, labels, weights)`;
            inputs may be a dictionary. Weights have the shape of the labels, without the last axis
            where labels have several. Batches of `(inputs,)`, which can have no weights, stay as
            they are.
        devices: the number of devices, of which the size of every batch is a multiple.

    Example:

    >>> from keras_seq.tasks.classification.batches import TextBatches
    >>> from keras_seq.training.devices import PadToDevices
    >>> batches = TextBatches([np.array([2, 3])] * 3, [0, 1, 1], 3, seed=0)
    >>> ids, labels, weights = PadToDevices(batches, 2)[0]
    >>> ids.shape, weights
    ((4, 2), array([1., 1., 1., 0.], dtype=float32))
    """

    def __init__(self, batches: keras.utils.PyDataset, devices: int):
        super().__init__()
        self._batches = batches
        self._devices = devices

    def __len__(self):
        return len(self._batches)

    def __getitem__(self, index):
        batch = self._batches[index]
        if len(batch) == 1:
            return batch
        inputs, labels, *weights = batch
        weights = weights[0] if weights else np.ones(labels.shape[: max(1, labels.ndim - 1)])
        rows = np.arange(len(labels))
        filled = np.concatenate([rows, np.zeros(-len(labels) % self._devices, rows.dtype)])
        weights = weights[filled].astype("float32")
        weights[len(labels) :] = 0
        return keras.tree.map_structure(lambda x: x[filled], inputs), labels[filled], weights
