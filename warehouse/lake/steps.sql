-- Steps of a completion, and what is thought of them. The patterns are those of warehouse/steps.py.

-- steps('<think>Try 2. No.</think> 3') = ['Try 2.', 'No.'].
CREATE MACRO before_closing(completion) AS
    CASE WHEN contains(completion, '</think>') THEN regexp_extract(completion, '(?s)^(.*)</think>', 1)
         ELSE completion END;
CREATE MACRO after_opening(head) AS
    CASE WHEN contains(head, '<think>') THEN head [strpos(head, '<think>') + length('<think>') :] ELSE head END;
CREATE MACRO pieces_of(thought) AS list_transform([regexp_extract_all(thought, $PARAGRAPH)],
    lambda found: CASE WHEN len(found) = 1 THEN regexp_extract_all(found [1], $SENTENCE) ELSE found END) [1];
CREATE MACRO steps(completion) AS
    list_transform(pieces_of(trim(after_opening(before_closing(completion)), e' \n\r\t')),
        lambda piece: rtrim(piece, e' \n\r\t'));

-- The same with where they stand: step counts from 1; start and end are half-open characters of the completion, so
-- completion [start + 1 : "end"] is the text.
CREATE MACRO spans_of(pieces, begin) AS list_transform(
    [list_transform(pieces, lambda piece: length(piece))],
    lambda lengths: list_transform(pieces, lambda piece, i: {
        'step': i, 'text': rtrim(piece, e' \n\r\t'),
        'start': begin + coalesce(list_sum(lengths [: i - 1]), 0)::BIGINT,
        'end': begin + coalesce(list_sum(lengths [: i - 1]), 0)::BIGINT + length(rtrim(piece, e' \n\r\t'))})) [1];
CREATE MACRO step_spans(completion) AS list_transform([before_closing(completion)], lambda head: spans_of(
    pieces_of(trim(after_opening(head), e' \n\r\t')),
    length(head) - length(ltrim(after_opening(head), e' \n\r\t')))) [1];

-- The chance that who goes on from the end of a step comes to a right answer: value, in n rollouts that were decided,
-- with its 95% interval; step 0 is the question alone. A line for each trace, step and settings (who goes on, how often
-- and how); newest says whether these are the settings that the trace was asked under last.
CREATE VIEW step_values AS
    SELECT v.trace_id, v.problem_id, t.kind, t.model, v.step,
        t.completion [(v.detail ->> 'start')::BIGINT + 1 : (v.detail ->> 'end')::BIGINT] AS text,
        v.score AS value, v.low, v.high, v.n, (v.detail ->> 'right')::INT AS "right", v.outcome,
        (v.detail ->> 'start')::BIGINT AS start, (v.detail ->> 'end')::BIGINT AS "end",
        v.settings_hash = first_value(v.settings_hash) OVER (
            PARTITION BY v.problem_id, v.trace_id ORDER BY v.created_at DESC, v.settings_hash) AS newest,
        v.settings_hash, v.version, v.run_id, v.created_at
    FROM latest_verdicts v JOIN traces t USING (trace_id) WHERE v.check_name = 'step_value';

-- The first step after which nothing comes right any more, while from the step before it something did: the hard estimate
-- of Wang et al. 2024 (Math-Shepherd, arXiv 2312.08935), by the newest settings. A trace without one has no line: all of
-- it holds, or nothing did to begin with, or not enough is known.
CREATE VIEW first_wrong_steps AS
    SELECT trace_id, problem_id, kind, model, step, text, before.value AS value_before, value AS value_after, n, start,
        "end", settings_hash, run_id, created_at
    FROM (
        SELECT *, lag({'step': step, 'value': value}) OVER (PARTITION BY problem_id, trace_id ORDER BY step) AS before
        FROM step_values WHERE newest)
    WHERE outcome = 'fail' AND before.step = step - 1 AND before.value > 0
    QUALIFY row_number() OVER (PARTITION BY problem_id, trace_id ORDER BY step) = 1;
