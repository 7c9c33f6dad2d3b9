"""The published equations in float64 NumPy, forward and backward: what the layers must meet."""
