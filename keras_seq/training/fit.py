"""Training of a compiled model: early stopping, averaged weights, resume, several devices."""

from collections.abc import Sequence

import keras

from keras_seq.data.epoch_batches import EpochBatches
from keras_seq.training.devices import PadToDevices, clip_whole_gradients
from keras_seq.training.run import Run


def train_model(
    run: Run,
    model: keras.Model,
    train: EpochBatches,
    validation: EpochBatches,
    *,
    monitor: str = "val_loss",
    mode: str = "auto",
    average_weights: bool = False,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> tuple[keras.callbacks.History, int]:
    """Fit a compiled model, continuing a run that was interrupted.

    Training stops early when `monitor` has not improved for `config.patience` epochs, and ends
    with the weights of the best epoch. After each epoch a checkpoint is written. A loss that is
    not finite ends the run.

    Args:
        run: the `Run`; its `config` gives the epochs, the patience and the devices.
        model: compiled keras.Model.
        train, validation: batches.
        monitor: the metric that chooses the best epoch.
        mode: "min" or "max", the better direction of `monitor`; "auto": Keras decides.
        average_weights: validate and keep the running average of the weights, which the optimizer
            has to compute (`average_over` of `make_optimizer`).
        callbacks: further callbacks, called before `monitor` is read.

    Returns:
        history: `keras.callbacks.History` of the whole training.
        best_epoch: index of the epoch whose weights the model has.

    Raises:
        InputError: a checkpoint of the run was made with other settings, data or another model.
        NonFiniteLoss: the loss or a weight became NaN or infinite.

    Example:

    >>> import tempfile
    >>> from keras_seq.tasks.classification.batches import TextBatches
    >>> from keras_seq.training.config import Settings
    >>> from keras_seq.training.fit import train_model
    >>> from keras_seq.training.run import Run
    >>> run = Run("sentiment", Settings(epochs=2, out=tempfile.mkdtemp()))
    >>> run.verbose = 0
    >>> batches = TextBatches([np.array([2, 3]), np.array([4, 5])], [0, 1], 2, seed=0)
    >>> model = keras.Sequential([keras.layers.Embedding(6, 2), keras.layers.Flatten()])
    >>> model.compile("adam", "sparse_categorical_crossentropy")
    >>> history, best_epoch = train_model(run, model, batches, batches)
    >>> history.epoch, best_epoch in history.epoch
    ([0, 1], True)
    """
    config = run.config
    average = [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if average_weights else []
    stop = keras.callbacks.EarlyStopping(
        monitor, mode=mode, patience=config.patience, restore_best_weights=True
    )
    resume = run.resume(train, [*average, stop])
    with clip_whole_gradients(model.optimizer, config.devices):
        history = model.fit(
            PadToDevices(train, config.devices),
            validation_data=PadToDevices(validation, config.devices),
            epochs=config.epochs,
            initial_epoch=resume.initial_epoch(config.epochs),
            callbacks=[*run.callbacks(), *average, *callbacks, stop, resume],
            shuffle=False,  # the batches have an order of their own, by the seed and the epoch
            verbose=run.verbose,
        )
    return history, stop.best_epoch
