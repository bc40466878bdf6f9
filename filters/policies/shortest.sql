-- The k (1) shortest accepted traces of each problem and kind; a rewriting counts as the sample that it takes the place of.
SELECT trace_id FROM candidates WHERE accepted AND NOT replaced
QUALIFY row_number() OVER (
    PARTITION BY problem_id, CASE kind WHEN 'rewrite' THEN 'sample' ELSE kind END
    ORDER BY completion_tokens, trace_id) <= coalesce(getvariable('k'), 1)
