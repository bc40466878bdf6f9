-- Everything, right or wrong: for the cold start, where habits matter and answers do not.
SELECT trace_id FROM candidates
