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
from keras_seq.data.normalization import NormalizationName
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
    validation: Files | None = None  # TSV or files; else a split of the data, else a part of it
    test: Files | None = None  # TSV or files; else a split of the data, else the validation is it
    epochs: PositiveInt | None = None  # passes at most; else 5, of few pairs up to 100, of dates 8
    strict: bool = False  # refuse pairs with an empty side, which else are left out
    learning_rate: PositiveFloat | None = None  # highest; else 2e-3, Transformer 3e-3, dates 5e-3
    warm_up: PositiveInt | None = None  # steps of rise; else 500, Transformer 1000, dates 200
    batch_size: PositiveInt | None = None  # pairs, at most; else as batch-tokens permits
    batch_tokens: PositiveInt | None = None  # of a side, padded; else 2000, Transformer 3000
    normalization: NormalizationName = "NFC"  # of Unicode, as read: accents in one way
    vocabulary_size: PositiveInt | None = None  # subwords of both sides; else 8000, of dates 100
    max_length: PositiveInt = 150  # subwords a side; longer training pairs are left out
    architecture: Literal["rnn", "transformer"] = "rnn"  # of encoder and decoder
    attention: Literal["additive", "general", "dot", "scaled_dot", "none"] = "additive"  # RNN's
    cell: CellName = "lstm"  # of the recurrent layers
    bidirectional: bool = True  # the RNN's encoder reads backwards too
    layers: PositiveInt | None = None  # of encoder and decoder; else 1, Transformer 4, dates 1
    embedding: PositiveInt | None = None  # numbers a subword; else 256, Transformer 128, dates 128
    units: PositiveInt | None = None  # of the RNN's states; else as many as the embedding
    heads: PositiveInt = 4  # of the Transformer
    hidden: PositiveInt | None = None  # of the Transformer's feed-forward part; else 256, dates 512
    norm: Literal["pre", "post"] = "pre"  # of the Transformer
    activation: Literal["relu", "gelu", "swiglu"] = "relu"  # of the Transformer
    dropout: UnitInterval | None = None  # of layers' inputs; else 0.35, Transformer 0.2, dates 0.05
    label_smoothing: UnitInterval | None = None  # truth spread over all; else 0.1, dates 0
    scheduled_sampling: UnitInterval = 0.0  # of the decoder's inputs: its own, in the second half
    tied: Literal["target", "all"] = "all"  # tables that are one: the output's too, or all
    beam: PositiveInt = 5  # hypotheses
    alpha: NonNegativeFloat = 1.0  # of the length normalization 1 / T^alpha
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

    def may_differ(self):
        # Scheduled sampling begins in the middle of the epochs.
        return super().may_differ() - ({"epochs"} if self.scheduled_sampling else set())


def main(config, run):
    # Data
    splits = parallel_text_splits(config, config.strict)
    pieces = SentencePiece.learn(
        splits["train"].sources + splits["train"].targets,
        config.vocabulary_size,
        config.normalization,
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
