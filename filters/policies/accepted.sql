-- Rejection sampling: everything that no check refused; of a trace and its rewriting the rewriting.
SELECT trace_id FROM candidates WHERE accepted AND NOT replaced
