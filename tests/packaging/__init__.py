"""The package as it is installed, its habits and its documentation."""
