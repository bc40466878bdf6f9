-- What everything else is asked through: splitting a completion, current keys, latest verdicts.

-- thinking('<think>a</think> b') = 'a', response(...) = 'b'; the same rules as warehouse/text.py, version 1.
CREATE MACRO thinking(completion) AS
    CASE WHEN contains(completion, '</think>') THEN trim(
        regexp_replace(regexp_extract(completion, '(?s)^(.*)</think>', 1), '<think>', ''), e' \n\r\t') END;
CREATE MACRO response(completion) AS
    CASE WHEN contains(completion, '</think>') THEN trim(regexp_extract(completion, '(?s)^.*</think>(.*)$', 1), e' \n\r\t')
         WHEN contains(completion, '<think>') THEN NULL
         ELSE trim(completion, e' \n\r\t') END;

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
