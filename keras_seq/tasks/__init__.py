"""One folder a task: its data, batches, splits, metrics, plots and export."""
