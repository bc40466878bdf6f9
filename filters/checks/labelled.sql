-- Labels are verdicts of checks called label:COLUMN. A trace without any that is asked is passed over, and so undecided.
SELECT trace_id,
    NULL::VARCHAR AS against,
    CASE WHEN bool_or(outcome = 'pass') THEN 'pass' ELSE 'fail' END AS outcome,
    CASE WHEN bool_or(outcome = 'pass') THEN NULL ELSE 'labelled_wrong' END AS reason,
    NULL::DOUBLE AS score
FROM latest_verdicts SEMI JOIN todo USING (trace_id)
WHERE starts_with(check_name, 'label:')
    AND (len(getvariable('by')) = 0 OR list_contains(getvariable('by')::VARCHAR[], check_name[7:]))
GROUP BY trace_id
