"""The arguments of `Seq2Seq`: what they must be, and how they are written down."""

import keras

from keras_seq import checks
from keras_seq.decoding import GNMTLengthPenalty
from keras_seq.models.seq2seq.recurrent import SCORES
from keras_seq.recurrent.variants import CELL_NAMES


def to_config(given):
    """The arguments as JSON holds them."""
    config = dict(given)
    if callable(config["scheduled_sampling"]):
        rate = config["scheduled_sampling"]
        config["scheduled_sampling"] = keras.optimizers.schedules.serialize(rate)
    if isinstance(config["alpha"], GNMTLengthPenalty):
        config["alpha"] = {"wu": config["alpha"].alpha}
    return config


def from_config(config):
    """The way back of `to_config`."""
    config = dict(config)
    if isinstance(config["scheduled_sampling"], dict):
        rate = config["scheduled_sampling"]
        config["scheduled_sampling"] = keras.optimizers.schedules.deserialize(rate)
    if isinstance(config["alpha"], dict):
        config["alpha"] = GNMTLengthPenalty(config["alpha"]["wu"])
    return config


def check(given):
    """Refuse what is out of range."""
    owner = "Seq2Seq"
    names = ("source_vocabulary", "target_vocabulary", "embedding", "layers", "units", "heads")
    names += ("hidden", "max_length", "width")
    checks.positive_int(owner, **{name: given[name] for name in names})
    checks.one_of(owner, ("rnn", "transformer"), architecture=given["architecture"])
    checks.one_of(owner, CELL_NAMES, cell=given["cell"])
    checks.one_of(owner, ("additive", *SCORES, None), attention=given["attention"])
    checks.one_of(owner, (None, "target", "all"), tied=given["tied"])
    checks.boolean(owner, bidirectional=given["bidirectional"])
    checks.fraction(owner, dropout=given["dropout"], label_smoothing=given["label_smoothing"])
    if not callable(given["scheduled_sampling"]):
        checks.fraction(owner, scheduled_sampling=given["scheduled_sampling"])
    checks.not_negative(owner, coverage=given["coverage"])
    if given["coverage"] and given["architecture"] == "rnn" and given["attention"] is None:
        checks.conflict(owner, "`coverage` and `attention=None`", "coverage is of the attention")
    if not isinstance(given["alpha"], GNMTLengthPenalty):
        checks.not_negative(owner, alpha=given["alpha"])
    checks.whole(owner, min_length=given["min_length"])
    for name in ("start_id", "end_id"):
        if not 0 < given[name] < given["target_vocabulary"]:
            wanted = f"in [1, V) with V={given['target_vocabulary']}"
            checks.refuse(owner, name, wanted, given[name])
    if given["width"] > given["target_vocabulary"]:
        wanted = f"at most the number of target tokens, V={given['target_vocabulary']}"
        checks.refuse(owner, "width", wanted, given["width"])
    if given["architecture"] == "rnn" and given["bidirectional"] and given["units"] % 2:
        checks.refuse(owner, "units", "even where `bidirectional=True`", given["units"])
    heads = given["heads"]
    if given["architecture"] == "transformer" and (
        given["embedding"] % heads or given["embedding"] % 2
    ):
        wanted = f"even and divisible by heads={heads} where `architecture='transformer'`"
        checks.refuse(owner, "embedding", wanted, given["embedding"])
    if given["tied"] == "all" and given["source_vocabulary"] != given["target_vocabulary"]:
        checks.conflict(owner, "`tied='all'` and two vocabularies", "one table holds one")
