-- One narrow row per trace: who wrote it, what it cost, what every check says of it. No text.
WITH own AS (
    -- What a text resembles is a fact about two, no opinion of one.
    SELECT v.* FROM verdicts v LEFT JOIN current_keys k USING (problem_id)
    WHERE v.trace_id IS NOT NULL AND v.step IS NULL AND v.check_name <> 'near_completion'
        AND (v.key_id IS NULL OR v.key_id = k.key_id)
),
-- Nearly every trace has one opinion of each check. Only of several it has to be found out which one speaks: the latest
-- (as in latest_verdicts), and of a check under several settings the newest. Two pairs that share a hash do no harm.
several AS (SELECT hash(trace_id, check_name) AS pair FROM own GROUP BY pair HAVING count(*) > 1),
spoken AS (
    FROM own WHERE hash(trace_id, check_name) NOT IN (FROM several)
    UNION ALL FROM (
        FROM (
            FROM own WHERE hash(trace_id, check_name) IN (FROM several)
            QUALIFY row_number() OVER (
                PARTITION BY problem_id, trace_id, against, check_name, settings_hash
                ORDER BY version DESC, outcome = 'undecided', created_at DESC) = 1)
        QUALIFY row_number() OVER (PARTITION BY trace_id, check_name ORDER BY created_at DESC, settings_hash) = 1)
),
opinions AS (
    SELECT trace_id, list_sort(list({'name': check_name, 'outcome': outcome, 'reason': reason})) AS heard,
        any_value(coalesce(detail ->> 'answer', detail ->> 'extracted')) FILTER (check_name = 'answer') AS said
    FROM spoken GROUP BY trace_id
),
-- Labels that came along with imported traces are there to be asked about, and decide nothing by themselves.
-- Who was judged under a key that has been corrected since, and not yet under today's: accepted by nobody.
outdated AS (
    SELECT DISTINCT trace_id FROM verdicts v JOIN current_keys k USING (problem_id)
    WHERE v.key_id <> k.key_id AND v.check_name IN ('answer', 'judged')
),
weighed AS (
    SELECT *, list_filter(heard, lambda one: NOT starts_with(one.name, 'label:')) AS deciding FROM opinions
),
v AS (
    SELECT trace_id, said, len(deciding) AS checks,
        list_filter(deciding, lambda one: one.outcome <> 'pass') AS held,
        map(list_transform(heard, lambda one: one.name), list_transform(heard, lambda one: one.outcome)) AS outcomes,
        map(list_transform(heard, lambda one: one.name), list_transform(heard, lambda one: one.reason)) AS reasons
    FROM weighed
)
SELECT
    t.trace_id, t.problem_id, t.text_hash, p.source, p.domain, p.language, p.split, k.verifier, t.kind, t.strategy,
    t.model, t.weights, t.engine, t.prompt_style, t.sample_index,
    TRY_CAST(t.sampling ->> 'temperature' AS DOUBLE) AS temperature,
    -- how a child took its place, where one did: continue (its tokens are the child's too) or again.
    c.strategy AS superseded,
    t.finish_reason, t.prompt_tokens, t.completion_tokens, t.seconds, t.cost, t.parents, t.run_id, t.created_at,
    -- correct: what the answer check says, or a judge where no rule decides; null while it is undecided or unasked, and
    -- where the answer key cannot be trusted.
    CASE WHEN q.problem_id IS NULL THEN CASE v.outcomes [CASE k.verifier WHEN 'judge' THEN 'judged' ELSE 'answer' END]
        WHEN 'pass' THEN true WHEN 'fail' THEN false END END AS correct,
    -- accepted: judged, by a judge where no rule decides, and by nobody refused.
    coalesce(q.problem_id IS NULL AND v.checks > 0 AND len(v.held) = 0
        AND (k.verifier IS DISTINCT FROM 'judge' OR v.outcomes ['judged'] = 'pass')
        AND (o.trace_id IS NULL OR coalesce(v.outcomes ['answer'], v.outcomes ['judged']) IS NOT NULL), false) AS accepted,
    v.outcomes, v.reasons,
    -- what is held against it, as 'check: reason'; empty for what every check passed.
    coalesce(list_transform(v.held, lambda one: one.name || ': ' || coalesce(one.reason, one.outcome)), []) AS faults,
    -- the answer that was judged, in the normal form that votes are counted by; a long one by its hash.
    CASE WHEN length(v.said) > 64 THEN md5(v.said) ELSE v.said END AS said
FROM traces t
LEFT JOIN problems p USING (problem_id)
LEFT JOIN current_keys k USING (problem_id)
LEFT JOIN quarantined q USING (problem_id)
LEFT JOIN (
    SELECT parents [1] AS trace_id, any_value(strategy) AS strategy FROM traces
    WHERE strategy IN ('continue', 'again') GROUP BY ALL
) c USING (trace_id)
LEFT JOIN v USING (trace_id)
LEFT JOIN outdated o USING (trace_id)
ORDER BY t.problem_id, t.model, t.sample_index, t.trace_id
