-- Replays and cancellations of many: few, and those that ended only for a while.
CREATE TABLE job (
    id      INTEGER PRIMARY KEY,
    kind    TEXT    NOT NULL,
    search  TEXT    NOT NULL,
    state   TEXT    NOT NULL,
    rate    REAL    NOT NULL,
    again   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    upto    INTEGER NOT NULL,
    done    INTEGER NOT NULL,
    skipped TEXT    NOT NULL,
    created INTEGER NOT NULL,
    ended   INTEGER NOT NULL
) STRICT;
