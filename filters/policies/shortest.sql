-- The shortest accepted trace of each problem and kind.
SELECT trace_id FROM candidates WHERE accepted
QUALIFY row_number() OVER (PARTITION BY problem_id, kind ORDER BY completion_tokens, trace_id) = 1
