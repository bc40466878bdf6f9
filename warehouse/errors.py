"""Errors that are answers: each message names what was found, what was expected and what to change."""

from __future__ import annotations


class BadInput(Exception):
    """Something the user wrote cannot be used as it is. The command prints the message and exits 2."""


class RunFailed(Exception):
    """A run had to stop midway; everything committed so far stays. The command prints the message and exits 1."""


class RecipeError(BadInput):
    """A recipe cannot be read or does not make sense."""


class LakeError(BadInput):
    """The lake is missing, of a newer schema, or not a lake."""


class SourceError(BadInput):
    """A problem source or a trace file cannot be read as described."""


class ModelError(BadInput):
    """A model is not where the recipe says, or cannot be loaded."""
