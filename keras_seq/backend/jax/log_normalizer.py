"""The normalizer of a linear chain for JAX: matrix products, and the analytic gradient."""

import jax
import jax.numpy as jnp
from jax import lax

from keras_seq.backend import chain


@jax.custom_jvp
def run(emissions, steps, transitions, start, end):
    """`chain.log_normalizer` by matrix products of exponentials, see `chain.LEAST`.

    Loss and gradients at (B, T, K) = (32, 128, 9) and (32, 128, 50) on 2 CPU cores:
    0.38 to 0.47 (K = 9) and 0.06 to 0.07 (K = 50) of the time of `chain.log_normalizer`
    differentiated by JAX.
    """
    return _forward(emissions, steps, transitions, start, end)[0]


def _forward(emissions, steps, transitions, start, end):
    inputs = emissions, steps, transitions, start, end
    shift, kernel = chain.kernel_of(transitions)
    entries = chain.entries_of(emissions, steps, start, shift)

    def step(given, x):
        alpha = given + x["entry"]
        peak = jnp.max(alpha, axis=-1, keepdims=True)
        alpha = alpha - peak
        total = jnp.exp(alpha) @ kernel
        return chain.keep(x, jnp.log(total), given), (alpha, total, peak[:, 0])

    zeros = jnp.zeros(emissions.shape[1:], emissions.dtype)
    _, (alphas, totals, peaks) = lax.scan(step, zeros, steps.each(entry=entries))
    exact = jnp.all(totals >= chain.LEAST)
    value = lax.cond(
        exact,
        lambda *_: chain.value(alphas, peaks, steps, end),
        lambda *inputs: chain.log_normalizer(*inputs),
        *inputs,
    )
    return value, (inputs, kernel, alphas, totals, exact)


@run.defjvp
def _jvp(primals, tangents):
    value, saved = _forward(*primals)
    *saved, exact = saved
    d_emissions, _, *d_scores = tangents
    tangents = d_emissions, *d_scores
    return value, lax.cond(exact, _by_products, _exactly, *saved, tangents)


@jax.checkpoint
def _exactly(inputs, kernel, alphas, totals, tangents):
    emissions, steps, *scores = inputs

    def normalizer(emissions, *scores):
        return chain.log_normalizer(emissions, steps, *scores)

    return jax.jvp(normalizer, (emissions, *scores), tangents)[1]


@jax.checkpoint
def _by_products(inputs, kernel, alphas, totals, tangents):
    """The tangent of the normalizer (B,): each score's own times the probability of its use."""
    _, steps, _, _, end = inputs
    d_emissions, d_transitions, d_start, d_end = tangents
    at_last = chain.lasts(alphas, steps, end)
    given = chain.only(steps.last, at_last + jnp.zeros_like(alphas))
    shares = jnp.exp(alphas)
    back = kernel.T

    def step(after, x):
        ratio = after / x["total"]
        here = chain.keep(x, x["given"] + x["share"] * (ratio @ back), after)
        return here, (here, ratio)

    xs = steps.each(share=shares, total=totals, given=given)
    _, (marginals, ratios) = lax.scan(step, jnp.zeros_like(at_last), xs, reverse=True)
    marginals = chain.only(steps.real, marginals)
    ratios = chain.only(steps.real, ratios)
    d_entries = d_emissions + chain.only(steps.first, d_start + jnp.zeros_like(d_emissions))
    d_pairs = shares @ (kernel * d_transitions) * ratios
    return jnp.sum(marginals * d_entries + d_pairs, axis=(0, 2)) + at_last @ d_end
