CREATE TABLE outgoing_webhook (
    id      INTEGER PRIMARY KEY,
    portal  INTEGER NOT NULL REFERENCES portal,
    user    INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    sealed  BLOB    NOT NULL,
    created INTEGER NOT NULL,
    ended   INTEGER NOT NULL
) STRICT;
