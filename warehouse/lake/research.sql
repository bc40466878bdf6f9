-- The views a researcher starts from. Each stands on marks.

CREATE VIEW accepted AS
    SELECT t.*, thinking(t.completion) AS thinking, response(t.completion) AS response
    FROM traces t SEMI JOIN (FROM marks WHERE accepted) m USING (trace_id);

-- The chance that k of n samples hold a right one when c of the n are right: the unbiased estimator of Chen et al. 2021,
-- eq. 1, 1 - C(n - c, k) / C(n, k), with the binomials in logarithms. Null where there are fewer than k samples.
CREATE MACRO pass_at_k(n, c, k) AS
    CASE WHEN n < k THEN NULL WHEN n - c < k THEN 1.0
         ELSE 1 - exp(lgamma(n - c + 1) + lgamma(n - k + 1) - lgamma(n - c - k + 1) - lgamma(n + 1)) END;

-- The 95% interval of a share, k of n (Wilson 1927): honest where k is near 0 or n, and where n is small.
CREATE MACRO wilson_low(n, k) AS
    (k + 1.9208 - 1.96 * sqrt(k * (n - k) / nullif(n, 0) + 0.9604)) / (n + 3.8416);
CREATE MACRO wilson_high(n, k) AS
    (k + 1.9208 + 1.96 * sqrt(k * (n - k) / nullif(n, 0) + 0.9604)) / (n + 3.8416);

-- How often a model solves a problem.
CREATE VIEW pass_rates AS
    SELECT problem_id, any_value(source) AS source, any_value(domain) AS domain, any_value(language) AS language,
        any_value(split) AS split, model, weights,
        count(correct) AS samples, count(*) FILTER (correct) AS passed,
        round(count(*) FILTER (correct) / nullif(count(correct), 0), 4) AS pass_rate
    FROM marks WHERE kind IN ('sample', 'knowledge') AND superseded IS NULL GROUP BY problem_id, model, weights;

-- What most of a model's samples of a problem say: the votes for the answer that leads, and the chance that it is right,
-- which is a share where several lead (maj@n of Wang et al. 2023). A sample without an answer does not vote.
CREATE VIEW majority AS
    SELECT problem_id, model, weights, sum(votes * answers)::BIGINT AS samples, max(votes) AS votes,
        arg_max(hits / answers, votes) AS maj
    FROM (
        SELECT problem_id, model, weights, votes, count(*) AS answers, count(*) FILTER (correct) AS hits
        FROM (
            SELECT problem_id, model, weights, said, count(said) AS votes, bool_or(correct) AS correct
            FROM marks WHERE kind IN ('sample', 'knowledge') AND superseded IS NULL AND correct IS NOT NULL
            GROUP BY ALL)
        GROUP BY ALL)
    GROUP BY ALL;

-- Where traces are lost, per source and kind; a cut answer that a child took the place of is not counted beside it.
CREATE VIEW funnel AS
    SELECT source, split, kind, model,
        count(*) AS traces,
        count(*) FILTER (finish_reason = 'stop') AS finished,
        count(correct) AS decided,
        count(*) FILTER (correct) AS correct,
        count(*) FILTER (accepted) AS accepted,
        round(count(*) FILTER (accepted) / count(*), 4) AS acceptance
    FROM marks WHERE superseded IS NULL AND kind NOT IN ('judgement', 'remark') GROUP BY ALL ORDER BY ALL;

-- What an accepted trace takes.
CREATE VIEW cost_per_accepted AS
    SELECT source, model, kind, count(*) FILTER (accepted) AS accepted,
        round(sum(completion_tokens) FILTER (superseded IS DISTINCT FROM 'continue')::BIGINT
            / nullif(count(*) FILTER (accepted), 0), 1) AS tokens_per_accepted,
        round(sum(seconds) / nullif(count(*) FILTER (accepted), 0), 4) AS device_seconds_per_accepted,
        sum(cost) / nullif(count(*) FILTER (accepted), 0) AS cost_per_accepted
    FROM marks GROUP BY ALL ORDER BY ALL;

-- pass@1 of every model on held-out problems, with a 95% interval over problems (normal approximation; a problem's
-- samples are averaged first, so that they do not pass for independent ones).
CREATE VIEW scores AS
    SELECT model, weights, temperature, count(*) AS problems, sum(samples)::BIGINT AS samples,
        round(avg(rate), 4) AS pass_at_1,
        round(greatest(0, avg(rate) - 1.96 * coalesce(stddev_samp(rate), 0) / sqrt(count(*))), 4) AS low,
        round(least(1, avg(rate) + 1.96 * coalesce(stddev_samp(rate), 0) / sqrt(count(*))), 4) AS high,
        round(sum(tokens) / sum(samples), 1) AS tokens_per_answer
    FROM (
        SELECT model, weights, temperature, problem_id, avg(correct::INT) AS rate, count(correct) AS samples,
            sum(completion_tokens) AS tokens
        FROM marks WHERE split = 'test' AND kind = 'sample' AND superseded IS NULL AND correct IS NOT NULL
        GROUP BY ALL)
    GROUP BY ALL ORDER BY pass_at_1 DESC;

