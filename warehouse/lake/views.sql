-- What everything else is asked through: splitting a completion, current keys, latest verdicts, and what of them changed.

-- thinking('<think>a</think> b') = 'a', response(...) = 'b'; the same rules as warehouse/text.py, version 1.
CREATE MACRO thinking(completion) AS
    CASE WHEN contains(completion, '</think>') THEN trim(
        regexp_replace(regexp_extract(completion, '(?s)^(.*)</think>', 1), '<think>', ''), e' \n\r\t') END;
CREATE MACRO response(completion) AS
    CASE WHEN contains(completion, '</think>') THEN trim(regexp_extract(completion, '(?s)^.*</think>(.*)$', 1), e' \n\r\t')
         WHEN contains(completion, '<think>') THEN NULL
         ELSE trim(completion, e' \n\r\t') END;

-- Where a release puts a row: by a hash of its seed and the row's id. And the same for a problem as a share of all.
CREATE MACRO place(seed, id) AS md5(seed || '/' || id);
CREATE MACRO share(seed, id) AS md5_number_upper('split/' || seed || '/' || id) / 18446744073709551616;

-- Why a release left a trace out, without the name of what it is a duplicate of, leaks into, and so on.
CREATE MACRO why(reason) AS regexp_replace(
    regexp_replace(reason, '(?s)near duplicate of .*', 'near duplicate'), '(?s)^(contaminated|quarantined): .*', '\1');

-- Who decides what is right: a model, where the answer key names the verifier judge, or else a rule.
CREATE MACRO decider(verifier) AS CASE verifier WHEN 'judge' THEN 'judge' ELSE 'rule' END;

-- A corrected answer key is a newer row; the newest one decides.
CREATE VIEW current_keys AS
    SELECT * FROM answer_keys
    QUALIFY row_number() OVER (PARTITION BY problem_id ORDER BY created_at DESC, key_id) = 1;

-- One opinion per subject, check and settings: the highest version; within it decided before undecided; then the
-- newest. An opinion based on an answer key that has been corrected since does not count.
CREATE VIEW latest_verdicts AS
    SELECT v.* FROM verdicts v LEFT JOIN current_keys k USING (problem_id)
    WHERE v.key_id IS NULL OR v.key_id = k.key_id
    QUALIFY row_number() OVER (
        PARTITION BY v.problem_id, v.trace_id, v.step, v.against, v.check_name, v.settings_hash
        ORDER BY v.version DESC, v.outcome = 'undecided', v.created_at DESC) = 1;

-- Where a check's newest opinion of a trace has another outcome than the one before it: another version, settings or
-- answer key, or an undecided one that was asked again. What never counted is passed over: an older version's word after
-- a newer one's, and an undecided one after a decided one of the same question. Opinions under today's answer key come
-- last, also where it has come back; of one moment the higher version does.
CREATE VIEW flips AS
    WITH counted AS (
        SELECT * FROM verdicts WHERE trace_id IS NOT NULL AND step IS NULL
        QUALIFY version = max(version) OVER (PARTITION BY trace_id, check_name, settings_hash ORDER BY created_at)
            AND (outcome <> 'undecided' OR NOT bool_or(outcome <> 'undecided') OVER (
                PARTITION BY trace_id, check_name, settings_hash, version, key_id ORDER BY created_at))
    ), placed AS (
        SELECT c.*, row_number() OVER newest AS place, lead(
            {'version': version, 'settings': settings_hash, 'key': c.key_id, 'outcome': outcome, 'reason': reason}
        ) OVER newest AS before
        FROM counted c LEFT JOIN current_keys k USING (problem_id)
        WINDOW newest AS (
            PARTITION BY trace_id, check_name
            ORDER BY c.key_id IS NULL OR coalesce(c.key_id = k.key_id, false) DESC, c.created_at DESC, version DESC,
                outcome = 'undecided', settings_hash, c.key_id)
    )
    SELECT trace_id, problem_id, check_name, before.version AS from_version, version AS to_version,
        before.settings AS from_settings, settings_hash AS to_settings, before.key AS from_key, key_id AS to_key,
        before.outcome AS from_outcome, outcome AS to_outcome, before.reason AS from_reason, reason AS to_reason,
        run_id, created_at AS at
    FROM placed WHERE place = 1 AND before.outcome <> outcome;

-- Problems whose current answer key some verdict found to be of no use, or whose verifier refuses the key's own answer:
-- nothing more is asked of them, and nothing of theirs counts, until the key is corrected. Of several settings the newest
-- opinion speaks, and a key that passes anew (under a better verifier) speaks for the verdicts before it.
CREATE VIEW quarantined AS
    WITH opinions AS (
        SELECT v.* FROM verdicts v SEMI JOIN (
            FROM verdicts WHERE reason IN ('unusable_key', 'refuses_its_reference')) suspect USING (problem_id)
        JOIN current_keys k USING (problem_id, key_id)
        QUALIFY row_number() OVER (
            PARTITION BY problem_id, trace_id, check_name, settings_hash
            ORDER BY v.version DESC, v.outcome = 'undecided', v.created_at DESC) = 1
    ), newest AS (
        SELECT *, max(created_at) FILTER (check_name = 'key' AND outcome = 'pass') OVER (PARTITION BY problem_id) AS freed
        FROM opinions QUALIFY row_number() OVER (
            PARTITION BY problem_id, trace_id, check_name ORDER BY created_at DESC, settings_hash) = 1
    ), against AS (
        SELECT problem_id, arg_max(reason, created_at) AS reason, arg_max(detail ->> 'says', created_at) AS says,
            count(DISTINCT trace_id) AS traces
        FROM newest WHERE reason IN ('unusable_key', 'refuses_its_reference') AND (freed IS NULL OR created_at > freed)
        GROUP BY problem_id
    )
    SELECT problem_id, p.source, k.key_id, k.verifier, reason, says, traces
    FROM against JOIN current_keys k USING (problem_id) LEFT JOIN problems p USING (problem_id) ORDER BY problem_id;

-- Questions of benchmarks that stand in problems: one line a problem and question, by the problem's newest examination.
-- methods are all that found it, the strongest first; span is the part of the prompt, from span_start to before span_end.
CREATE VIEW contamination AS
    WITH newest AS (
        SELECT * FROM verdicts WHERE check_name = 'contamination'
        QUALIFY settings_hash = first_value(settings_hash) OVER (
            PARTITION BY problem_id ORDER BY created_at DESC, settings_hash)
    )
    SELECT v.problem_id, p.source, p.domain, p.split, v.detail ->> 'benchmark' AS benchmark, v.detail ->> 'item' AS item,
        v.reason AS method, v.score, v.detail ->> '$.span.text' AS span,
        (v.detail ->> '$.span.start')::BIGINT AS span_start, (v.detail ->> '$.span.end')::BIGINT AS span_end,
        v.detail ->> 'question' AS question, v.detail ->> '$.methods[*].method' AS methods,
        v.against, v.settings_hash, v.version, v.run_id, v.created_at
    FROM newest v LEFT JOIN problems p USING (problem_id) WHERE v.outcome = 'fail'
    ORDER BY benchmark, item, v.problem_id;
