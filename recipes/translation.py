"""Translation: a sentence in other words, from raw text to raw text.

Data     embedded dates and numbers as people write them, to digits; or --data SOURCE TARGET,
         --data pairs.tsv
Model    subwords; LSTM or GRU of any kind with attention and input feeding, or a Transformer;
         beam search in the graph
Result   exact match 1.000 on the embedded test set, BLEU 100.0 (copying the source 0.06)
Time     two and a half minutes on 2 CPU cores, half a minute more to export; Multi30k (29,000
         pairs) nine and a half minutes for a first look of five epochs, BLEU 29.5
Run      python recipes/translation.py [--backend jax] [--data train.en train.de | pairs.tsv |
         tfds:ted_hrlr_translate/pt_to_en]
         [--architecture transformer] [--attention dot] [--beam 5] [--help]
Writes   saved_models/translation/: 1/ (SavedModel: text in, translation out), model.keras,
         config.json, metrics.json, history.csv, translations.tsv, bleu_by_length.tsv, errors.md,
         figures/, README.md
"""

import logging
from dataclasses import dataclass
from typing import Literal

import keras
import numpy as np

from keras_seq.data.epoch_batches import padded
from keras_seq.data.sentencepiece import END, SentencePiece, until_end
from keras_seq.decoding import error_report
from keras_seq.export import in_float32, tree
from keras_seq.models import Seq2Seq
from keras_seq.recurrent.variants import CellName
from keras_seq.schedules import InverseSquareRoot
from keras_seq.tasks.translation import (
    PairBatches,
    alignments,
    bleu,
    bleu_by_length,
    bleu_of_longer,
    check_beam_width,
    export_translator,
    length_curves,
    parallel_text,
    short_enough,
    translation_scores,
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
from keras_seq.training.launch import launch
from keras_seq.training.model_card import model_card
from keras_seq.training.optimizers import make_optimizer
from keras_seq.training.plots import curves

# What is not given is what suits the data: a few characters of a kind, or sentences of people.
# fmt: off
DATES = {
    "epochs": 8, "vocabulary_size": 100, "learning_rate": 5e-3, "warm_up": 200,
    "batch_tokens": 2000, "layers": 1, "embedding": 128, "hidden": 512, "dropout": 0.05,
    "label_smoothing": 0.0,
}
SENTENCES = {
    "rnn": {
        "vocabulary_size": 8000, "learning_rate": 2e-3, "warm_up": 500, "batch_tokens": 2000,
        "layers": 1, "embedding": 256, "hidden": 512, "dropout": 0.35, "label_smoothing": 0.1,
    },
    "transformer": {
        "vocabulary_size": 8000, "learning_rate": 3e-3, "warm_up": 1000, "batch_tokens": 3000,
        "layers": 4, "embedding": 128, "hidden": 256, "dropout": 0.2, "label_smoothing": 0.1,
    },
}
# fmt: on
FIRST_LOOK = {"least": 5, "steps": 1450, "most": 100}  # epochs, or as many as make these steps
ERRORS = (
    "A score is log P / T^alpha, what the search looks for the largest of. Where the output is not "
    "the reference, the search is at fault if the reference scores higher, else the model."
)
LEGIBLE = 60  # pieces: sentences of more are not drawn


@dataclass
class Config(Settings):
    data: Files = ("embedded",)  # embedded, tfds:<name>, a TSV of two columns, or two files
    validation: Files | None = None  # TSV or files; else a split of the data, else a part of it
    test: Files | None = None  # TSV or files; else a split of the data, else the validation is it
    epochs: PositiveInt | None = None  # passes at most; else 5, of few pairs up to 100, of dates 8
    strict: bool = False  # refuse pairs with an empty side, which else are left out
    learning_rate: PositiveFloat | None = (
        None  # the highest; else 2e-3, Transformer 3e-3, dates 5e-3
    )
    warm_up: PositiveInt | None = (
        None  # steps, then it falls; else 500, Transformer 1000, dates 200
    )
    batch_size: PositiveInt | None = (
        None  # pairs, at most; else as many as batch-tokens has room for
    )
    batch_tokens: PositiveInt | None = (
        None  # of a batch, padded, a side; else 2000, Transformer 3000
    )
    vocabulary_size: PositiveInt | None = None  # subwords of both sides; else 8000, of dates 100
    max_length: PositiveInt = (
        150  # subwords of a side; longer training pairs are left out and counted
    )
    architecture: Literal["rnn", "transformer"] = "rnn"  # of encoder and decoder
    attention: Literal["additive", "general", "dot", "scaled_dot", "none"] = "additive"  # RNN's
    cell: CellName = "lstm"  # of the recurrent layers
    bidirectional: bool = True  # the RNN's encoder reads backwards too
    layers: PositiveInt | None = None  # of encoder and decoder; else 1, Transformer 4, dates 1
    embedding: PositiveInt | None = None  # numbers a subword; else 256, Transformer 128, dates 128
    units: PositiveInt | None = None  # of the RNN's states; else as many as the embedding
    heads: PositiveInt = 4  # of the Transformer
    hidden: PositiveInt | None = (
        None  # of the Transformer's feed-forward layers; else 256, dates 512
    )
    norm: Literal["pre", "post"] = "pre"  # of the Transformer
    activation: Literal["relu", "gelu", "swiglu"] = "relu"  # of the Transformer
    dropout: UnitInterval | None = (
        None  # of what layers read; else 0.35, Transformer 0.2, dates 0.05
    )
    label_smoothing: UnitInterval | None = None  # truth spread over all; else 0.1, dates 0
    scheduled_sampling: UnitInterval = (
        0.0  # of the decoder's inputs that are its own, from the second half
    )
    tied: Literal["target", "all"] = "all"  # tables that are one: the output's too, or all
    beam: PositiveInt = 5  # hypotheses
    alpha: NonNegativeFloat = 1.0  # of the length normalisation 1 / T^alpha
    coverage: NonNegativeFloat = 0.0  # weight of the coverage penalty
    clip_norm: NonNegativeFloat = 1.0  # of the gradient of all weights together; 0: none
    average_weights: bool = True  # score and serve the weights' average over the last epoch or so

    def __post_init__(self):
        dates = list(self.data) == ["embedded"]
        for name, value in (DATES if dates else SENTENCES[self.architecture]).items():
            if getattr(self, name) is None:
                setattr(self, name, value)
        if self.units is None:
            self.units = self.embedding
        if self.smoke and self.epochs is None:
            self.epochs = 2
        super().__post_init__()


def main(config, run):
    # Data
    splits = parallel_text(config, config.strict)
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
    train, validation = (
        PairBatches(
            *kept[name],
            config.batch_tokens,
            config.seed,
            shuffle=name == "train",
            most=config.batch_size,
            multiple=config.devices,
        )
        for name in kept
    )
    if config.epochs is None:
        epochs = -(-FIRST_LOOK["steps"] // len(train))
        config.epochs = min(max(epochs, FIRST_LOOK["least"]), FIRST_LOOK["most"])
    scored = "test" if "test" in splits else "validation"  # what the results are of
    asked = padded(sources[scored])
    texts, references = splits[scored].sources, splits[scored].targets
    if beyond := sum(len(row) > config.max_length for row in sources[scored]):
        limit = f"{config.max_length} subwords, longer than any it is trained on"
        print(f"{scored:>12}: sources of over {limit}: {beyond}, which are translated whole")

    # Model
    arguments = config.arguments_of(Seq2Seq)
    arguments["attention"] = None if config.attention == "none" else config.attention
    arguments["max_length"] = round(1.2 * max(map(len, kept["train"][1]))) + 5
    arguments["width"] = config.beam
    if config.scheduled_sampling:
        half = [config.epochs * len(train) // 2]
        rates = [0.0, config.scheduled_sampling]
        arguments["scheduled_sampling"] = keras.optimizers.schedules.PiecewiseConstantDecay(
            half, rates
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
        watch = [keras.callbacks.EarlyStopping(patience=config.patience, restore_best_weights=True)]
        if config.average_weights:
            watch.insert(0, keras.callbacks.SwapEMAWeights(swap_on_epoch=True))
        resume = run.resume(train, watch)
        history = model.fit(
            train,
            validation_data=validation,
            epochs=config.epochs,
            initial_epoch=resume.initial_epoch(config.epochs),
            callbacks=[*run.callbacks(), *watch, resume],
            shuffle=False,  # the batches shuffle themselves, by the seed and the epoch
            verbose=run.verbose,
        )

    # Evaluate
    # A beam of another width is another program: TensorFlow need not warn of it.
    logging.getLogger("tensorflow").addFilter(lambda record: "retracing" not in record.getMessage())
    model = in_float32(model)  # what is served, after training in mixed precision too

    def said(width, ids):
        model.set_search(width)
        found = model.predict({"source": ids}, batch_size=64, verbose=0)
        answers = pieces.decode(until_end(found["tokens"])).numpy()
        return [text.decode("utf-8") for text in answers], found

    greedy, _ = said(1, asked)
    outputs, found = said(config.beam, asked)
    metrics = run.report(
        history,
        {
            "evaluated_on": scored,
            **translation_scores(outputs, references),
            "bleu_greedy": bleu(greedy, references),
            "baseline_bleu": bleu(texts, references),
            "bleu_over_15_words": bleu_of_longer(texts, outputs, references),
            "unfinished": int((found["tokens"] != END).all(axis=1).sum()),  # outputs without an end
        },
    )
    run.write_table(
        "translations.tsv",
        {
            "source": texts,
            "reference": references,
            "output": outputs,
            "score": [f"{score:.4f}" for score in found["scores"]],
        },
    )
    if not config.coverage:  # which a reference has no part in
        few = slice(0, 200)
        widths = sorted({1, config.beam, min(2 * config.beam, len(pieces))})
        report = error_report(model, asked[few], padded(targets[scored])[few], widths)
        print(report)
        told = f"The first {len(report.references)} of translations.tsv. {ERRORS}"
        run.write("errors.md", f"{report}\n\n{told}\n\n{report.table(config.beam)}\n")

    # Plot
    curves(history, run.folder / "figures/curves.png", chosen=watch[-1].best_epoch)
    by_length = {
        name: bleu_by_length(texts, answers, references)
        for name, answers in ((f"beam {config.beam}", outputs), ("greedy", greedy))
    }
    if buckets := list(zip(*by_length.values(), strict=True)):
        length_curves(by_length, run.folder / "figures/bleu_by_length.png")
        run.write_table(
            "bleu_by_length.tsv",
            {
                "words": [f"{low} to {high}" for (low, high, *_), _ in buckets],
                "sentences": [count for (_, _, count, _), _ in buckets],
                "bleu": [of_beam[-1] for of_beam, _ in buckets],
                "bleu_greedy": [of_greedy[-1] for _, of_greedy in buckets],
            },
        )
    if config.architecture == "transformer" or arguments["attention"]:
        told = [row[: int(n)] for row, n in zip(found["tokens"], found["lengths"], strict=True)]
        drawn = [n for n, row in enumerate(sources[scored]) if 0 < len(row) <= LEGIBLE][:3]
        pairs = [(sources[scored][n], told[n][:LEGIBLE]) for n in drawn]
        weights = [
            keras.ops.convert_to_numpy(model.alignment(s[None], t[None]))[0] for s, t in pairs
        ]
        names = [[pieces.pieces(ids) for ids in side] for side in zip(*pairs, strict=True)]
        if pairs:
            alignments(weights, *names, run.folder / "figures/alignment.png")

    # Export
    path, version = run.save(model), None
    by_length = np.argsort([len(row) for row in sources[scored]])
    chosen = by_length[:: max(1, len(by_length) // 6)]
    examples = [texts[row] for row in chosen]
    if config.export:
        if len({len(sources[scored][row]) for row in chosen}) == 1:
            examples.append(f"{examples[0]} {examples[0]}")  # of another length
        _, expected = said(config.beam, padded(pieces.encode(examples)))
        version = export_translator(path, pieces, run.folder, examples, expected["scores"])
        print(tree(version))
    model_card(
        run,
        "a text in other words",
        metrics,
        splits,
        version,
        examples[len(examples) // 2],
        kind="pairs",
    )


if __name__ == "__main__":
    launch(Config, main)
