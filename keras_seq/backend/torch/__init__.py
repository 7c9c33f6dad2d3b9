"""Loops written for PyTorch."""
