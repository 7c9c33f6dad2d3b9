"""Sentiment: the class of a text, from the raw text.

Data     embedded sentences of negation and contrast; or --data FILE, --data tfds:imdb_reviews
Model    embedding, bidirectional LSTM or GRU of any kind, pooling over time, softmax
Result   accuracy 1.000 on the embedded test set (majority 0.500, bag of words 0.500),
         SST-2 dev 0.806 (majority 0.509), ChnSentiCorp dev 0.897 (majority 0.506)
Time     41 seconds on 2 CPU cores; SST-2 one minute, ChnSentiCorp six
Run      python recipes/sentiment.py [--backend jax] [--data reviews.tsv] [--cell peephole] [--help]
Writes   saved_models/sentiment/: 1/ (SavedModel: text in, label out), model.keras, config.json,
         metrics.json, history.csv, predictions.tsv, figures/, README.md
"""

from dataclasses import dataclass
from typing import Literal

import keras
import numpy as np

from keras_seq.data.tokenizer import Tokenizer
from keras_seq.export import in_float32, tree
from keras_seq.models import SequenceClassifier
from keras_seq.recurrent.variants import CellName
from keras_seq.tasks.classification import (
    Labels,
    TextBatches,
    bag_of_words_accuracy,
    classification_scores,
    export_text_classifier,
    labelled_text,
)
from keras_seq.training.config import NonNegativeFloat, PositiveInt, Settings, Text, UnitInterval
from keras_seq.training.devices import PadToDevices, device_scope
from keras_seq.training.launch import launch
from keras_seq.training.model_card import model_card
from keras_seq.training.optimizers import make_optimizer
from keras_seq.training.plots import confusion, curves


@dataclass
class Config(Settings):
    patience: PositiveInt = 3  # epochs without a better validation accuracy before training stops
    text_column: Text | None = None  # name or position from 0; else found by header or content
    label_column: Text | None = None  # likewise
    tokenizer: Literal["words", "characters", "subwords"] = "words"  # characters for Chinese
    lowercase: bool = True  # whether "Good" and "good" are one token
    vocabulary_size: PositiveInt = 20000  # tokens, the most frequent ones
    minimum_count: PositiveInt = 2  # occurrences; rarer tokens are one unknown token
    max_length: PositiveInt = 400  # tokens of a training text that are read; others are read whole
    cell: CellName = "lstm"  # of the recurrent layers
    bidirectional: bool = True  # read backwards too
    layers: PositiveInt = 1  # recurrent layers on each other
    units: PositiveInt = 64  # of the state of each direction
    embedding: PositiveInt = 64  # numbers a token
    pooling: Literal["last", "mean", "max", "attention"] = "max"  # over time
    dropout: UnitInterval = 0.5  # of the inputs of recurrent and output layers, fixed over time
    recurrent_dropout: UnitInterval = 0.0  # of the states, fixed over time
    dropout_per_gate: bool = False  # draw a mask for each gate
    recurrent_weight_dropout: UnitInterval = 0.0  # of single recurrent weights
    word_dropout: UnitInterval = 0.1  # of the word types of a text
    zoneout: UnitInterval = 0.0  # probability that a state unit keeps its value for a step
    optimizer: Literal["adam", "adamw", "lion", "nadam", "rmsprop", "sgd"] = "adamw"
    clip_norm: NonNegativeFloat = 1.0  # of the gradient of all weights together; 0: none
    weight_decay: NonNegativeFloat = (
        1e-2  # share of a weight a step takes away, times learning rate
    )
    average_weights: bool = True  # score and serve the weights' average over the last epoch or so


def main(config, run):
    # Data
    splits = labelled_text(config, config.text_column, config.label_column)
    labels = Labels.learn(splits["train"].labels)
    tokenizer = Tokenizer.learn(
        splits["train"].texts,
        config.tokenizer,
        config.lowercase,
        config.vocabulary_size,
        config.minimum_count,
    )
    ids = {name: tokenizer.encode(texts.texts) for name, texts in splits.items()}
    truth = {name: labels.encode(texts) for name, texts in splits.items()}
    scored = "test" if "test" in splits else "validation"  # what the results are of
    size, seed = config.batch_size, config.seed
    train = TextBatches(ids["train"], truth["train"], size, seed, max_length=config.max_length)
    validation = TextBatches(ids["validation"], truth["validation"], size, seed, shuffle=False)
    test = TextBatches(ids[scored], truth[scored], size, seed, shuffle=False)

    with device_scope(config.devices):
        # Model
        arguments = config.arguments_of(SequenceClassifier)
        model = SequenceClassifier(len(tokenizer), len(labels), **arguments)
        optimizer = make_optimizer(
            config.optimizer,
            config.learning_rate,
            config.weight_decay,
            config.clip_norm,
            average_over=len(train) if config.average_weights else None,
        )
        # What fills a batch up for several devices has weight 0.
        loss = keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")
        model.compile(optimizer, loss, weighted_metrics=["accuracy"])
        print(f"{len(tokenizer)} tokens, {len(labels)} classes, {model.count_params()} weights")

        # Fit
        watch = [
            keras.callbacks.EarlyStopping(
                "val_accuracy", patience=config.patience, restore_best_weights=True
            )
        ]
        if config.average_weights:
            watch.insert(0, keras.callbacks.SwapEMAWeights(swap_on_epoch=True))
        resume = run.resume(train, watch)
        history = model.fit(
            PadToDevices(train, config.devices),
            validation_data=PadToDevices(validation, config.devices),
            epochs=config.epochs,
            initial_epoch=resume.initial_epoch(config.epochs),
            callbacks=[*run.callbacks(), *watch, resume],
            shuffle=False,  # the batches shuffle themselves, by the seed and the epoch
            verbose=run.verbose,
        )

    # Evaluate
    model = in_float32(model)  # what is served, after training in mixed precision too
    probabilities = test.restore(model.predict(test, verbose=0))
    predicted = probabilities.argmax(axis=1)
    metrics = run.report(
        history,
        {
            "evaluated_on": scored,
            **classification_scores(probabilities, truth[scored], truth["train"]),
            "bag_of_words_accuracy": bag_of_words_accuracy(
                ids["train"], truth["train"], ids[scored], truth[scored]
            ),
        },
    )
    run.write_table(
        "predictions.tsv",
        {
            "text": splits[scored].texts,
            "label": splits[scored].labels,
            "predicted": [labels.names[k] for k in predicted],
            "score": [f"{p:.4f}" for p in probabilities.max(axis=1)],
        },
    )

    # Plot
    curves(history, run.folder / "figures/curves.png", chosen=watch[-1].best_epoch)
    confusion(truth[scored], predicted, labels.names, run.folder / "figures/confusion.png")

    # Export
    path, version = run.save(model), None
    by_length = np.argsort([len(row) for row in ids[scored]])
    examples = [splits[scored].texts[row] for row in by_length[:: max(1, len(by_length) // 6)]]
    if config.export:
        examples.append(" ".join(examples))  # longer than any
        asked = TextBatches(tokenizer.encode(examples), None, 4, seed, shuffle=False)
        expected = asked.restore(model.predict(asked, verbose=0))
        version = export_text_classifier(
            path, tokenizer, labels.names, run.folder, examples, expected
        )
        print(tree(version))
    model_card(run, "the class of a text", metrics, splits, version, examples[len(examples) // 2])


if __name__ == "__main__":
    launch(Config, main)
