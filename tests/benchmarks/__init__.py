"""Programs that measure: `python -m tests.benchmarks.<name>`. The suite runs them at toy size."""
