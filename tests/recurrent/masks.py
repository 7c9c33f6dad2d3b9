"""Masks of five steps, of every kind a user may bring. True is real."""

import numpy as np

MASKS = {
    "none": None,
    "all real": np.ones((3, 5), bool),
    "right": np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]], bool),
    "left": np.array([[1, 1, 1, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 0, 1]], bool),
    "holes": np.array([[1, 0, 1, 0, 1], [0, 1, 0, 0, 1], [1, 1, 0, 1, 0]], bool),
    "whole rows": np.array([[0, 0, 0, 0, 0], [1, 1, 1, 1, 0], [0, 0, 0, 0, 0]], bool),
}

# All kinds in one batch: rows do not mix, so one call checks them all.
MASKS["every kind"] = np.concatenate([m for m in MASKS.values() if m is not None])
