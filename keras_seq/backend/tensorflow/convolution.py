"""The recurrent convolution of a step, its gradient, and the gradient of its kernel."""

import tensorflow as tf

from keras_seq.backend.tensorflow.values import shape_of

CONV = {4: tf.nn.conv2d, 5: tf.nn.conv3d}
INPUT_GRADIENT = {4: tf.raw_ops.Conv2DBackpropInput, 5: tf.raw_ops.Conv3DBackpropInputV2}
KERNEL_GRADIENT = {4: tf.raw_ops.Conv2DBackpropFilter, 5: tf.raw_ops.Conv3DBackpropFilterV2}


class Convolution:
    """Frames (B, H, W, F) and a kernel (k, k, F, G F), stride 1, padding "same".

    Frames of one axis are taken as images of one row.
    """

    def __init__(self, kernel):
        self.flat = kernel.shape.rank == 3
        self.kernel = kernel[None] if self.flat else kernel
        axes = self.kernel.shape.rank
        self.conv, self.input_gradient_of = CONV[axes], INPUT_GRADIENT[axes]
        self.kernel_gradient_of = KERNEL_GRADIENT[axes]
        self.geometry = {"strides": [1] * axes, "padding": "SAME"}

    def recurrent_conv(self, h):
        """The gates' part, (B, H, W, G F)."""
        y = self._out(self.conv(self._in(h), self.kernel, **self.geometry))
        # A convolution of no rows leaves the shape as it is.
        return tf.reshape(y, [*shape_of(h)[:-1], self.kernel.shape[-1]])

    def recurrent_conv_gradient(self, dz):
        """The gradient of `recurrent_conv` for h."""
        dz = self._in(dz)
        d_h = self.input_gradient_of(
            input_sizes=[*shape_of(dz)[:-1], self.kernel.shape[-2]],
            filter=self.kernel,
            out_backprop=dz,
            **self.geometry,
        )
        return self._out(d_h)

    def kernel_gradient(self, h, dz):
        """The gradient of `recurrent_conv` for the kernel."""
        d_kernel = self.kernel_gradient_of(
            input=self._in(h),
            filter_sizes=self.kernel.shape,
            out_backprop=self._in(dz),
            **self.geometry,
        )
        return self._out(d_kernel, axis=0)

    def _in(self, x):
        return x[:, None] if self.flat else x

    def _out(self, x, axis=1):
        return tf.squeeze(x, axis) if self.flat else x
