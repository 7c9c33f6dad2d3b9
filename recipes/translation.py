"""Machine translation, from raw text to raw text.

Data     embedded dates and numbers, from words to digits; or --data SOURCE TARGET,
         --data pairs.tsv
Model    subwords; LSTM or GRU of any kind with attention and input feeding, or a Transformer;
         beam search in the graph
Result   exact match 1.000 on the embedded test set, BLEU 100.0 (copying the source 0.06)
Time     2.5 minutes on 2 CPU cores and 0.5 minutes for the export; Multi30k (29,000 pairs) 9.5
         minutes for five epochs, BLEU 29.5
Run      python recipes/translation.py [--backend jax] [--data train.en train.de | pairs.tsv |
         tfds:ted_hrlr_translate/pt_to_en]
         [--architecture transformer] [--attention dot] [--beam 5] [--help]
Writes   saved_models/translation/: 1/ (SavedModel: text in, translation out), model.keras,
         config.json, metrics.json, history.csv, translations.tsv, bleu_by_length.tsv, errors.md,
         figures/, README.md
"""

from dataclasses import dataclass
from typing import Literal

import keras
import numpy as np

from keras_seq.data.epoch_batches import padded
from keras_seq.data.sentencepiece import END, SentencePiece
from keras_seq.export import in_float32, rows_of_all_lengths, tree
from keras_seq.models import Seq2Seq
from keras_seq.recurrent.variants import CellName
from keras_seq.schedules import InverseSquareRoot
from keras_seq.tasks.translation import (
    TRANSLATOR_CARD,
    PairBatches,
    bleu,
    bleu_of_longer,
    check_beam_width,
    default_epochs,
    default_settings,
    draw_alignments,
    export_translator,
    parallel_text_splits,
    short_enough,
    translate,
    translation_scores,
    write_bleu_by_length,
    write_search_errors,
)
from keras_seq.training.config import (
    Files,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    Settings,
    UnitInterval,
)
from keras_seq.training.devices import device_scope
from keras_seq.training.fit import train_model
from keras_seq.training.launch import run_recipe
from keras_seq.training.model_card import write_model_card
from keras_seq.training.optimizers import make_optimizer
from keras_seq.training.plots import curves


@dataclass
class Config(Settings):
    data: Files = ("embedded",)  # embedded, tfds:<name>, a TSV of two columns, or two files
    validation: Files | None = None  # TSV or two files; else the split of the data, else 1/20 of it
    test: Files | None = None  # TSV or two files; else the split of the data, else validation
    epochs: PositiveInt | None = None  # passes; default 5, up to 100 for few pairs, 8 for embedded
    strict: bool = False  # reject pairs with an empty side instead of skipping them
    learning_rate: PositiveFloat | None = None  # peak; default 2e-3, Transformer 3e-3, dates 5e-3
    warm_up: PositiveInt | None = None  # warmup steps; default 500, Transformer 1000, dates 200
    batch_size: PositiveInt | None = None  # largest number of pairs; default: only batch-tokens
    batch_tokens: PositiveInt | None = None  # padded, per side; default 2000, Transformer 3000
    vocabulary_size: PositiveInt | None = None  # subwords of both sides; default 8000, dates 100
    max_length: PositiveInt = 150  # training pairs with more subwords on a side are skipped
    architecture: Literal["rnn", "transformer"] = "rnn"  # architecture of encoder and decoder
    attention: Literal["additive", "general", "dot", "scaled_dot", "none"] = "additive"  # RNN only
    cell: CellName = "lstm"  # cell of the recurrent layers
    bidirectional: bool = True  # the encoder of the RNN is bidirectional
    layers: PositiveInt | None = None  # of encoder and decoder; default 1, Transformer 4, dates 1
    embedding: PositiveInt | None = None  # embedding size; default 256, Transformer and dates 128
    units: PositiveInt | None = None  # size of the RNN's states; default: the embedding size
    heads: PositiveInt = 4  # attention heads of the Transformer
    hidden: PositiveInt | None = None  # Transformer's feed-forward size; default 256, dates 512
    norm: Literal["pre", "post"] = "pre"  # layer normalization of the Transformer
    activation: Literal["relu", "gelu", "swiglu"] = "relu"  # feed-forward part of the Transformer
    dropout: UnitInterval | None = None  # dropout; default 0.35, Transformer 0.2, dates 0.05
    label_smoothing: UnitInterval | None = None  # label smoothing; default 0.1, dates 0
    scheduled_sampling: UnitInterval = 0.0  # share of own predictions as inputs in the second half
    tied: Literal["target", "all"] = "all"  # shared embeddings: target and output, or source too
    beam: PositiveInt = 5  # beam width
    alpha: NonNegativeFloat = 1.0  # exponent of the length normalization 1 / T^alpha
    coverage: NonNegativeFloat = 0.0  # weight of the coverage penalty
    clip_norm: NonNegativeFloat = 1.0  # largest norm of the gradient of all weights; 0: no clipping
    average_weights: bool = True  # evaluate and export a moving average of the weights

    def __post_init__(self):
        embedded = list(self.data) == ["embedded"]
        for name, value in default_settings(embedded, self.architecture).items():
            if getattr(self, name) is None:
                setattr(self, name, value)
        if self.units is None:
            self.units = self.embedding
        if self.smoke and self.epochs is None:
            self.epochs = 2
        super().__post_init__()


