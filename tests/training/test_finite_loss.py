"""Training stops where the loss is lost, says where, and the last sound checkpoint stays."""

import keras
import numpy as np
import pytest

from keras_seq.training.finite_loss import FiniteLoss, NonFiniteLoss
from keras_seq.training.resume import Resume, read_checkpoint


class Poisoned(keras.utils.PyDataset):
    """Four batches an epoch; in epoch 3 the third one holds a NaN."""

    epoch = 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return 4

    def __getitem__(self, index):
        x = np.ones((2, 3), "float32")
        if self.epoch == 2 and index == 2:
            x[0, 0] = np.nan
        return x, np.ones((2, 1), "float32")


def model(loss="mse"):
    keras.utils.set_random_seed(0)
    net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    net.compile("sgd", loss)
    return net


def test_says_epoch_and_step_and_keeps_the_last_sound_checkpoint(tmp_path):
    batches = Poisoned()
    resume = Resume(tmp_path, seed=0, batches=batches)
    with pytest.raises(NonFiniteLoss, match=r"^the loss became nan in epoch 3, step 3$"):
        model().fit(batches, epochs=5, shuffle=False, verbose=0, callbacks=[FiniteLoss(), resume])
    state, arrays = read_checkpoint(sorted(tmp_path.iterdir())[-1])
    assert state["epoch"] == 1
    assert all(np.isfinite(array).all() for array in arrays)


def test_weights_lost_in_the_last_step_of_an_epoch(tmp_path):
    net = model()
    net.optimizer.learning_rate = 1e38
    x, y = np.full((2, 3), 1e6, "float32"), np.full((2, 1), -1e6, "float32")
    with pytest.raises(NonFiniteLoss, match=r"^the weight \S+ became \S+ in epoch 1, in its last"):
        net.fit(x, y, batch_size=2, verbose=0, callbacks=[FiniteLoss(), Resume(tmp_path, seed=0)])
    assert not list(tmp_path.iterdir())


def test_validation_loss():
    x, y = np.ones((2, 3), "float32"), np.ones((2, 1), "float32")
    nan = np.full((2, 1), np.nan, "float32")
    with pytest.raises(NonFiniteLoss, match=r"^the val_loss became nan in epoch 1, in validation$"):
        model().fit(x, y, validation_data=(x, nan), verbose=0, callbacks=[FiniteLoss()])
