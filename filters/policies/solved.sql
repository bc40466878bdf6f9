-- Traces of problems that some model solves at least (1) and at most (3) times of its samples, of which it has at least
-- samples (32): the edge of what it can do (LIMO, Ye et al. 2025, arXiv 2502.03387, section 3.1).
SELECT trace_id FROM candidates SEMI JOIN (
    SELECT problem_id FROM pass_rates
    WHERE samples >= coalesce(getvariable('samples'), 32)
        AND passed BETWEEN coalesce(getvariable('least'), 1) AND coalesce(getvariable('most'), 3)
) USING (problem_id)
