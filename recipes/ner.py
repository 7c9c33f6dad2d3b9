"""Named entities: a tag for every token, and the spans that the tags spell.

Data     embedded sentences of made-up names; or --data FILE (CoNLL columns, JSONL), tfds:conll2003
Model    words, characters, casing and affixes; bidirectional LSTM or GRU of any kind; CRF
Result   entity F1 1.000 on the embedded test set (majority tag 0.207), CoNLL-2003 testa
         0.896 (0.643), Resume test 0.936 (0.186)
Time     3 minutes on 2 CPU cores that were shared; CoNLL-2003 23, Resume 10
Run      python recipes/ner.py [--backend jax] [--data train.txt --validation dev.txt] [--help]
Writes   saved_models/ner/: 1/ (SavedModel: text or tokens in, tags and spans out), model.keras,
         config.json, metrics.json, history.csv, predictions.tsv, errors.tsv, figures/, README.md
"""

from dataclasses import dataclass
from typing import Literal

import keras

from keras_seq.crf.tag_schemes import spans_of
from keras_seq.data.pretokenizer import Pretokenizer
from keras_seq.data.word_vectors import read_word_vectors
from keras_seq.export import in_float32, tree
from keras_seq.models import Tagger
from keras_seq.recurrent.variants import CellName
from keras_seq.tasks.tagging import (
    Tagging,
    ValidationF1,
    confusion_of_types,
    entity_scores,
    export_tagger,
    frequent_errors,
    informative_rows,
    majority_tags,
    tagged_page,
    tagged_sentences,
    tagged_text,
    transition_scores,
)
from keras_seq.training.config import (
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    Settings,
    Text,
    UnitInterval,
)
from keras_seq.training.devices import PadToDevices, device_scope
from keras_seq.training.launch import launch
from keras_seq.training.model_card import model_card
from keras_seq.training.optimizers import make_optimizer
from keras_seq.training.plots import curves


@dataclass
class Config(Settings):
    epochs: PositiveInt = 20  # passes over the training data, at most
    patience: PositiveInt = 5  # epochs without a better validation F1 before training stops
    learning_rate: PositiveFloat = 2e-3  # of the first step
    tag_column: int = -1  # of files of columns, from 0, or from the end as -1
    token_column: int = 0  # likewise
    scheme: Literal["detect", "IOB1", "BIO", "BIOES", "BMES"] = "detect"  # of the files
    strict: bool = False  # refuse tags that the scheme does not allow in their place
    max_length: PositiveInt = 250  # tokens of a training sentence; others are read whole
    long: Literal["refuse", "split"] = "refuse"  # what is done with longer ones
    tagging: Literal["BIOES", "BIO"] = "BIOES"  # the scheme that the model learns
    split: Literal["detect", "words", "spaces", "characters"] = "detect"  # text, when served
    vectors: Text | None = None  # file of pretrained word vectors, as word2vec or GloVe
    vocabulary_size: PositiveInt = 50000  # values of each feature, the most frequent ones
    minimum_count: PositiveInt = 2  # occurrences; rarer values are one unknown value
    head: Literal["crf", "softmax"] = "crf"  # the best row of tags, or each tag for itself
    cell: CellName = "lstm"  # of the recurrent layers
    bidirectional: bool = True  # read backwards too
    layers: PositiveInt = 1  # recurrent layers on each other
    units: PositiveInt = 128  # of the state of each direction
    embedding: PositiveInt = 100  # numbers a word
    characters: Literal["cnn", "lstm", "none"] = "cnn"  # what reads the characters of a token
    character_embedding: PositiveInt = 30  # numbers a character
    character_units: PositiveInt = 60  # numbers that are made of the characters of a token
    feature_embedding: PositiveInt = 25  # numbers of the casing, and of each affix
    dropout: UnitInterval = 0.5  # of the inputs of recurrent and last layers, fixed over time
    recurrent_dropout: UnitInterval = 0.0  # of the states, fixed over time
    dropout_per_gate: bool = False  # draw a mask for each gate
    recurrent_weight_dropout: UnitInterval = 0.0  # of single recurrent weights
    word_dropout: UnitInterval = 0.1  # of the word types of a sentence
    zoneout: UnitInterval = 0.0  # probability that a state unit keeps its value for a step
    optimizer: Literal["adam", "adamw", "lion", "nadam", "rmsprop", "sgd"] = "adamw"
    clip_norm: NonNegativeFloat = 1.0  # of the gradient of all weights together; 0: none
    weight_decay: NonNegativeFloat = (
        1e-2  # share of a weight a step takes away, times learning rate
    )
    average_weights: bool = True  # score and serve the weights' average over the last epoch or so


