"""Word segmentation of Chinese: where words end in text that is written without blanks.

Data     embedded sentences that can be cut in two ways; or --data FILE, words divided by blanks
Model    characters and pairs of them, bidirectional LSTM or GRU of any kind, CRF over B, M, E, S
Result   word F1 1.000 on the embedded test set (maximum matching 0.668), People's Daily, trained on
         January 1998, first 3,000 lines of February 0.953 (0.914)
Time     2 minutes on 2 CPU cores that were shared; People's Daily 18
Run      python recipes/segmentation.py [--backend jax] [--data train.txt --test test.txt] [--help]
Writes   saved_models/segmentation/: 1/ (SavedModel: text in, segmented text out), model.keras,
         config.json, metrics.json, history.csv, predictions.tsv, errors.tsv, figures/, README.md
"""

import collections
from dataclasses import dataclass
from typing import Literal

import keras

from keras_seq.crf.tag_schemes import spans_of
from keras_seq.data.pretokenizer import Pretokenizer
from keras_seq.export import in_float32, tree
from keras_seq.models import Tagger
from keras_seq.recurrent.variants import CellName
from keras_seq.tasks.tagging import (
    Tagging,
    ValidationF1,
    differing_words,
    export_segmenter,
    maximum_matching,
    segmentation_scores,
    segmented_text,
    transition_scores,
    words_of,
)
from keras_seq.training.config import (
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    Settings,
    UnitInterval,
)
from keras_seq.training.devices import PadToDevices, device_scope
from keras_seq.training.launch import launch
from keras_seq.training.model_card import model_card
from keras_seq.training.optimizers import make_optimizer
from keras_seq.training.plots import curves


@dataclass
class Config(Settings):
    epochs: PositiveInt = 8  # passes over the training data, at most
    patience: PositiveInt = 2  # epochs without a better validation F1 before training stops
    learning_rate: PositiveFloat = 2e-3  # of the first step
    max_length: PositiveInt = 150  # characters of a training sentence; others are read whole
    long: Literal["refuse", "split"] = "refuse"  # what is done with longer ones
    vocabulary_size: PositiveInt = (
        200000  # characters and pairs of characters, the most frequent ones
    )
    minimum_count: PositiveInt = 2  # occurrences; rarer ones are one unknown one
    head: Literal["crf", "softmax"] = "crf"  # the best row of tags, or each tag for itself
    cell: CellName = "lstm"  # of the recurrent layers
    bidirectional: bool = True  # read backwards too
    layers: PositiveInt = 1  # recurrent layers on each other
    units: PositiveInt = 128  # of the state of each direction
    embedding: PositiveInt = 64  # numbers a character, and a pair of characters
    dropout: UnitInterval = 0.3  # of the inputs of recurrent and last layers, fixed over time
    recurrent_dropout: UnitInterval = 0.0  # of the states, fixed over time
    dropout_per_gate: bool = False  # draw a mask for each gate
    recurrent_weight_dropout: UnitInterval = 0.0  # of single recurrent weights
    word_dropout: UnitInterval = 0.0  # of the characters of a sentence
    zoneout: UnitInterval = 0.0  # probability that a state unit keeps its value for a step
    optimizer: Literal["adam", "adamw", "lion", "nadam", "rmsprop", "sgd"] = "adamw"
    clip_norm: NonNegativeFloat = 1.0  # of the gradient of all weights together; 0: none
    weight_decay: NonNegativeFloat = (
        1e-2  # share of a weight a step takes away, times learning rate
    )
    average_weights: bool = True  # score and serve the weights' average over the last epoch or so


