"""The devices of TensorFlow."""

import contextlib

import tensorflow as tf

from keras_seq.errors import InputError

_LIMITS = ("clipnorm", "global_clipnorm", "clipvalue")


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


def sum_over_devices(tensor):
    """The sum over the replicas in which the current function runs."""
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return tensor
    return replica.all_reduce(tf.distribute.ReduceOp.SUM, tensor)


@contextlib.contextmanager
def clip_sum_of_gradients(optimizer):
    """Let an optimizer clip the gradient of the batch: Keras clips that of each replica's part."""
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    apply = optimizer.apply

    def apply_sum(gradients, variables=None):
        replica = tf.distribute.get_replica_context()
        if replica is None or replica.num_replicas_in_sync == 1:
            return apply(gradients, variables)
        # Keras sums over the replicas after clipping: an nth of the sum, clipped at an nth.
        share = 1 / replica.num_replicas_in_sync
        limits = {name: getattr(optimizer, name) for name in _LIMITS}
        gradients = [
            None if gradient is None else tf.math.scalar_mul(share, sum_over_devices(gradient))
            for gradient in gradients
        ]
        try:
            for name, limit in limits.items():
                setattr(optimizer, name, limit and limit * share)
            return apply(gradients, variables)
        finally:
            for name, limit in limits.items():
                setattr(optimizer, name, limit)

    optimizer.apply = apply_sum
    try:
        yield
    finally:
        del optimizer.apply
