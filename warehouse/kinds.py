"""Kinds of traces that more than one room has to tell apart."""

OPINIONS = ("judgement", "remark")
"""Kinds of traces that say something of another trace: a judge's vote; what is wrong with it, or another wording of it.
No check is asked about them."""
