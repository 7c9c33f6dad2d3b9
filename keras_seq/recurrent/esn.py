"""The echo state network: a random reservoir that is never trained."""

from typing import Unpack

import keras
import numpy as np
from keras import ops

from keras_seq import checks
from keras_seq.dropout import DropoutMasks
from keras_seq.recurrent.cell import Activation, CellArguments, Initializer, RecurrentCell
from keras_seq.recurrent.layer import RecurrentLayer


@keras.saving.register_keras_serializable("keras_seq")
class ESNCell(RecurrentCell):
    """One step of an echo state network.

        h' = (1 - leaky) * h + leaky * tanh(x W + h R + b)

    W, R and b stay as they were drawn; only the layers that follow are trained. R is sparse and
    scaled so that its largest eigenvalue has the size `spectral_radius`.

    Weights, none of them trainable: `kernel` W (F, U), `recurrent_kernel` R (U, U), `bias` b (U,).
    Number of parameters: (F + U + 1) U. It is the cell of `tensorflow_addons.rnn.ESNCell`.

    Args:
        units: U, a positive integer.
        connectivity: share of the entries of R that are not 0, in (0, 1].
        leaky: share of the state that is new, in (0, 1].
        spectral_radius: size of the largest eigenvalue of R, above 0.
        activation: activation function of the reservoir.
        recurrent_initializer: initializer of R, before it is made sparse and scaled.
        **kwargs: the arguments that all cells share, those of
            `keras_seq.recurrent.RecurrentCell`.

    Call arguments:
        inputs: x, (B, F).
        states: [h], (B, U).
        training: dropout and zoneout are random only when True.

    Returns:
        h', (B, U), and the new states [h'].

    Raises:
        ValueError: an argument is out of range, or a shape does not fit.

    Example:

    >>> import keras_seq
    >>> rnn = keras.layers.RNN(keras_seq.ESNCell(8))
    >>> tuple(rnn(keras.ops.ones((2, 5, 3))).shape)
    (2, 8)

    Reference: Jaeger, The Echo State Approach to Analysing and Training Recurrent Neural Networks,
    2001.
    """

    family = "esn"
    omits = (
        "recurrent_activation",
        "layer_norm",
        "dropout_per_gate",
        "recurrent_regularizer",
        "recurrent_constraint",
    )

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        *,
        connectivity: float = 0.1,
        leaky: float = 1.0,
        spectral_radius: float = 0.9,
        recurrent_initializer: Initializer = "random_normal",
        **kwargs: Unpack[CellArguments],
    ):
        super().__init__(units, activation, recurrent_initializer=recurrent_initializer, **kwargs)
        checks.positive(
            self.owner, connectivity=connectivity, leaky=leaky, spectral_radius=spectral_radius
        )
        checks.closed_unit_interval(self.owner, connectivity=connectivity, leaky=leaky)
        self.connectivity, self.leaky = connectivity, leaky
        self.spectral_radius = spectral_radius

    def build(self, input_shape):
        self.build_kernels(input_shape, recurrent_shape=())
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units), name="recurrent_kernel", initializer=self._reservoir
        )
        for weight in self.weights:
            weight.trainable = False
        self.built = True

    def _reservoir(self, shape, dtype=None):
        kernel = ops.convert_to_numpy(self.recurrent_initializer(shape, dtype="float32"))
        random = np.random.default_rng(self.seed)
        kernel = kernel * (random.uniform(size=shape) < self.connectivity)
        radius = np.abs(np.linalg.eigvals(kernel)).max()
        scale = self.spectral_radius / radius if radius > 0 else 0.0
        return ops.convert_to_tensor(kernel * scale, dtype)

    def step(self, projected, states, dropout_masks=DropoutMasks()):
        (h,) = states
        new = self.activation(projected + self.recurrent(h, dropout_masks))
        return [(1.0 - self.leaky) * h + self.leaky * new]


@keras.saving.register_keras_serializable("keras_seq")
class ESN(RecurrentLayer):
    """An echo state network over a sequence.

    The arguments are those of `keras_seq.ESNCell` and, by keyword, those of
    `keras_seq.recurrent.RecurrentLayer`, which describes call arguments, results and masks.

    Example:

    >>> import keras_seq
    >>> layer = keras_seq.ESN(8, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)
    (2, 5, 8)
    >>> layer.count_params()  # (3 + 8 + 1) * 8
    96

    Reference: see `keras_seq.ESNCell`.
    """

    cell_class = ESNCell
