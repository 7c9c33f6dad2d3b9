"""Steps of small models whose batches three devices share: `python -m tests.training...`.

A process of its own, because a CPU is divided before the backend uses it. It prints, for each
model, size of the batch and number of devices, what an evaluation and one step give.
"""

import json
import sys

import keras
import numpy as np

from keras_seq.losses import WeightedMean
from keras_seq.models import Seq2Seq, SequenceClassifier, Tagger
from keras_seq.training.devices import (
    PadToDevices,
    clip_whole_gradients,
    device_scope,
    divide_cpu,
)
from keras_seq.training.optimizers import make_optimizer

DEVICES = 3
CASES = (("classifier", 2), ("classifier", 5), ("tagger", 5), ("translator", 5))


class OneBatch(keras.utils.PyDataset):
    def __init__(self, *batch):
        super().__init__()
        self.batch = batch

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return self.batch


def classifier(ids):
    model = SequenceClassifier(9, 2, units=3, embedding_dim=3, dropout=0.0, pooling="mean")
    # A short batch has rows of weight 0 and the metric counts none of them.
    loss = WeightedMean(keras.losses.SparseCategoricalCrossentropy())
    return model, {"loss": loss, "weighted_metrics": ["accuracy"]}, (ids, ids[:, 0] % 2)


def tagger(ids):
    model = Tagger({"words": 9}, ["O", "A"], units=3, embedding_dim=3, dropout=0.0)
    return model, {}, ({"words": ids}, np.where(ids, ids % 2, 0))


def translator(ids):
    model = Seq2Seq(9, 9, units=4, embedding_dim=4, dropout=0.0, max_length=6)
    return model, {}, ({"source": ids, "target": ids[:, ::-1].copy()}, ids[:, ::-1].copy())


def step(make, rows, devices):
    """The change of all weights, and the loss before it, of a batch of lengths that differ."""
    keras.utils.set_random_seed(4)
    ids = np.random.default_rng(1).integers(1, 9, (rows, 6)).astype("int32")
    ids[np.arange(6) > np.arange(rows)[:, None] % 5 + 1] = 0
    model, compiled, batch = make(ids)
    before = [weight.copy() for weight in model.get_weights()]
    eager = keras.config.backend() == "tensorflow"  # to trace it takes a minute and a half
    model.compile(make_optimizer("sgd", 1.0, clip_norm=0.05), run_eagerly=eager, **compiled)
    data = PadToDevices(OneBatch(*batch), devices)
    scores = model.evaluate(data, verbose=0, return_dict=True)
    with clip_whole_gradients(model.optimizer, devices):
        history = model.fit(data, shuffle=False, verbose=0)
    after = model.get_weights()
    change = np.concatenate([(b - a).ravel() for a, b in zip(before, after, strict=True)])
    return {**scores, "fitted": history.history["loss"][0], "change": change.tolist()}


if __name__ == "__main__":
    divide_cpu(DEVICES)
    made = {}
    for devices in (1, DEVICES):
        with device_scope(devices):
            for name, rows in CASES:
                made[f"{name} {rows}/{devices}"] = step(globals()[name], rows, devices)
    json.dump(made, sys.stdout)
