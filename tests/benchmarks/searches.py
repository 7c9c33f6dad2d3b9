"""Beam search three ways over the same Transformer: each a function of no arguments to tokens."""

import keras
import keras_hub
import numpy as np
from keras import ops

from keras_seq.models import Seq2Seq

START, END = 1, 2


def model_of(shape):
    """The Transformer, with the same random weights each time, and the sources (B, S)."""
    B, S, L, W, V = shape
    keras.utils.set_random_seed(1)
    small = V < 100
    model = Seq2Seq(
        V,
        V,
        architecture="transformer",
        embedding_dim=16 if small else 256,
        intermediate_dim=32 if small else 512,
        num_layers=1 if small else 3,
        max_length=L,
        beam_width=W,
        alpha=0.0,
    )
    model.bias.assign(np.random.default_rng(1).normal(0, 2.0, V))  # no ties
    sources = np.random.default_rng(0).integers(3, V, (B, S)).astype("int32")
    return model, sources


def ours(shape, xla):
    model, sources = model_of(shape)
    model.compile(jit_compile=xla)
    return lambda: model.predict_on_batch({"source": sources})["tokens"]


class KerasHubSearch(keras.Model):
    """keras-hub's sampler over the same layers; it reorders their caches with the hypotheses."""

    def __init__(self, model, beam_width, length):
        super().__init__()
        self.model, self.length, self.beam_width = model, length, beam_width
        self.sampler = keras_hub.samplers.BeamSampler(num_beams=beam_width)

    def call(self, inputs):
        source = inputs["source"]
        step, state = self.model.start_decoding(
            source, beam_width=self.beam_width, max_length=self.length + 1
        )
        V = self.model.target_vocabulary_size
        ending = ops.where(ops.equal(ops.arange(V), END), 0.0, -1e9)

        def next_logits(prompt, cache, index):
            last = ops.take(prompt, index - 1, axis=1)
            logits, cache = step(last, cache)
            ended = ops.expand_dims(ops.equal(last, END), -1)
            return ops.where(ended, ending, logits), None, cache

        prompt = ops.zeros((ops.shape(source)[0], self.length + 1), "int32")
        prompt = prompt + ops.cast(ops.equal(ops.arange(self.length + 1), 0), "int32") * START
        generated = self.sampler(next_logits, prompt, state, index=1, stop_token_ids=[END])
        return generated[:, 1:]


def keras_hub_search(shape, xla):
    model, sources = model_of(shape)
    search = KerasHubSearch(model, shape[3], shape[2])
    search.compile(jit_compile=xla)

    def run():
        tokens = np.array(search.predict_on_batch({"source": sources}))
        after_end = np.cumsum(tokens == END, axis=1) - (tokens == END) > 0
        return np.where(after_end, 0, tokens)

    return run


def in_python(shape, xla):
    """All prefixes through `predict_on_batch` at each step; NumPy selects the hypotheses."""
    B, S, L, W, V = shape
    model, sources = model_of(shape)
    model.compile(jit_compile=xla)
    repeated = np.repeat(sources, W, axis=0)

    def run():
        tokens = np.zeros((B, W, L), "int32")
        log_p = np.where(np.arange(W) == 0, 0.0, -np.inf) + np.zeros((B, 1))
        finished = np.zeros((B, W), bool)
        for t in range(L):
            prefix = {"source": repeated, "target": tokens.reshape(B * W, L)}
            scores = model.predict_on_batch(prefix)[:, t].reshape(B, W, V).astype("float64")
            logs = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
            stay = np.where(np.arange(V) == END, 0.0, -np.inf)
            total = log_p[..., None] + np.where(finished[..., None], stay, logs)
            best = np.argsort(-total.reshape(B, -1), axis=1, kind="stable")[:, :W]
            rows, log_p = np.arange(B)[:, None], np.take_along_axis(total.reshape(B, -1), best, 1)
            tokens, ended = tokens[rows, best // V], finished[rows, best // V]
            tokens[:, :, t] = np.where(ended, 0, best % V)
            finished = ended | (best % V == END)
            if finished.all():
                break
        return tokens[:, 0]

    return run


SEARCHES = {
    "ours": ("keras_seq.decoding.beam_search", ours),
    "hub": ("keras_hub BeamSampler, the same layers", keras_hub_search),
    "python": ("Python loop over predict", in_python),
}