def main(config, run):
    # Data
    splits = parallel_text_splits(config, config.strict)
    pieces = SentencePiece.learn(
        splits["train"].sources + splits["train"].targets, config.vocabulary_size
    )
    check_beam_width(config.beam, len(pieces))
    sources = {name: pieces.encode(pairs.sources) for name, pairs in splits.items()}
    targets = {
        name: [np.append(ids, END) for ids in pieces.encode(pairs.targets)]
        for name, pairs in splits.items()
    }
    kept = {
        name: short_enough(sources[name], targets[name], config.max_length, name)
        for name in ("train", "validation")
    }
    limits = {"max_batch_size": config.batch_size, "multiple": config.devices}
    train, validation = (
        PairBatches(*kept[name], config.batch_tokens, config.seed, name == "train", **limits)
        for name in kept
    )
    if config.epochs is None:
        config.epochs = default_epochs(len(train))
    scored = "test" if "test" in splits else "validation"  # the split of the results
    if beyond := sum(len(row) > config.max_length for row in sources[scored]):
        limit = f"{config.max_length} subwords, longer than any it is trained on"
        print(f"{scored:>12}: sources of over {limit}: {beyond}, which are translated whole")

    # Model
    arguments = config.arguments_of(
        Seq2Seq,
        num_layers="layers",
        embedding_dim="embedding",
        num_heads="heads",
        intermediate_dim="hidden",
        tie_embeddings="tied",
        beam_width="beam",
    )
    arguments["normalize_first"] = config.norm == "pre"
    arguments["attention"] = None if config.attention == "none" else config.attention
    arguments["max_length"] = round(1.2 * max(map(len, kept["train"][1]))) + 5
    if config.scheduled_sampling:
        arguments["scheduled_sampling"] = keras.optimizers.schedules.PiecewiseConstantDecay(
            [config.epochs * len(train) // 2], [0.0, config.scheduled_sampling]
        )
    with device_scope(config.devices):
        model = Seq2Seq(len(pieces), len(pieces), **arguments)
        optimizer = make_optimizer(
            "adam",
            InverseSquareRoot(config.learning_rate, config.warm_up),
            clip_norm=config.clip_norm,
            average_over=len(train) if config.average_weights else None,
        )
        model.compile(optimizer)
        print(f"{len(pieces)} subwords, {model.count_params()} weights")

        # Fit
        average = config.average_weights
        history, best_epoch = train_model(run, model, train, validation, average_weights=average)

    # Evaluate
    model = in_float32(model)  # the exported model computes in float32
    ids, texts, references = padded(sources[scored]), splits[scored].sources, splits[scored].targets
    greedy, _ = translate(model, pieces, ids, beam=1)
    translations, outputs = translate(model, pieces, ids, config.beam)
    metrics = run.report(
        history,
        {
            "evaluated_on": scored,
            **translation_scores(translations, references),
            "bleu_greedy": bleu(greedy, references),
            "baseline_bleu": bleu(texts, references),
            "bleu_over_15_words": bleu_of_longer(texts, translations, references),
            "unfinished": int((outputs["tokens"] != END).all(axis=1).sum()),  # without an end token
        },
    )
    columns = {"source": texts, "reference": references, "output": translations}
    scores = [f"{score:.4f}" for score in outputs["scores"]]
    run.write_table("translations.tsv", {**columns, "score": scores})
    if not config.coverage:  # a reference has no coverage penalty
        sides = (sources[scored], targets[scored])
        write_search_errors(run, model, len(pieces), *sides, config.beam)

    # Plot
    curves(history, run.folder / "figures/curves.png", chosen=best_epoch)
    both = {f"beam {config.beam}": translations, "greedy": greedy}
    write_bleu_by_length(run, texts, both, references)
    if config.architecture == "transformer" or arguments["attention"]:
        draw_alignments(run, model, pieces, sources[scored], outputs)

    # Export
    path, version = run.save(model), None
    lengths = [len(row) for row in sources[scored]]
    rows = rows_of_all_lengths(lengths)
    examples = [texts[row] for row in rows]
    if config.export:
        if len({lengths[row] for row in rows}) == 1:
            examples.append(f"{examples[0]} {examples[0]}")  # has another length
        _, expected = translate(model, pieces, padded(pieces.encode(examples)), config.beam)
        version = export_translator(path, pieces, run.folder, examples, expected["scores"])
        print(tree(version))
    example = examples[len(examples) // 2]
    write_model_card(run, TRANSLATOR_CARD, metrics, splits, version, example)


if __name__ == "__main__":
    run_recipe(Config, main)
