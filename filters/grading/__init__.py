"""Judging answers that somebody else generated::

from filters.grading import grade

summary = grade("answers.parquet", "graded.parquet", columns={"response": "generation"})
summary.outcomes["pass"], summary.agreement
"""

from filters.grading.grade import grade
from filters.grading.summary import Summary

__all__ = ["Summary", "grade"]
