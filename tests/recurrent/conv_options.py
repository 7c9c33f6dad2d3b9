"""The layers of frames the suite walks: every option and every way to convolve."""

SAME = {"kernel_size": 3, "padding": "same"}
FRAMES = {1: (5, 2), 2: (4, 3, 2), 3: (3, 2, 3, 2)}  # the channels last

# name -> kind and options
CONV_LSTM = {
    "plain": ("ConvLSTM2D", SAME),
    "valid, strides": ("ConvLSTM2D", {"kernel_size": (2, 1), "strides": (1, 2), "peephole": True}),
    "same, strides": ("ConvLSTM2D", {**SAME, "strides": 2, "coupled": True}),
    "dilation, even": (
        "ConvLSTM2D",
        {"kernel_size": (2, 2), "padding": "same", "dilation_rate": (2, 1), "peephole": "channel"},
    ),
    "channels first": (
        "ConvLSTM2D",
        {"kernel_size": (2, 3), "data_format": "channels_first", "peephole": True},
    ),
    "no bias": ("ConvLSTM2D", {**SAME, "use_bias": False, "peephole": True}),
    "peephole": ("ConvLSTM2D", {**SAME, "peephole": True}),
    "channel": ("ConvLSTM2D", {**SAME, "peephole": "channel"}),
    "coupled, peephole": ("ConvLSTM2D", {**SAME, "coupled": True, "peephole": True}),
    "coupled, channel": ("ConvLSTM2D", {**SAME, "coupled": True, "peephole": "channel"}),
    "layer norm": ("ConvLSTM2D", {**SAME, "layer_norm": True}),
    "all": (
        "ConvLSTM2D",
        {**SAME, "layer_norm": True, "coupled": True, "peephole": True, "use_bias": False},
    ),
    "activations": (
        "ConvLSTM2D",
        {**SAME, "activation": "softsign", "recurrent_activation": "hard_sigmoid"},
    ),
    "1D": ("ConvLSTM1D", {"kernel_size": 2, "peephole": True}),
    "1D, channels first": ("ConvLSTM1D", {**SAME, "data_format": "channels_first"}),
    "3D": ("ConvLSTM3D", {"kernel_size": (2, 1, 2), "padding": "same", "peephole": True}),
}
CONV_GRU = {
    "after": ("ConvGRU2D", SAME),
    "before": ("ConvGRU2D", {**SAME, "reset": "before"}),
    "none": ("ConvGRU2D", {**SAME, "reset": None}),
    "strides, candidate": ("ConvGRU2D", {"kernel_size": 2, "strides": 2, "update": "candidate"}),
    "channels first": (
        "ConvGRU2D",
        {"kernel_size": (2, 3), "data_format": "channels_first", "reset": "before"},
    ),
    "layer norm": ("ConvGRU2D", {**SAME, "layer_norm": True}),
    "before, layer norm, no bias": (
        "ConvGRU2D",
        {**SAME, "reset": "before", "layer_norm": True, "use_bias": False},
    ),
}


def frame_of(kind):
    """The shape of a frame for a layer of this kind."""
    return FRAMES[int(kind[-2])]
