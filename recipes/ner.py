"""Named entity recognition: a tag for every token, and the entities that the tags describe.

Data     embedded sentences of made-up names; or --data FILE (CoNLL columns, JSONL), tfds:conll2003
Model    words, characters, casing and affixes; bidirectional LSTM or GRU of any kind; CRF
Result   entity F1 1.000 on the embedded test set (majority tag 0.207), CoNLL-2003 testa
         0.896 (0.643), Resume test 0.936 (0.186)
Time     3 minutes on 2 shared CPU cores; CoNLL-2003 26 minutes, Resume 10 minutes
Run      python recipes/ner.py [--backend jax] [--data train.txt --validation dev.txt] [--help]
Writes   saved_models/ner/: 1/ (SavedModel: text or tokens in, tags and spans out), model.keras,
         config.json, metrics.json, history.csv, predictions.tsv, errors.tsv, figures/, README.md
"""

from dataclasses import dataclass
from typing import Literal

from keras_seq.data.normalization import NormalizationName
from keras_seq.data.pretokenizer import Pretokenizer
from keras_seq.data.word_vectors import read_word_vectors
from keras_seq.export import in_float32, tree
from keras_seq.models import Tagger
from keras_seq.tasks.tagging import (
    CHARACTER_FEATURES,
    TAGGER_CARD,
    WORD_FEATURES,
    TaggerPreprocessor,
    TaggerReport,
    ValidationF1,
    draw_transitions,
    entity_scores,
    export_tagger,
    majority_tags,
    tagged_text_splits,
)
from keras_seq.training.config import (
    OptimizerSettings,
    PositiveFloat,
    PositiveInt,
    RecurrentSettings,
    Text,
    UnitInterval,
)
from keras_seq.training.devices import device_scope
from keras_seq.training.fit import train_model
from keras_seq.training.launch import run_recipe
from keras_seq.training.model_card import write_model_card
from keras_seq.training.plots import curves


@dataclass
class Config(RecurrentSettings, OptimizerSettings):
    patience: PositiveInt = 5  # epochs without a better validation F1 before training stops
    learning_rate: PositiveFloat = 2e-3
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
    normalization: NormalizationName = "NFC"  # of Unicode, as read: accents in one way
    minimum_count: PositiveInt = 2  # occurrences; rarer values are one unknown value
    head: Literal["crf", "softmax"] = "crf"  # the best row of tags, or each tag for itself
    embedding: PositiveInt = 100  # numbers a word
    characters: Literal["cnn", "lstm", "none"] = "cnn"  # what reads the characters of a token
    character_embedding: PositiveInt = 30  # numbers a character
    character_units: PositiveInt = 60  # numbers that are made of the characters of a token
    feature_embedding: PositiveInt = 25  # numbers of the casing, and of each affix
    word_dropout: UnitInterval = 0.1  # of the word types of a sentence


def main(config, run):
    # Data
    scheme = None if config.scheme == "detect" else config.scheme
    columns = (config.tag_column, config.token_column)
    splits = tagged_text_splits(config, *columns, scheme, config.strict)
    splits["train"] = splits["train"].limit_length(config.max_length, config.long == "split")
    # A B- tag of IOB1 hangs on the tag before: what is served is BIO.
    served = splits["train"].scheme.replace("IOB1", "BIO")
    splits = {name: text.in_scheme(config.tagging) for name, text in splits.items()}
    scored = "test" if "test" in splits else "validation"  # the split of the results
    words = {token.lower() for row in splits["train"].tokens for token in row}
    vectors = read_word_vectors(config.vectors, words) if config.vectors else None
    pretokenizer = Pretokenizer.infer(splits["train"].tokens)
    if config.split != "detect":
        pretokenizer = Pretokenizer(config.split)
    features = CHARACTER_FEATURES if pretokenizer.kind == "characters" else WORD_FEATURES
    if config.characters == "none":
        features = [name for name in features if name != "characters"]
    tagging = TaggerPreprocessor(
        splits["train"],
        features,
        config.vocabulary_size,
        config.minimum_count,
        vectors,
        config.normalization,
    )
    size, seed = config.batch_size, config.seed
    train = tagging.batches(splits["train"], size, seed, shuffle=True)
    validation = tagging.batches(splits["validation"], size, seed, shuffle=False)
    test = tagging.batches(splits[scored], size, seed, shuffle=False)

    with device_scope(config.devices):
        # Model
        arguments = config.arguments_of(
            Tagger,
            num_layers="layers",
            embedding_dim="embedding",
            character_encoder="characters",
            character_embedding_dim="character_embedding",
            feature_embedding_dim="feature_embedding",
        )
        if config.characters == "none":
            del arguments["character_encoder"]
        if vectors is not None:
            arguments["embedding_dim"] = vectors[1].shape[1]
        arguments["scheme"] = tagging.scheme  # not the scheme of the files
        model = Tagger(tagging.features.sizes, tagging.tags, **arguments)
        tagging.set_word_vectors(model)
        model.compile(config.make_optimizer(len(train)))
        read = tagging.features.describe()
        print(f"{read} are read, {len(tagging.tags)} tags, {model.count_params()} weights")

        # Fit
        def f1(rows):
            truth = splits["validation"].tags
            return entity_scores(truth, tagging.tag_names(rows), tagging.scheme)["f1"]

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
    truth, tokens = splits[scored].tags, splits[scored].tokens
    predicted = tagging.tag_names(model.predict(test, verbose=0))
    baseline = entity_scores(truth, majority_tags(splits["train"], tokens), tagging.scheme)
    metrics = run.report(
        history,
        {
            "evaluated_on": scored,
            **entity_scores(truth, predicted, tagging.scheme),
            "baseline_f1": baseline[
                "f1_default"
            ],  # seqeval's default mode, because few of these tags are valid
            "split_agreement": pretokenizer.round_trip_accuracy(tokens),
        },
    )
    report = TaggerReport(splits[scored], predicted, pretokenizer)
    report.write_tables(run)

    # Plot
    figures, title = run.folder / "figures", f"{scored} data: F1 {metrics['f1']:.3f}"
    curves(history, figures / "curves.png", chosen=best_epoch)
    draw_transitions(model, tagging.tags, figures / "transitions.png")
    report.draw(figures, title, types=sorted({*splits["train"].types, *splits[scored].types}))

    # Export
    path, version = run.save(model), None
    texts, answers = tagging.examples(model, pretokenizer, tokens, served)
    if config.export:
        version = export_tagger(
            path, pretokenizer, tagging.features, run.folder, texts, answers, served
        )
        print(tree(version))
    write_model_card(run, TAGGER_CARD, metrics, splits, version, texts[len(texts) // 2])


if __name__ == "__main__":
    run_recipe(Config, main)
