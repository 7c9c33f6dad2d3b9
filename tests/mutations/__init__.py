"""Mutation tests of the core, outside the gate: `make mutate`."""
