"""Loops written for JAX."""
