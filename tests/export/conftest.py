"""One exported model, for the tests that look at it, and a quick way to export others."""

from types import SimpleNamespace

import numpy as np
import pytest

from keras_seq.data.tokenizer import Tokenizer
from keras_seq.export import isolated_process, write
from keras_seq.tasks.classification.export import export_text_classifier
from tests.export.stand_in import (
    LABELS,
    SENTENCES,
    TEXTS,
    classifier_of,
    ids_of,
    model_of_ids,
    predicted,
)


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """A text classifier of the backend of this run, exported as users do."""
    path = tmp_path_factory.mktemp("export")
    tokenizer = Tokenizer.learn(SENTENCES)
    model = classifier_of(tokenizer)
    model.save(path / "model.keras")
    expected = predicted(model, tokenizer, SENTENCES)
    out = path / "saved_models" / "sentiment"
    folder = export_text_classifier(
        path / "model.keras", tokenizer, LABELS, out, SENTENCES, expected
    )
    return SimpleNamespace(folder=folder, model=model, tokenizer=tokenizer, expected=expected)


@pytest.fixture
def arguments(tmp_path):
    """What `export_saved_model` takes, for a model of stock layers."""
    model = model_of_ids()
    model.save(tmp_path / "model.keras")
    return arguments_for(model, tmp_path)


def arguments_for(model, path):
    return {
        "model_path": path / "model.keras",
        "out": path / "saved_models" / "letters",
        "builder": "tests.export.stand_in:build",
        "config": {"labels": LABELS},
        "examples": {"text": TEXTS},
        "expected": {"probabilities": np.asarray(model.predict(ids_of(TEXTS), verbose=0))},
        "probes": {"no text": {"text": []}, "the empty text": {"text": [""]}},
    }


@pytest.fixture
def in_process(monkeypatch):
    """Exports in this process, which must compute with TensorFlow: in a second, not in eight."""

    def run_fresh(arguments, request, python_path=None):
        write.build_saved_model(**request)

    monkeypatch.setattr("keras_seq.export.saved_model.run_fresh", run_fresh)
    monkeypatch.setattr(
        "keras_seq.export.verify.call_in_isolated_process",
        lambda folder, *calls: isolated_process.answer(str(folder), *calls),
    )
