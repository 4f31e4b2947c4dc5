-- The index of the log is written behind it, one part after the other: see
-- posting.go. kind is 1 for deliveries, 2 for events; the parts of a kind follow
-- each other without a gap.
CREATE TABLE log_part (
    kind  INTEGER NOT NULL,
    first INTEGER NOT NULL, -- identities, both included
    last  INTEGER NOT NULL,
    since INTEGER NOT NULL, -- times of the events
    until INTEGER NOT NULL,
    -- Of a part of events: no delivery before this one is of an event in it or
    -- after it.
    mark  INTEGER NOT NULL,
    -- Retention: the unserved events are removed; when to look at what it left.
    pruned INTEGER NOT NULL DEFAULT 0,
    again  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, first)
) STRICT, WITHOUT ROWID;

-- id is the first identity of the part times 64, plus the number of the bucket.
CREATE TABLE delivery_posting (id INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;
CREATE TABLE event_posting (id INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;

CREATE INDEX delivery_ended ON delivery (state, id) WHERE state IN (2, 3);
