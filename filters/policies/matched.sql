-- Journeys and controls that belong together: accepted journeys (of one builder, where that is named) that have an accepted
-- control of each kind in controls ('shortcut'; 'shortcut,mixed'), and those controls, one of a kind to a journey. So
-- releases of journeys, of shortcuts and of mixed ones have as many rows each, about the same problems; pairs of them at
-- most, where that is said.
WITH controls AS (
    SELECT trace_id, m.kind, m.parents [1] AS journey FROM marks m JOIN acceptance a USING (trace_id)
    WHERE m.kind IN ('shortcut', 'mixed') AND a.accepted
    QUALIFY row_number() OVER (PARTITION BY m.parents [1], m.kind ORDER BY trace_id) = 1
), complete AS (
    SELECT trace_id FROM marks m JOIN acceptance a USING (trace_id)
    WHERE m.kind = 'journey' AND a.accepted AND m.strategy = coalesce(nullif(getvariable('builder'), ''), m.strategy)
        AND trace_id IN (
            SELECT journey FROM controls GROUP BY journey
            HAVING list_has_all(list(kind), string_split(coalesce(getvariable('controls'), 'shortcut'), ',')))
    -- Ids are hashes: their order is a draw.
    QUALIFY row_number() OVER (ORDER BY trace_id) <= coalesce(getvariable('pairs'), 9223372036854775807)
)
FROM complete
UNION ALL SELECT trace_id FROM controls WHERE journey IN (FROM complete)
