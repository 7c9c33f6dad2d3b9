"""A training that kills its process: `python -m tests.training.interrupted FOLDER [EPOCH STEP]`.

Without EPOCH and STEP, or when it resumes after them, it prints what it ended with.
"""

import hashlib
import json
import os
import signal
import sys
import warnings

import keras
import numpy as np

from keras_seq.training.resume import Resume


class Killed(keras.callbacks.Callback):
    """SIGKILL, which no handler sees, in the middle of an epoch."""

    def __init__(self, epoch, step):
        super().__init__()
        self.at = (epoch, step)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


class Permuted(keras.utils.PyDataset):
    """Batches in an order that depends on the epoch alone."""

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y
        self.set_epoch(0)

    def set_epoch(self, epoch):
        self.order = np.random.default_rng(epoch).permutation(len(self.x)).reshape(-1, 8)

    def __len__(self):
        return len(self.order)

    def __getitem__(self, index):
        return self.x[self.order[index]], self.y[self.order[index]]


def train(folder, kill=None, arrays=True, epochs=7):
    """What is easily forgotten: dropout, shuffling, Adam, two kinds of counters, the average."""
    keras.utils.set_random_seed(3)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 5, 4)).astype("float32")
    y = (x.sum(axis=(1, 2)) > 0).astype("int32")
    validation = (x[:16], rng.integers(0, 2, 16))  # noise: training soon stops improving it
    model = keras.Sequential(
        [
            keras.Input((5, 4)),
            keras.layers.LSTM(6, dropout=0.2, recurrent_dropout=0.2, return_sequences=True),
            keras.layers.LSTM(6),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(2, "softmax"),
        ]
    )
    optimizer = keras.optimizers.AdamW(0.05, global_clipnorm=1.0, use_ema=True, ema_momentum=0.8)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    average = keras.callbacks.SwapEMAWeights(swap_on_epoch=True)
    stop = keras.callbacks.EarlyStopping("val_loss", patience=4, restore_best_weights=True)
    plateau = keras.callbacks.ReduceLROnPlateau("val_loss", patience=1, factor=0.5)
    batches = None if arrays else Permuted(x, y)
    counting = [average, stop, plateau]
    resume = Resume(folder, seed=3, callbacks=counting, batches=batches, settings={"units": 6})
    data = {"x": x, "y": y, "batch_size": 8} if arrays else {"x": batches, "shuffle": False}
    history = model.fit(
        **data,
        validation_data=validation,
        epochs=epochs,
        initial_epoch=resume.initial_epoch(epochs),
        callbacks=[*([Killed(*kill)] if kill else []), *counting, resume],
        verbose=0,
    )
    digest = hashlib.sha256()
    for value in [*model.variables, *model.optimizer.variables]:
        digest.update(keras.ops.convert_to_numpy(value.value).tobytes())
    return {
        "weights": digest.hexdigest(),
        "history": history.history,
        "epochs": history.epoch,
        "stop": [stop.best, stop.wait, stop.best_epoch, stop.stopped_epoch],
        "plateau": [plateau.best, plateau.wait, plateau.cooldown_counter],
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    folder, arrays, *kill = sys.argv[1:]
    print(json.dumps(train(folder, [int(k) for k in kill] or None, arrays == "arrays")))
