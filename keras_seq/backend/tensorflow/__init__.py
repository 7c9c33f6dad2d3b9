"""Loops written for TensorFlow."""
