"""Masks of nine steps, of every kind a user may bring. True is real."""

import numpy as np

STEPS = np.arange(9)
LENGTHS = np.array([[9], [5], [1]])
MASKS = {
    "none": None,
    "all real": np.ones((3, 9), bool),
    "right": STEPS < LENGTHS,
    "left": STEPS >= 9 - LENGTHS,
    "holes": np.array(
        [[1, 0, 1, 0, 1, 1, 0, 0, 1], [0, 1, 0, 0, 1, 1, 1, 1, 0], [1, 1, 0, 1, 0, 0, 0, 0, 0]],
        bool,
    ),
    "whole rows": np.array([[0] * 9, [1, 1, 1, 1, 0, 1, 1, 1, 0], [0] * 9], bool),
}

# All kinds in one batch: rows do not mix, so one call checks them all.
MASKS["every kind"] = np.concatenate([m for m in MASKS.values() if m is not None])
