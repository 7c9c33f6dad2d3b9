"""The normalizer of a linear chain for JAX: matrix products, and the analytic gradient."""

import jax
import jax.numpy as jnp
from jax import lax

from keras_seq.backend import chain


@jax.custom_vjp
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


def _backward(saved, upstream):
    inputs, kernel, alphas, totals, exact = saved
    d_emissions, d_transitions, d_start, d_end = lax.cond(
        exact, _by_products, _exactly, inputs, kernel, alphas, totals, upstream
    )
    return d_emissions, None, d_transitions, d_start, d_end


def _exactly(inputs, kernel, alphas, totals, upstream):
    return chain.gradients(*inputs, upstream)


def _by_products(inputs, kernel, alphas, totals, upstream):
    _, steps, _, _, end = inputs
    at_last = chain.lasts(alphas, steps, end) * upstream[:, None]
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
    pairs = kernel * jnp.einsum("tbi,tbj->ij", shares, chain.only(steps.real, ratios))
    return marginals, pairs, chain.of_start(marginals, steps), jnp.sum(at_last, axis=0)


run.defvjp(_forward, _backward)