def main(config, run):
    # Data
    splits, known = segmented_text(config)
    splits["train"] = splits["train"].limited(config.max_length, config.long == "split")
    scored = "test" if "test" in splits else "validation"  # what the results are of
    words = {name: words_of_text(text.tokens, text.spans) for name, text in splits.items()}
    tagging = Tagging(
        splits["train"], ("words", "bigrams"), config.vocabulary_size, config.minimum_count
    )
    size, seed = config.batch_size, config.seed
    train = tagging.batches(splits["train"], size, seed, shuffle=True)
    validation = tagging.batches(splits["validation"], size, seed, shuffle=False)
    test = tagging.batches(splits[scored], size, seed, shuffle=False)

    def predicted_words(name, rows):
        tokens = splits[name].tokens
        return words_of_text(tokens, [spans_of(row) for row in tagging.names(rows)])

    with device_scope(config.devices):
        # Model
        arguments = {**config.arguments_of(Tagger), "scheme": tagging.scheme}
        model = Tagger(tagging.features.sizes, tagging.tags, **arguments)
        optimizer = make_optimizer(
            config.optimizer,
            config.learning_rate,
            config.weight_decay,
            config.clip_norm,
            average_over=len(train) if config.average_weights else None,
        )
        model.compile(optimizer)
        print(f"{tagging.features.sizes}, {len(known)} words, {model.count_params()} weights")

        # Fit
        watch = [
            keras.callbacks.EarlyStopping(
                "val_f1", mode="max", patience=config.patience, restore_best_weights=True
            )
        ]
        if config.average_weights:
            watch.insert(0, keras.callbacks.SwapEMAWeights(swap_on_epoch=True))
        f1 = ValidationF1(
            validation,
            lambda rows: segmentation_scores(
                words["validation"], predicted_words("validation", rows), known
            )["f1"],
        )
        resume = run.resume(train, watch)
        history = model.fit(
            PadToDevices(train, config.devices),
            validation_data=PadToDevices(validation, config.devices),
            epochs=config.epochs,
            initial_epoch=resume.initial_epoch(config.epochs),
            callbacks=[*run.callbacks(), *watch[:-1], f1, watch[-1], resume],
            shuffle=False,  # the batches shuffle themselves, by the seed and the epoch
            verbose=run.verbose,
        )

    # Evaluate
    model = in_float32(model)  # what is served, after training in mixed precision too
    found = predicted_words(scored, model.predict(test, verbose=0))
    matched = [maximum_matching("".join(row), known) for row in words[scored]]
    baseline = segmentation_scores(words[scored], matched, known)
    metrics = run.report(
        history,
        {
            "evaluated_on": scored,
            **segmentation_scores(words[scored], found, known),
            "baseline_f1": baseline["f1"],
            "baseline_oov_recall": baseline["oov_recall"],
        },
    )
    run.write_table(
        "predictions.tsv",
        {
            "words": [" ".join(row) for row in words[scored]],
            "predicted": [" ".join(row) for row in found],
        },
    )
    errors = collections.Counter(
        error for pair in zip(words[scored], found, strict=True) for error in differing_words(*pair)
    ).most_common()
    run.write_table(
        "errors.tsv",
        {
            "is": [true for (true, _), _ in errors],
            "said": [said for (_, said), _ in errors],
            "count": [count for _, count in errors],
        },
    )

    # Plot
    scores = map(keras.ops.convert_to_numpy, model.crf.scores())
    curves(history, run.folder / "figures/curves.png", chosen=watch[-1].best_epoch)
    transition_scores(run.folder / "figures/transitions.png", tagging.tags, *scores)

    # Export
    path, version = run.save(model), None
    texts, answers = tagging.examples(model, Pretokenizer("characters"), splits[scored].tokens)
    if config.export:
        spans = [spans_of(tags) for tags in answers["tags"]]
        expected = words_of_text([list(text) for text in texts], spans)
        version = export_segmenter(path, tagging.features, run.folder, texts, expected)
        print(tree(version))
    model_card(
        run, "the words of a text", metrics, splits, version, texts[len(texts) // 2], "words"
    )


def words_of_text(tokens, spans):
    """For each sentence the words that its spans make of its characters."""
    return [words_of(*row) for row in zip(tokens, spans, strict=True)]


if __name__ == "__main__":
    launch(Config, main)
