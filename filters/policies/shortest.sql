-- The k (1) shortest accepted traces of each problem and kind, by tokens, or by characters where nobody counted them; a
-- rewriting counts as the sample that it takes the place of.
SELECT trace_id FROM candidates LEFT JOIN (
    SELECT trace_id, length(completion) AS characters FROM traces
    SEMI JOIN (FROM candidates WHERE completion_tokens IS NULL) USING (trace_id)
) USING (trace_id) WHERE accepted AND NOT replaced
QUALIFY row_number() OVER (
    PARTITION BY problem_id, CASE kind WHEN 'rewrite' THEN 'sample' ELSE kind END
    ORDER BY completion_tokens, characters, trace_id) <= coalesce(getvariable('k'), 1)
