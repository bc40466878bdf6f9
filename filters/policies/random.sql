-- k (1) accepted traces of each problem and kind, drawn by the seed; a rewriting counts as the sample it replaces.
SELECT trace_id FROM candidates WHERE accepted AND NOT replaced
QUALIFY row_number() OVER (
    PARTITION BY problem_id, CASE kind WHEN 'rewrite' THEN 'sample' ELSE kind END
    ORDER BY place('random/' || coalesce(getvariable('seed'), 0), trace_id)) <= coalesce(getvariable('k'), 1)
