"""What every recipe shares: settings, command line, the run and its files, fit, plots."""
