"""The code that all recipes share: settings, command line, run folder, fit, resume, plots."""
