-- Steps of a completion. The patterns are those of warehouse/steps.py.

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
