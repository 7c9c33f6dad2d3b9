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

from keras_seq import recipe
from keras_seq.data import Labels, TextBatches, Tokenizer
from keras_seq.export import export_text_classifier, in_float32, tree
from keras_seq.models import SequenceClassifier
from keras_seq.recipe import Count, Rate, Share, Text


@dataclass
class Config(recipe.Settings):
    patience: Count = 3  # epochs without a better validation accuracy before training stops
    text_column: Text | None = None  # name or position from 0; else found by header or content
    label_column: Text | None = None  # likewise
    tokenizer: Literal["words", "characters", "subwords"] = "words"  # characters for Chinese
    lowercase: bool = True  # whether "Good" and "good" are one token
    vocabulary_size: Count = 20000  # tokens, the most frequent ones
    minimum_count: Count = 2  # occurrences; rarer tokens are one unknown token
    max_length: Count = 400  # tokens of a training text that are read; others are read whole
    cell: Literal["lstm", "peephole", "coupled", "no_forget", "layer_norm", "gru", "gru_before",
                  "simplified_gru"] = "lstm"  # of the recurrent layers  # fmt: skip
    bidirectional: bool = True  # read backwards too
    layers: Count = 1  # recurrent layers on each other
    units: Count = 64  # of the state of each direction
    embedding: Count = 64  # numbers a token
    pooling: Literal["last", "mean", "max", "attention"] = "max"  # over time
    dropout: Rate = 0.5  # of the inputs of recurrent and output layers, fixed over time
    recurrent_dropout: Rate = 0.0  # of the states, fixed over time
    dropout_per_gate: bool = False  # draw a mask for each gate
    recurrent_weight_dropout: Rate = 0.0  # of single recurrent weights
    word_dropout: Rate = 0.1  # of the word types of a text
    zoneout: Rate = 0.0  # probability that a state unit keeps its value for a step
    optimizer: Literal["adam", "adamw", "lion", "nadam", "rmsprop", "sgd"] = "adamw"
    clip_norm: Share = 1.0  # of the gradient of all weights together; 0: none
    weight_decay: Share = 1e-2  # share of a weight a step takes away, times learning rate
    average_weights: bool = True  # score and serve the weights' average over the last epoch or so


def main(config, run):
    # Data
    splits = recipe.labelled_text(config, config.text_column, config.label_column)
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

    with recipe.spread(config.devices):
        # Model
        arguments = config.arguments_of(SequenceClassifier)
        model = SequenceClassifier(len(tokenizer), len(labels), **arguments)
        optimizer = recipe.optimizer(
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
            recipe.Even(train, config.devices),
            validation_data=recipe.Even(validation, config.devices),
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
            **recipe.classification_scores(probabilities, truth[scored], truth["train"]),
            "bag_of_words_accuracy": recipe.bag_of_words_accuracy(
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
    recipe.curves(history, run.folder / "figures/curves.png", chosen=watch[-1].best_epoch)
    recipe.confusion(truth[scored], predicted, labels.names, run.folder / "figures/confusion.png")

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
    recipe.model_card(
        run, "the class of a text", metrics, splits, version, examples[len(examples) // 2]
    )


if __name__ == "__main__":
    recipe.launch(Config, main)
