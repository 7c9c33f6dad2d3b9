"""One folder for each task: its data, batches, splits, metrics, plots and export."""
