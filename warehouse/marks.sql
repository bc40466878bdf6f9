-- One narrow row per trace: who wrote it, what it cost, what every check says of it. No text.
SELECT
    t.trace_id, t.problem_id, t.text_hash, p.source, p.domain, p.split, k.verifier, t.kind, t.strategy, t.model, t.weights,
    t.engine, t.prompt_style, t.sample_index,
    TRY_CAST(t.sampling ->> 'temperature' AS DOUBLE) AS temperature,
    -- how a child took its place, where one did: continue (its tokens are the child's too) or again.
    c.strategy AS superseded,
    t.finish_reason, t.prompt_tokens, t.completion_tokens, t.seconds, t.cost, t.parents, t.run_id, t.created_at,
    -- correct: what the answer check says, or a judge where no rule decides; null while it is undecided or unasked, and
    -- where the answer key cannot be trusted.
    CASE WHEN q.problem_id IS NULL THEN CASE v.outcomes [CASE k.verifier WHEN 'judge' THEN 'judged' ELSE 'answer' END]
        WHEN 'pass' THEN true WHEN 'fail' THEN false END END AS correct,
    -- accepted: judged, by a judge where no rule decides, and by nobody refused.
    coalesce(q.problem_id IS NULL AND v.passes > 0 AND v.passes = v.checks
        AND (k.verifier IS DISTINCT FROM 'judge' OR v.outcomes ['judged'] = 'pass'), false) AS accepted,
    v.outcomes, v.reasons
FROM traces t
LEFT JOIN problems p USING (problem_id)
LEFT JOIN current_keys k USING (problem_id)
LEFT JOIN quarantined q USING (problem_id)
LEFT JOIN (
    SELECT parents [1] AS trace_id, any_value(strategy) AS strategy FROM traces
    WHERE strategy IN ('continue', 'again') GROUP BY ALL
) c USING (trace_id)
LEFT JOIN (
    -- Labels that came along with imported traces are there to be asked about, and decide nothing by themselves.
    SELECT trace_id, count(*) FILTER (NOT starts_with(check_name, 'label:')) AS checks,
        count(*) FILTER (outcome = 'pass' AND NOT starts_with(check_name, 'label:')) AS passes,
        map_from_entries(list({'k': check_name, 'v': outcome} ORDER BY check_name)) AS outcomes,
        map_from_entries(list({'k': check_name, 'v': reason} ORDER BY check_name)) AS reasons
    FROM (
        -- Checked under several settings: the newest opinion speaks for the check.
        -- What a text resembles is a fact about two, no opinion of one.
        SELECT * FROM latest_verdicts WHERE trace_id IS NOT NULL AND step IS NULL AND check_name <> 'near_completion'
        QUALIFY row_number() OVER (PARTITION BY trace_id, check_name ORDER BY created_at DESC, settings_hash) = 1)
    GROUP BY trace_id
) v USING (trace_id)
ORDER BY t.problem_id, t.model, t.sample_index, t.trace_id
