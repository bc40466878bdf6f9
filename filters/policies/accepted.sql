-- Rejection sampling: everything that no check refused.
SELECT trace_id FROM candidates WHERE accepted
