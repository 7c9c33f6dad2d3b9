"""Sentiment analysis: classifies raw texts.

Data     embedded sentences with negation and contrast; or --data FILE, --data tfds:imdb_reviews
Model    embedding, bidirectional LSTM or GRU of any kind, pooling over time, softmax
Result   accuracy 1.000 on the embedded test set (majority 0.500, bag of words 0.500),
         SST-2 dev 0.806 (majority 0.509), ChnSentiCorp dev 0.897 (majority 0.506)
Time     104 seconds on 2 CPU cores; SST-2 one minute, ChnSentiCorp six
Run      python recipes/sentiment.py [--backend jax] [--data reviews.tsv] [--cell peephole] [--help]
Writes   saved_models/sentiment/: 1/ (SavedModel: text in, label out), model.keras, config.json,
         metrics.json, history.csv, predictions.tsv, figures/, README.md
"""

from dataclasses import dataclass
from typing import Literal

import keras

from keras_seq.data.normalization import NormalizationName
from keras_seq.data.tokenizer import Tokenizer
from keras_seq.export import in_float32, rows_of_all_lengths, tree
from keras_seq.losses import WeightedMean
from keras_seq.models import SequenceClassifier
from keras_seq.tasks.classification import (
    TEXT_CLASSIFIER_CARD,
    Labels,
    TextBatches,
    bag_of_words_accuracy,
    classification_scores,
    export_text_classifier,
    labeled_text_splits,
    prediction_columns,
)
from keras_seq.training.config import (
    OptimizerSettings,
    PositiveInt,
    RecurrentSettings,
    Text,
    UnitInterval,
)
from keras_seq.training.devices import device_scope
from keras_seq.training.fit import train_model
from keras_seq.training.launch import run_recipe
from keras_seq.training.model_card import write_model_card
from keras_seq.training.plots import confusion, curves


@dataclass
class Config(RecurrentSettings, OptimizerSettings):
    patience: PositiveInt = 3  # epochs without a better validation accuracy before training stops
    text_column: Text | None = None  # name or position from 0; else found by header or content
    label_column: Text | None = None  # likewise
    tokenizer: Literal["words", "characters", "subwords"] = "words"  # characters for Chinese
    lowercase: bool = True  # whether "Good" and "good" are one token
    normalization: NormalizationName = "NFC"  # of Unicode, as read: accents in one way
    vocabulary_size: PositiveInt = 20000  # tokens, the most frequent ones
    minimum_count: PositiveInt = 2  # occurrences; rarer tokens are one unknown token
    max_length: PositiveInt = 400  # tokens of a training text that are read; others are read whole
    units: PositiveInt = 64
    embedding: PositiveInt = 64  # size of the token embeddings
    pooling: Literal["last", "mean", "max", "attention"] = "max"  # pooling over time
    dropout: UnitInterval = 0.5  # dropout of the inputs of recurrent and output layers
    word_dropout: UnitInterval = 0.1  # dropout of word types in a text


def main(config, run):
    # Data
    splits = labeled_text_splits(config, config.text_column, config.label_column)
    labels = Labels.learn(splits["train"].labels)
    tokenizer = Tokenizer.learn(
        splits["train"].texts,
        config.tokenizer,
        config.lowercase,
        config.vocabulary_size,
        config.minimum_count,
        config.normalization,
    )
    ids = {name: tokenizer.encode(texts.texts) for name, texts in splits.items()}
    truth = {name: labels.encode(texts) for name, texts in splits.items()}
    scored = "test" if "test" in splits else "validation"  # the split of the results
    size, seed = config.batch_size, config.seed
    train = TextBatches(ids["train"], truth["train"], size, seed, max_length=config.max_length)
    validation = TextBatches(ids["validation"], truth["validation"], size, seed, shuffle=False)
    test = TextBatches(ids[scored], truth[scored], size, seed, shuffle=False)

    with device_scope(config.devices):
        # Model
        arguments = config.arguments_of(
            SequenceClassifier, num_layers="layers", embedding_dim="embedding"
        )
        model = SequenceClassifier(len(tokenizer), len(labels), **arguments)
        # What fills a batch up for several devices has weight 0.
        loss = WeightedMean(keras.losses.SparseCategoricalCrossentropy())
        model.compile(config.make_optimizer(len(train)), loss, weighted_metrics=["accuracy"])
        print(f"{len(tokenizer)} tokens, {len(labels)} classes, {model.count_params()} weights")

        # Fit
        history, best_epoch = train_model(
            run,
            model,
            train,
            validation,
            monitor="val_accuracy",
            average_weights=config.average_weights,
        )

    # Evaluate
    model = in_float32(model)  # the exported model computes in float32
    probabilities = test.restore(model.predict(test, verbose=0))
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
    columns = prediction_columns(splits[scored], labels.names, probabilities)
    run.write_table("predictions.tsv", columns)

    # Plot
    figures, predicted = run.folder / "figures", probabilities.argmax(axis=1)
    curves(history, figures / "curves.png", chosen=best_epoch)
    confusion(truth[scored], predicted, labels.names, figures / "confusion.png")

    # Export
    path, version = run.save(model), None
    examples = [splits[scored].texts[n] for n in rows_of_all_lengths(list(map(len, ids[scored])))]
    if config.export:
        examples.append(" ".join(examples))  # longer than all others
        inputs = TextBatches(tokenizer.encode(examples), None, 4, seed, shuffle=False)
        expected = inputs.restore(model.predict(inputs, verbose=0))
        version = export_text_classifier(
            path, tokenizer, labels.names, run.folder, examples, expected
        )
        print(tree(version))
    example = examples[len(examples) // 2]
    write_model_card(run, TEXT_CLASSIFIER_CARD, metrics, splits, version, example)


if __name__ == "__main__":
    run_recipe(Config, main)
