"""The option sets the suite walks: every option, every pair that has a reason to go wrong."""

import keras

LSTM_OPTIONS = {
    "plain": {},
    "no bias": {"use_bias": False},
    "peephole": {"peephole": True},
    "coupled": {"coupled": True},
    "no forget gate": {"forget_gate": False},
    "layer norm": {"layer_norm": True},
    "projection": {"projection": 2},
    "zoneout": {"zoneout": 0.3},
    "cell clip": {"cell_clip": 0.4},
    "peephole, coupled": {"peephole": True, "coupled": True},
    "peephole, no forget gate": {"peephole": True, "forget_gate": False},
    "peephole, layer norm": {"peephole": True, "layer_norm": True},
    "peephole, projection": {"peephole": True, "projection": 2},
    "peephole, zoneout": {"peephole": True, "zoneout": 0.2},
    "peephole, cell clip": {"peephole": True, "cell_clip": 0.3},
    "peephole, no bias": {"peephole": True, "use_bias": False},
    "coupled, layer norm": {"coupled": True, "layer_norm": True},
    "coupled, projection": {"coupled": True, "projection": 4},
    "coupled, zoneout": {"coupled": True, "zoneout": 0.5},
    "coupled, cell clip": {"coupled": True, "cell_clip": 0.2},
    "no forget gate, layer norm": {"forget_gate": False, "layer_norm": True},
    "no forget gate, projection": {"forget_gate": False, "projection": 2},
    "no forget gate, cell clip": {"forget_gate": False, "cell_clip": 0.5},
    "layer norm, projection": {"layer_norm": True, "projection": 2},
    "layer norm, zoneout": {"layer_norm": True, "zoneout": 0.4},
    "layer norm, no bias": {"layer_norm": True, "use_bias": False},
    "projection, zoneout, cell clip": {"projection": 2, "zoneout": 0.1, "cell_clip": 0.4},
    "activations": {"activation": "softsign", "recurrent_activation": "hard_sigmoid"},
    "peephole, relu": {"peephole": True, "activation": "relu"},
    "layer norm, linear": {"layer_norm": True, "activation": "linear"},
    "peephole, coupled, layer norm": {"peephole": True, "coupled": True, "layer_norm": True},
    "peephole, no forget gate, projection, cell clip": {
        "peephole": True,
        "forget_gate": False,
        "projection": 2,
        "cell_clip": 0.5,
    },
    "all but clip": {
        "peephole": True,
        "coupled": True,
        "layer_norm": True,
        "projection": 2,
        "zoneout": 0.2,
    },
    "all but layer norm": {
        "peephole": True,
        "coupled": True,
        "projection": 2,
        "zoneout": 0.2,
        "cell_clip": 0.4,
    },
    "all but coupled": {
        "peephole": True,
        "layer_norm": True,
        "projection": 4,
        "zoneout": 0.2,
    },
}

GRU_OPTIONS = {
    "after": {},
    "before": {"reset": "before"},
    "none": {"reset": None},
    "after, candidate": {"update": "candidate"},
    "before, candidate": {"reset": "before", "update": "candidate"},
    "none, candidate": {"reset": None, "update": "candidate"},
    "after, no bias": {"use_bias": False},
    "before, no bias": {"reset": "before", "use_bias": False},
    "after, layer norm": {"layer_norm": True},
    "before, layer norm": {"reset": "before", "layer_norm": True},
    "none, layer norm": {"reset": None, "layer_norm": True},
    "after, zoneout": {"zoneout": 0.3},
    "before, zoneout": {"reset": "before", "zoneout": 0.2},
    "none, zoneout": {"reset": None, "zoneout": 0.5},
    "after, activations": {"activation": "softsign", "recurrent_activation": "hard_sigmoid"},
    "none, relu": {"reset": None, "activation": "relu"},
    "after, all": {"update": "candidate", "layer_norm": True, "zoneout": 0.2},
    "before, all": {
        "reset": "before",
        "update": "candidate",
        "layer_norm": True,
        "zoneout": 0.2,
        "use_bias": False,
    },
    "none, all": {"reset": None, "update": "candidate", "layer_norm": True, "zoneout": 0.2},
}


def has_native(options):
    """Whether every backend has a loop of its own for these options."""
    return not options.keys() & {"layer_norm", "activation", "recurrent_activation"}


def by_reference(table):
    """The names in an option table that are run through the reference, `use_native=False`.

    The reference is one text for all backends. The whole table goes through it on torch, where
    a case takes no compiling; elsewhere every third, and what has no native loop.
    """
    whole = keras.backend.backend() == "torch"
    return [
        name
        for number, (name, options) in enumerate(table.items())
        if whole or number % 3 == 0 or not has_native(options)
    ]
