ALTER TABLE application ADD COLUMN delivery TEXT NOT NULL DEFAULT '{}';

-- Destinations whose newest attempts had no success: few, and none in a calm.
CREATE TABLE outage (
    destination INTEGER PRIMARY KEY,
    since       INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    open        INTEGER NOT NULL,
    probes      INTEGER NOT NULL,
    several     INTEGER NOT NULL
) STRICT;
