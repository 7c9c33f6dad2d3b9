"""Hypothesis without chance: every run, on every machine, tries the same examples."""

import hypothesis

hypothesis.settings.register_profile(
    "suite", derandomize=True, database=None, deadline=None, max_examples=60
)
hypothesis.settings.load_profile("suite")
