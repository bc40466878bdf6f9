-- Within one kind of trace: a shortcut repeats its parent on purpose, and each builder has a shortcut to its journey.
-- Whoever has passed already stays the first; otherwise the lowest sample index is. Clocks have no say, so a second lake
-- decides alike.
WITH passed AS (SELECT DISTINCT trace_id FROM verdicts WHERE check_name = 'duplicates' AND outcome = 'pass')
SELECT t.trace_id,
    CASE WHEN f.first = t.trace_id THEN NULL ELSE f.first END AS against,
    CASE WHEN f.first = t.trace_id THEN 'pass' ELSE 'fail' END AS outcome,
    CASE WHEN f.first = t.trace_id THEN NULL ELSE 'exact_duplicate' END AS reason,
    NULL::DOUBLE AS score
FROM (SELECT *, CASE WHEN kind IN ('shortcut', 'mixed') THEN strategy ELSE kind END AS maker FROM traces) t
SEMI JOIN todo USING (trace_id)
JOIN (
    SELECT problem_id, kind, CASE WHEN kind IN ('shortcut', 'mixed') THEN strategy ELSE kind END AS maker, text_hash,
        arg_min(trace_id, (p.trace_id IS NULL, sample_index, trace_id)) AS first
    FROM traces LEFT JOIN passed p USING (trace_id) GROUP BY ALL
) f ON f.problem_id = t.problem_id AND f.kind = t.kind AND f.maker = t.maker AND f.text_hash = t.text_hash
