"""Rules that hold for all inputs of a kind, on inputs that Hypothesis makes up."""
