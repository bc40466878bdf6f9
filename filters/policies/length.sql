-- Traces of low (0) to high (16384) completion tokens; what nobody counted, such as a journey, stays.
SELECT trace_id FROM candidates
WHERE completion_tokens IS NULL OR completion_tokens
    BETWEEN coalesce(getvariable('low'), 0) AND coalesce(getvariable('high'), 16384)
