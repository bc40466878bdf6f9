"""Prefect flows and the command line: composes the other rooms."""
