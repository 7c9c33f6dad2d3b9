"""The devices of TensorFlow."""

import tensorflow as tf

from keras_seq.errors import InputError


def has_gpu():
    """Whether TensorFlow computes on a GPU."""
    return bool(tf.config.list_logical_devices("GPU"))


def divide_cpu(count):
    """Without a GPU, let the CPU count as several devices: before TensorFlow uses any."""
    if not tf.config.list_physical_devices("GPU"):
        (host,) = tf.config.list_physical_devices("CPU")
        parts = [tf.config.LogicalDeviceConfiguration()] * count
        tf.config.set_logical_device_configuration(host, parts)


def mirrored(count):
    """The scope of a strategy over `count` GPUs, or where there is none, parts of the CPU."""
    kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    names = [device.name for device in tf.config.list_logical_devices(kind)]
    if len(names) < count:
        raise InputError(f"--devices {count}: there are only {len(names)}")
    return tf.distribute.MirroredStrategy(names[:count]).scope()