def main(config, run):
    # Data
    scheme = None if config.scheme == "detect" else config.scheme
    splits = tagged_text(config, config.tag_column, config.token_column, scheme, config.strict)
    splits["train"] = splits["train"].limited(config.max_length, config.long == "split")
    splits = {name: text.in_scheme(config.tagging) for name, text in splits.items()}
    scored = "test" if "test" in splits else "validation"  # what the results are of
    needed = {token.lower() for row in splits["train"].tokens for token in row}
    vectors = read_word_vectors(config.vectors, needed) if config.vectors else None
    splitter = Pretokenizer.like(splits["train"].tokens)
    if config.split != "detect":
        splitter = Pretokenizer(config.split)
    features = ["words", "characters", "casing", "prefixes", "suffixes"]
    if splitter.kind == "characters":
        features = ["words", "bigrams"]
    elif config.characters == "none":
        features.remove("characters")
    tagging = Tagging(
        splits["train"], features, config.vocabulary_size, config.minimum_count, vectors
    )
    size, seed = config.batch_size, config.seed
    train = tagging.batches(splits["train"], size, seed, shuffle=True)
    validation = tagging.batches(splits["validation"], size, seed, shuffle=False)
    test = tagging.batches(splits[scored], size, seed, shuffle=False)

    with device_scope(config.devices):
        # Model
        arguments = config.arguments_of(Tagger)
        if config.characters == "none":
            del arguments["characters"]
        if vectors is not None:
            arguments["embedding"] = vectors[1].shape[1]
        arguments["scheme"] = tagging.scheme  # not that of the files
        model = Tagger(tagging.features.sizes, tagging.tags, **arguments)
        tagging.give_vectors(model)
        optimizer = make_optimizer(
            config.optimizer,
            config.learning_rate,
            config.weight_decay,
            config.clip_norm,
            average_over=len(train) if config.average_weights else None,
        )
        model.compile(optimizer)
        print(f"{tagging.features.sizes}, {len(tagging.tags)} tags, {model.count_params()} weights")

        # Fit
        truth = splits["validation"].tags
        watch = [
            keras.callbacks.EarlyStopping(
                "val_f1", mode="max", patience=config.patience, restore_best_weights=True
            )
        ]
        if config.average_weights:
            watch.insert(0, keras.callbacks.SwapEMAWeights(swap_on_epoch=True))
        f1 = ValidationF1(
            validation,
            lambda rows: entity_scores(truth, tagging.names(rows), tagging.scheme)["f1"],
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
    truth, tokens = splits[scored].tags, splits[scored].tokens
    predicted = tagging.names(model.predict(test, verbose=0))
    scores = entity_scores(truth, predicted, tagging.scheme)
    said = majority_tags(splits["train"], tokens)
    baseline = entity_scores(truth, said, tagging.scheme)
    metrics = run.report(
        history,
        {
            "evaluated_on": scored,
            **scores,
            "baseline_f1": baseline["f1_default"],  # of the kinder way: few tags are well formed
            "split_agreement": splitter.agreement(tokens),
        },
    )
    spans, found = splits[scored].spans, [spans_of(row) for row in predicted]
    run.write_table(
        "predictions.tsv",
        {
            "tokens": [splitter.joined(row) for row in tokens],
            "tags": [" ".join(row) for row in truth],
            "predicted": [" ".join(row) for row in predicted],
        },
    )
    join = splitter.joined(["", ""])
    errors = frequent_errors(tokens, spans, found, join)
    columns = ("text", "is", "said", "count", "example")
    run.write_table("errors.tsv", {name: [error[name] for error in errors] for name in columns})

    # Plot
    figures = run.folder / "figures"
    types = sorted({*splits["train"].types, *splits[scored].types})
    curves(history, figures / "curves.png", chosen=watch[-1].best_epoch)
    confusion_of_types(spans, found, types, figures / "types.png")
    transition_scores(
        figures / "transitions.png",
        tagging.tags,
        *map(keras.ops.convert_to_numpy, model.crf.scores()),
    )
    shown = informative_rows(tokens, spans, found, most=16)
    tagged_sentences(figures / "tagged.png", types, shown, join)
    shown = informative_rows(tokens, spans, found, most=40)
    title = f"{scored} data: F1 {metrics['f1']:.3f}"
    tagged_page(figures / "tagged.html", title, types, shown, errors[:40], join)

    # Export
    path, version = run.save(model), None
    examples, expected = tagging.examples(model, splitter, tokens)
    if config.export:
        version = export_tagger(path, splitter, tagging.features, run.folder, examples, expected)
        print(tree(version))
    model_card(
        run, "names in a text", metrics, splits, version, examples[len(examples) // 2], "tags"
    )


if __name__ == "__main__":
    launch(Config, main)
