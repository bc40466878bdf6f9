"""Twins: of texts that resemble each other one stays, and each of the others names it.

The verdicts ``near_prompt`` and ``near_completion`` are edges: a text that equals a hub, or is in its crowd, is left
to it (``equal``, ``crowded``); others are pairs (``resembles``). So a hub and all that is left to it are one group, and
pairs are between groups.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from warehouse.release.candidates import drop


def drop_twins(db: duckdb.DuckDBPyConnection, near: Sequence[tuple[str, str]], seed: int) -> None:
    """Drop near duplicates by the edges of some (check, settings): problems by their prompts, traces by their own.

    A pass down an order by the seed, accepted ones before all others: who resembles one that stays is dropped.
    """
    for check, settings in near:
        subject = "problem_id" if check == "near_prompt" else "trace_id"
        gather_groups(db, subject, check, settings, seed)
        settle(db)
        what = "the prompt is a near duplicate of " if subject == "problem_id" else "a near duplicate of "
        drop(
            db,
            f"""SELECT c.trace_id, '{what}' || t.stays || printf(' (%.2f)', t.score) AS reason
            FROM candidates c JOIN twins t ON t.id = c.{subject}""",
        )


def gather_groups(db: duckdb.DuckDBPyConnection, subject: str, check: str, settings: str, seed: int) -> None:
    """Create ``members`` (id, place in the order, root of its group, score with it) and ``pairs`` of groups."""
    db.execute(
        """CREATE OR REPLACE TEMP TABLE roots AS SELECT id, min(against) AS root, arg_min(score, against) AS score
        FROM edges WHERE of = $of AND settings_hash = $settings AND reason IN ('equal', 'crowded') GROUP BY id""",
        {"of": check.removeprefix("near_"), "settings": settings},
    )
    # A hub may itself be left to another: the way up has few steps, and each time they are halved.
    for _ in range(16):
        if not db.execute("SELECT count(*) FROM roots a JOIN roots b ON a.root = b.id").fetchall()[0][0]:
            break
        db.execute(
            """CREATE OR REPLACE TEMP TABLE roots AS
            SELECT a.id, coalesce(b.root, a.root) AS root, least(a.score, coalesce(b.score, 1)) AS score
            FROM roots a LEFT JOIN roots b ON a.root = b.id"""
        )
    db.execute(
        f"""CREATE OR REPLACE TEMP TABLE members AS
        SELECT id, row_number() OVER (ORDER BY good DESC, place('unique/' || $seed, id), id) AS rank,
            coalesce(root, id) AS root, coalesce(score, 1) AS score
        FROM (SELECT {subject} AS id, bool_or(accepted) AS good FROM candidates GROUP BY ALL)
        LEFT JOIN roots USING (id)""",
        {"seed": seed},
    )
    db.execute(
        """CREATE OR REPLACE TEMP TABLE ranks AS
        SELECT root, min(rank) AS rank, arg_min(id, rank) AS first, arg_min(score, rank) AS score
        FROM members GROUP BY root"""
    )
    db.execute(
        """CREATE OR REPLACE TEMP TABLE pairs AS
        SELECT CASE WHEN x.rank < y.rank THEN x.root ELSE y.root END AS first, least(x.rank, y.rank) AS first_rank,
            CASE WHEN x.rank < y.rank THEN y.root ELSE x.root END AS second, max(e.score) AS score
        FROM edges e JOIN ranks x ON x.root = e.id JOIN ranks y ON y.root = e.against
        WHERE e.of = $of AND e.settings_hash = $settings AND e.reason = 'resembles' GROUP BY ALL""",
        {"of": check.removeprefix("near_"), "settings": settings},
    )


def settle(db: duckdb.DuckDBPyConnection) -> None:
    """Create ``twins`` (id, stays, score): who goes, for whom, and how much they share.

    Round by round all groups stay that no living one comes before, and those go that they resemble: the same as one
    after the other (Blelloch, Fineman and Shun 2012, "Greedy sequential maximal independent set and matching are
    parallel on average", algorithm 2).
    """
    db.execute("CREATE OR REPLACE TEMP TABLE gone (root VARCHAR, stays VARCHAR, score DOUBLE)")
    while True:
        found = db.execute(
            """INSERT INTO gone SELECT second, arg_min(first, first_rank), arg_min(score, first_rank) FROM pairs
            WHERE first NOT IN (SELECT second FROM pairs) GROUP BY second"""
        ).fetchall()
        if not found[0][0]:
            break
        db.execute("DELETE FROM pairs WHERE second IN (SELECT root FROM gone) OR first IN (SELECT root FROM gone)")
    # In a group that stays its first does; of one that goes nobody.
    db.execute(
        """CREATE OR REPLACE TEMP TABLE twins AS
        SELECT m.id, s.first AS stays, least(m.score, s.score, coalesce(g.score, 1)) AS score
        FROM members m LEFT JOIN gone g USING (root) JOIN ranks s ON s.root = coalesce(g.stays, m.root)
        WHERE m.id <> s.first"""
    )
