-- The k (4) accepted traces of each problem that have the least alike beside them: first those that resemble no other
-- accepted one of the problem, then by how much they do (the view resembles, so a deduplicate stage has to come before),
-- then from as many models as there are, then by the seed.
WITH members AS (
    -- What equals another, or is one of a crowd, was left to a hub and has no pairs of its own.
    SELECT trace_id, c.problem_id, coalesce(h.hub, trace_id) AS hub FROM candidates c LEFT JOIN (
        SELECT id, min(against) AS hub FROM resembles WHERE of = 'completion' AND reason IN ('equal', 'crowded') GROUP BY id
    ) h ON h.id = trace_id WHERE accepted
), pairs AS (
    SELECT id, against, score FROM resembles WHERE of = 'completion' AND reason = 'resembles'
), resembling AS (
    SELECT trace_id, max(score) AS most FROM (
        SELECT a.trace_id, 1 AS score FROM members a JOIN members b USING (problem_id, hub)
        WHERE a.trace_id <> b.trace_id
        UNION ALL
        SELECT a.trace_id, score FROM members a JOIN members b USING (problem_id)
            JOIN (FROM pairs UNION ALL SELECT against, id, score FROM pairs) p ON p.id = a.hub AND p.against = b.hub)
    GROUP BY trace_id
), placed AS (
    SELECT c.*, coalesce(r.most, 0) AS likeness, row_number() OVER (
        PARTITION BY problem_id, model
        ORDER BY coalesce(r.most, 0), place('diverse/' || coalesce(getvariable('seed'), 0), trace_id)) AS of_model
    FROM candidates c LEFT JOIN resembling r USING (trace_id) WHERE accepted AND NOT replaced
)
SELECT trace_id FROM placed
QUALIFY row_number() OVER (
    PARTITION BY problem_id
    ORDER BY likeness, of_model, place('diverse/' || coalesce(getvariable('seed'), 0), trace_id)
) <= coalesce(getvariable('k'), 4)
