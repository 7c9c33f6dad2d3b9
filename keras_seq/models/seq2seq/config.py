"""Checks of the arguments of `Seq2Seq`, and their conversion to and from JSON."""

from typing import Any

import keras

from keras_seq import checks
from keras_seq.decoding import GNMTLengthPenalty
from keras_seq.models.seq2seq.recurrent import MULTIPLICATIVE_SCORES
from keras_seq.recurrent.variants import CELL_NAMES


def serialize_arguments(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `Seq2Seq` as values that JSON can hold."""
    config = dict(arguments)
    if callable(config["scheduled_sampling"]):
        schedule = config["scheduled_sampling"]
        config["scheduled_sampling"] = keras.optimizers.schedules.serialize(schedule)
    if isinstance(config["alpha"], GNMTLengthPenalty):
        config["alpha"] = {"gnmt": config["alpha"].alpha}
    return config


def deserialize_arguments(config: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `Seq2Seq` from the result of `serialize_arguments`."""
    arguments = dict(config)
    if isinstance(arguments["scheduled_sampling"], dict):
        schedule = arguments["scheduled_sampling"]
        arguments["scheduled_sampling"] = keras.optimizers.schedules.deserialize(schedule)
    if isinstance(arguments["alpha"], dict):
        arguments["alpha"] = GNMTLengthPenalty(arguments["alpha"]["gnmt"])
    return arguments


def check_arguments(arguments: dict[str, Any]) -> None:
    """Raise ValueError for arguments of `Seq2Seq` that are out of range or inconsistent."""
    owner = "Seq2Seq"
    architecture, attention = arguments["architecture"], arguments["attention"]
    embedding_dim, num_heads = arguments["embedding_dim"], arguments["num_heads"]
    source_size = arguments["source_vocabulary_size"]
    target_size = arguments["target_vocabulary_size"]
    checks.positive_int(
        owner,
        source_vocabulary_size=source_size,
        target_vocabulary_size=target_size,
        embedding_dim=embedding_dim,
        num_layers=arguments["num_layers"],
        units=arguments["units"],
        num_heads=num_heads,
        intermediate_dim=arguments["intermediate_dim"],
        max_length=arguments["max_length"],
        beam_width=arguments["beam_width"],
    )
    checks.one_of(owner, ("rnn", "transformer"), architecture=architecture)
    checks.one_of(owner, CELL_NAMES, cell=arguments["cell"])
    checks.one_of(owner, ("additive", *MULTIPLICATIVE_SCORES, None), attention=attention)
    checks.one_of(owner, (None, "target", "all"), tie_embeddings=arguments["tie_embeddings"])
    checks.boolean(
        owner,
        bidirectional=arguments["bidirectional"],
        normalize_first=arguments["normalize_first"],
    )
    checks.unit_interval(
        owner, dropout=arguments["dropout"], label_smoothing=arguments["label_smoothing"]
    )
    if not callable(arguments["scheduled_sampling"]):
        checks.unit_interval(owner, scheduled_sampling=arguments["scheduled_sampling"])
    checks.non_negative(owner, coverage=arguments["coverage"])
    if arguments["coverage"] and architecture == "rnn" and attention is None:
        why = "the coverage is computed from the attention"
        checks.conflict(owner, "`coverage` and `attention=None`", why)
    if not isinstance(arguments["alpha"], GNMTLengthPenalty):
        checks.non_negative(owner, alpha=arguments["alpha"])
    checks.non_negative_int(
        owner,
        min_length=arguments["min_length"],
        no_repeat_ngram_size=arguments["no_repeat_ngram_size"],
    )
    for name in ("start_token_id", "end_token_id"):
        if not 0 < arguments[name] < target_size:
            checks.refuse(owner, name, f"in [1, V) with V={target_size}", arguments[name])
    if arguments["beam_width"] > target_size:
        wanted = f"at most the number of target tokens, V={target_size}"
        checks.refuse(owner, "beam_width", wanted, arguments["beam_width"])
    if architecture == "rnn" and arguments["bidirectional"] and arguments["units"] % 2:
        checks.refuse(owner, "units", "even where `bidirectional=True`", arguments["units"])
    if architecture == "transformer" and (embedding_dim % num_heads or embedding_dim % 2):
        wanted = f"even and divisible by num_heads={num_heads} where `architecture='transformer'`"
        checks.refuse(owner, "embedding_dim", wanted, embedding_dim)
    if arguments["tie_embeddings"] == "all" and source_size != target_size:
        why = "a shared embedding has one size"
        checks.conflict(owner, "`tie_embeddings='all'` and vocabularies of two sizes", why)
