"""Releases: a query's answer, written down as a dataset that names every row, also those that it left out.

``selection.py`` says what is wanted, ``candidates.py`` who may be in, ``choosing.py`` who is, and ``planning.py`` puts
the three together. ``building.py`` writes the folder: ``rows.py`` what a row holds, ``files.py`` a million of them in
flat memory, ``card.py`` and ``charts.py`` what people read. ``shelf.py`` finds what has been built.
"""

from warehouse.release.building import build
from warehouse.release.planning import Plan, plan
from warehouse.release.selection import Policy, Selection
from warehouse.release.shelf import listing

__all__ = ["Plan", "Policy", "Selection", "build", "listing", "plan"]
