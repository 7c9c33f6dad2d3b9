"""Chinese word segmentation: finds the words in text that is written without spaces.

Data     embedded sentences that can be split in two ways; or --data FILE, words with spaces between
Model    characters and character pairs, bidirectional LSTM or GRU of any kind, CRF over B, M, E, S
Result   word F1 1.000 on the embedded test set (maximum matching 0.668), People's Daily, trained on
         January 1998, first 3,000 lines of February 0.953 (0.914)
Time     2 minutes on 2 shared CPU cores; People's Daily 18 minutes
Run      python recipes/segmentation.py [--backend jax] [--data train.txt --test test.txt] [--help]
Writes   saved_models/segmentation/: 1/ (SavedModel: text in, segmented text out), model.keras,
         config.json, metrics.json, history.csv, predictions.tsv, errors.tsv, figures/, README.md
"""

from dataclasses import dataclass
from typing import Literal

from keras_seq.crf.tag_schemes import spans_of
from keras_seq.data.normalization import NormalizationName
from keras_seq.data.pretokenizer import Pretokenizer
from keras_seq.export import in_float32, tree
from keras_seq.models import Tagger
from keras_seq.tasks.tagging import (
    CHARACTER_FEATURES,
    SEGMENTER_CARD,
    TaggerPreprocessor,
    ValidationF1,
    draw_transitions,
    export_segmenter,
    maximum_matching,
    segmentation_scores,
    segmented_text_splits,
    words_of_sentences,
    write_segmentation_tables,
)
from keras_seq.training.config import (
    OptimizerSettings,
    PositiveFloat,
    PositiveInt,
    RecurrentSettings,
    UnitInterval,
)
from keras_seq.training.devices import device_scope
from keras_seq.training.fit import train_model
from keras_seq.training.launch import run_recipe
from keras_seq.training.model_card import write_model_card
from keras_seq.training.plots import curves


@dataclass
class Config(RecurrentSettings, OptimizerSettings):
    epochs: PositiveInt = 8
    patience: PositiveInt = 2  # epochs without a better validation F1 before training stops
    learning_rate: PositiveFloat = 2e-3
    max_length: PositiveInt = 150  # characters of a training sentence; others are read whole
    long: Literal["refuse", "split"] = "refuse"  # what is done with longer ones
    vocabulary_size: PositiveInt = 200000  # most frequent characters and pairs of characters
    normalization: NormalizationName = "NFKC"  # of Unicode, as read: full-width as half-width
    minimum_count: PositiveInt = 2  # occurrences; rarer ones are one unknown one
    head: Literal["crf", "softmax"] = "crf"  # the best row of tags, or each tag for itself
    embedding: PositiveInt = 64  # numbers a character, and a pair of characters
    dropout: UnitInterval = 0.3
    word_dropout: UnitInterval = 0.0  # dropout of character types in a sentence


def main(config, run):
    # Data
    splits, known = segmented_text_splits(config)
    splits["train"] = splits["train"].limit_length(config.max_length, config.long == "split")
    scored = "test" if "test" in splits else "validation"  # the split of the results
    words = {name: words_of_sentences(text.tokens, text.spans) for name, text in splits.items()}
    tagging = TaggerPreprocessor(
        splits["train"],
        CHARACTER_FEATURES,
        config.vocabulary_size,
        config.minimum_count,
        normalization=config.normalization,
    )
    size, seed = config.batch_size, config.seed
    train = tagging.batches(splits["train"], size, seed, shuffle=True)
    validation = tagging.batches(splits["validation"], size, seed, shuffle=False)
    test = tagging.batches(splits[scored], size, seed, shuffle=False)

    def predicted_words(name, rows):
        spans = [spans_of(row) for row in tagging.tag_names(rows)]
        return words_of_sentences(splits[name].tokens, spans)

    with device_scope(config.devices):
        # Model
        arguments = config.arguments_of(Tagger, num_layers="layers", embedding_dim="embedding")
        arguments["scheme"] = tagging.scheme
        model = Tagger(tagging.features.sizes, tagging.tags, **arguments)
        model.compile(config.make_optimizer(len(train)))
        print(f"{tagging.features.describe()} are read, {model.count_params()} weights")

        # Fit
        def f1(rows):
            found = predicted_words("validation", rows)
            return segmentation_scores(words["validation"], found, known)["f1"]

        history, best_epoch = train_model(
            run,
            model,
            train,
            validation,
            monitor="val_f1",
            mode="max",
            average_weights=config.average_weights,
            callbacks=[ValidationF1(validation, f1)],
        )

    # Evaluate
    model = in_float32(model)  # the exported model computes in float32
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
    write_segmentation_tables(run, words[scored], found)

    # Plot
    curves(history, run.folder / "figures/curves.png", chosen=best_epoch)
    draw_transitions(model, tagging.tags, run.folder / "figures/transitions.png")

    # Export
    path, version = run.save(model), None
    texts, answers = tagging.examples(model, Pretokenizer("characters"), splits[scored].tokens)
    if config.export:
        spans = [spans_of(tags) for tags in answers["tags"]]
        expected = words_of_sentences([list(text) for text in texts], spans)
        version = export_segmenter(path, tagging.features, run.folder, texts, expected)
        print(tree(version))
    write_model_card(run, SEGMENTER_CARD, metrics, splits, version, texts[len(texts) // 2])


if __name__ == "__main__":
    run_recipe(Config, main)
