"""The contenders of the CRF's benchmark, as functions of no arguments that wait for the result."""

import os

import keras
import numpy as np
import torch
import torchcrf
from keras import ops

from keras_seq import crf
from keras_seq.backend import chain
from keras_seq.crf.likelihood import path_score
from keras_seq.crf.scores import prepare_scores

torch.set_num_threads(os.cpu_count())
ROWS = {
    "pytorch_crf": "pytorch-crf",
    "ours": "keras_seq.crf",
    "plain": "the same in keras.ops",
}


def plain(emissions, tags, *weights, mask=None):
    """`crf.log_likelihood` without the backend's own normalizer."""
    scores = prepare_scores("plain", emissions, mask, *weights)
    return path_score(scores, tags) - chain.log_normalizer(*scores)


def steps_of(what, shape, masked, xla):
    """{name: step} for "training" or "decoding" at (B, T, K)."""
    B, T, K = shape
    random = np.random.default_rng(0)
    emissions = random.normal(size=shape).astype("float32")
    tags = random.integers(0, K, (B, T)).astype("int32")
    mask = np.arange(T) < random.integers(T // 2, T + 1, (B, 1)) if masked else None
    weights = [random.uniform(-0.1, 0.1, s).astype("float32") for s in ((K, K), (K,), (K,))]
    backend = keras.backend.backend()
    if what == "decoding":
        ours = globals()[f"{backend}_decoding"](emissions, mask, weights, xla)
        return {"pytorch_crf": torchcrf_decoding(emissions, mask, weights), "ours": ours}
    data = emissions, tags, mask, weights
    training = globals()[f"{backend}_training"]
    return {
        "pytorch_crf": torchcrf_training(*data),
        "ours": training(crf.log_likelihood, *data, xla),
        "plain": training(plain, *data, xla),
    }


def torchcrf_of(emissions, mask, weights):
    module = torchcrf.CRF(emissions.shape[-1], batch_first=True)
    names = ("transitions", "start_transitions", "end_transitions")
    with torch.no_grad():
        for name, weight in zip(names, weights, strict=True):
            getattr(module, name).copy_(torch.from_numpy(weight))
    mask = None if mask is None else torch.from_numpy(mask)
    return module, torch.from_numpy(emissions), mask


def torchcrf_training(emissions, tags, mask, weights):
    module, emissions, mask = torchcrf_of(emissions, mask, weights)
    tags = torch.from_numpy(tags).long()
    leaves = [emissions.requires_grad_(), *module.parameters()]

    def step():
        loss = -module(emissions, tags, mask=mask, reduction="mean")
        return torch.autograd.grad(loss, leaves)

    return step


def torchcrf_decoding(emissions, mask, weights):
    module, emissions, mask = torchcrf_of(emissions, mask, weights)

    def step():
        with torch.no_grad():
            return module.decode(emissions, mask)

    return step


def torch_training(function, emissions, tags, mask, weights, xla):
    leaves = [torch.from_numpy(x).requires_grad_() for x in (emissions, *weights)]
    tags = torch.from_numpy(tags)
    mask = None if mask is None else torch.from_numpy(mask)

    def step():
        loss = -function(leaves[0], tags, *leaves[1:], mask=mask).mean()
        return torch.autograd.grad(loss, leaves)

    return step


def torch_decoding(emissions, mask, weights, xla):
    emissions, *weights = (torch.from_numpy(x) for x in (emissions, *weights))
    mask = None if mask is None else torch.from_numpy(mask)

    def step():
        with torch.no_grad():
            return crf.viterbi(emissions, *weights, mask=mask)[0].numpy()

    return step


def tensorflow_training(function, emissions, tags, mask, weights, xla):
    import tensorflow as tf

    given = [tf.constant(x) for x in (emissions, *weights)]
    tags = tf.constant(tags)
    mask = None if mask is None else tf.constant(mask)

    @tf.function(jit_compile=xla)
    def run(leaves, tags, mask):
        with tf.GradientTape() as tape:
            tape.watch(leaves)
            loss = -tf.reduce_mean(function(leaves[0], tags, *leaves[1:], mask=mask))
        return tape.gradient(loss, leaves)

    return lambda: [x.numpy() for x in run(given, tags, mask)]


def tensorflow_decoding(emissions, mask, weights, xla):
    import tensorflow as tf

    emissions, *weights = (tf.constant(x) for x in (emissions, *weights))
    mask = None if mask is None else tf.constant(mask)
    run = tf.function(lambda e, m, w: crf.viterbi(e, *w, mask=m)[0], jit_compile=xla)
    return lambda: run(emissions, mask, weights).numpy()


def jax_training(function, emissions, tags, mask, weights, xla):
    import jax

    def loss(leaves, tags, mask):
        return -ops.mean(function(leaves[0], tags, *leaves[1:], mask=mask))

    run = jax.jit(jax.grad(loss))
    leaves = [jax.numpy.asarray(x) for x in (emissions, *weights)]
    tags, mask = jax.tree.map(jax.numpy.asarray, (tags, mask))
    return lambda: jax.block_until_ready(run(leaves, tags, mask))


def jax_decoding(emissions, mask, weights, xla):
    import jax

    run = jax.jit(lambda e, m, w: crf.viterbi(e, *w, mask=m)[0])
    given = jax.tree.map(jax.numpy.asarray, (emissions, mask, weights))
    return lambda: jax.block_until_ready(run(*given))
