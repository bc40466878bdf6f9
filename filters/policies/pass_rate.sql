-- Traces of problems that are neither too easy nor too hard: of all samples that were decided, a share from low (0.1) to
-- high (0.9) is right. Whoever wrote them, and whether or not they are candidates.
SELECT trace_id FROM candidates SEMI JOIN (
    SELECT problem_id FROM pass_rates GROUP BY problem_id
    HAVING sum(passed) / nullif(sum(samples), 0)
        BETWEEN coalesce(getvariable('low'), 0.1) AND coalesce(getvariable('high'), 0.9)
) USING (problem_id)