-- Which texts resemble which, and how much: of is prompt (id and against are problems) or completion (traces). equal and
-- crowded leave a text to its hub, which is against; resembles is a pair of texts that are left to nobody.
CREATE VIEW resembles AS
    WITH edges AS (
        SELECT check_name[6:] AS of, coalesce(trace_id, problem_id) AS id, * FROM verdicts
        WHERE check_name IN ('near_prompt', 'near_completion')
        QUALIFY version = max(version) OVER (PARTITION BY trace_id, problem_id, check_name, settings_hash))
    SELECT e.of, e.id, e.against, e.score, e.reason, p.source, q.source AS against_source,
        a.kind, b.kind AS against_kind, a.model, b.model AS against_model,
        e.problem_id, q.problem_id AS against_problem_id, e.settings_hash
    FROM edges e LEFT JOIN marks a ON a.trace_id = e.id LEFT JOIN marks b ON b.trace_id = e.against
    LEFT JOIN problems p ON p.problem_id = e.problem_id
    LEFT JOIN problems q ON q.problem_id = coalesce(b.problem_id, e.against)
    WHERE e.against IS NOT NULL ORDER BY e.of, e.score DESC, e.id, e.against;

-- Journeys beside their controls: the shortcut says the same without the detour, the mixed one has the detour of another
-- problem. detour is the share of the text that is wrong stretches and turns.
CREATE VIEW journeys AS
    WITH kin AS (
        SELECT parents [1] AS trace_id, min(trace_id) FILTER (kind = 'shortcut') AS shortcut_id,
            min(trace_id) FILTER (kind = 'mixed') AS mixed_id
        FROM marks WHERE kind IN ('shortcut', 'mixed') GROUP BY ALL
    ), parts AS (
        SELECT trace_id, len(list_filter(spans, lambda span: span.label = 'turn')) AS turns,
            round(list_sum(list_transform(list_filter(spans, lambda span: span.label <> 'right'),
                lambda span: span."end" - span.start)) / length(completion), 3) AS detour
        FROM traces WHERE kind = 'journey'
    )
    SELECT m.trace_id, m.problem_id, m.source, m.strategy AS builder, m.accepted, m.faults, p.turns, p.detour,
        m.parents [1] AS wrong_id, m.parents [-1] AS right_id, k.shortcut_id, k.mixed_id
    FROM marks m JOIN parts p USING (trace_id) LEFT JOIN kin k USING (trace_id) WHERE m.kind = 'journey';

-- What builders made of the attempts they were given, and what an accepted journey took of what they asked. Rollouts
-- count for the trees that stand on them, also where it was a value stage that asked for them.
CREATE VIEW journey_yields AS
    WITH made AS (
        SELECT strategy AS builder, count(*) AS journeys, count(*) FILTER (accepted) AS accepted
        FROM marks WHERE kind = 'journey' GROUP BY ALL
    ), declined AS (
        SELECT split_part(detail, ' makes no journey of ', 1) AS builder, count(DISTINCT trace_id) AS declined
        FROM failures WHERE reason = 'declined' AND contains(detail, ' makes no journey of ') GROUP BY ALL
    ), asked AS (
        SELECT CASE strategy WHEN 'rollout' THEN 'tree' ELSE split_part(strategy, '/', 1) END AS builder,
            count(*) AS answers, sum(completion_tokens)::BIGINT AS tokens, sum(seconds) AS seconds, sum(cost) AS cost
        FROM marks WHERE kind IN ('remark', 'rollout') GROUP BY ALL
    )
    SELECT builder, coalesce(journeys, 0) + coalesce(declined, 0) AS attempts, coalesce(journeys, 0) AS journeys,
        coalesce(accepted, 0) AS accepted, round(coalesce(accepted, 0) / attempts, 4) AS yield,
        coalesce(answers, 0) AS answers, coalesce(tokens, 0) AS tokens,
        round(coalesce(tokens, 0) / nullif(accepted, 0), 1) AS tokens_per_accepted,
        round(seconds / nullif(accepted, 0), 4) AS device_seconds_per_accepted,
        cost / nullif(accepted, 0) AS cost_per_accepted
    FROM made FULL JOIN declined USING (builder) LEFT JOIN asked USING (builder) ORDER BY builder;
