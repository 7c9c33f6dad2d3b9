"""The same seed means the same data in every process: exact resume stands on it."""

import hashlib
import os
import subprocess
import sys

import pytest

from keras_seq.data.tokenizer import Tokenizer
from keras_seq.tasks.classification.batches import TextBatches
from keras_seq.tasks.classification.labels import Labels, stratified_split
from keras_seq.tasks.classification.synthetic import synthetic_sentiment


def digest():
    """Of all that is drawn or learned on the way from text to batches."""
    train, held_out = stratified_split(synthetic_sentiment(seed=3)["test"], fraction=0.2, seed=3)
    tokenizer = Tokenizer.learn(train.texts)
    ids = tokenizer.encode(train.texts)
    batches = TextBatches(ids, Labels.learn(train.labels).encode(train), 8, seed=3)
    batches.set_epoch(4)
    found = (held_out, tokenizer.vocabulary, [[part.tolist() for part in b] for b in batches])
    return hashlib.sha256(repr(found).encode()).hexdigest()


@pytest.mark.once
def test_another_process_makes_the_same_data():
    done = subprocess.run(
        [sys.executable, "-c", f"import {__name__} as here; print(here.digest())"],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split()[-1] == digest()
