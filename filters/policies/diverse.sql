-- The k (4) accepted traces of each problem that are least alike: first those that resemble no other accepted one of the
-- problem, or resemble it least (verdicts of near_completion, so a deduplicate stage has to come before; a low threshold
-- there sees more), then from as many models as there are, then by the seed.
WITH resembling AS (
    SELECT a.trace_id, max(v.score) AS most
    FROM latest_verdicts v JOIN candidates b ON b.trace_id = v.against OR b.trace_id = v.trace_id
    JOIN candidates a ON a.problem_id = b.problem_id AND a.trace_id <> b.trace_id
        AND a.trace_id IN (v.trace_id, v.against)
    WHERE v.check_name = 'near_completion' AND v.reason = 'resembles' AND a.accepted AND b.accepted
    GROUP BY a.trace_id
), placed AS (
    SELECT c.*, coalesce(r.most, 0) AS likeness, row_number() OVER (
        PARTITION BY problem_id, model
        ORDER BY coalesce(r.most, 0), place(coalesce(getvariable('seed'), 0), trace_id)) AS of_model
    FROM candidates c LEFT JOIN resembling r USING (trace_id) WHERE accepted AND NOT replaced
)
SELECT trace_id FROM placed
QUALIFY row_number() OVER (
    PARTITION BY problem_id
    ORDER BY likeness, of_model, place(coalesce(getvariable('seed'), 0), trace_id)) <= coalesce(getvariable('k'), 4)
