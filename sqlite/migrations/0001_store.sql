-- Times are milliseconds since 1970, 0 for none. Lists and options are JSON.

CREATE TABLE portal (
    id         INTEGER PRIMARY KEY,
    member_id  TEXT    NOT NULL UNIQUE,
    domain     TEXT    NOT NULL UNIQUE,
    public_url TEXT    NOT NULL,
    language   TEXT    NOT NULL,
    time_zone  TEXT    NOT NULL,
    settings   TEXT    NOT NULL,
    created    INTEGER NOT NULL
) STRICT;

CREATE TABLE user (
    portal    INTEGER NOT NULL REFERENCES portal,
    id        INTEGER NOT NULL,
    active    INTEGER NOT NULL,
    admin     INTEGER NOT NULL,
    email     TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    last_name TEXT    NOT NULL,
    time_zone TEXT    NOT NULL,
    password  TEXT    NOT NULL,
    epoch     INTEGER NOT NULL,
    created   INTEGER NOT NULL,
    PRIMARY KEY (portal, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE application (
    id           INTEGER PRIMARY KEY,
    client_id    TEXT    NOT NULL UNIQUE,
    secret_hash  BLOB    NOT NULL,
    name         TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    ui           INTEGER NOT NULL,
    rotate_token TEXT    NOT NULL,
    created      INTEGER NOT NULL
) STRICT;

CREATE TABLE version (
    application INTEGER NOT NULL REFERENCES application,
    ordinal     INTEGER NOT NULL,
    text        TEXT    NOT NULL,
    scope       TEXT    NOT NULL,
    app_url     TEXT    NOT NULL,
    install_url TEXT    NOT NULL,
    event_url   TEXT    NOT NULL,
    PRIMARY KEY (application, ordinal),
    UNIQUE (application, text)
) STRICT, WITHOUT ROWID;

CREATE TABLE installation (
    id           INTEGER PRIMARY KEY,
    portal       INTEGER NOT NULL REFERENCES portal,
    application  INTEGER NOT NULL REFERENCES application,
    version      INTEGER NOT NULL,
    scope        TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    installed    INTEGER NOT NULL,
    expired      INTEGER NOT NULL,
    paid_until   INTEGER NOT NULL,
    language     TEXT    NOT NULL,
    installed_by INTEGER NOT NULL,
    epoch        INTEGER NOT NULL,
    sealed       BLOB    NOT NULL,
    created      INTEGER NOT NULL,
    ended        INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX installation_standing
    ON installation (portal, application) WHERE ended = 0;

CREATE TABLE incoming_webhook (
    id        INTEGER PRIMARY KEY,
    portal    INTEGER NOT NULL REFERENCES portal,
    user      INTEGER NOT NULL,
    code_hash BLOB    NOT NULL,
    scope     TEXT    NOT NULL,
    created   INTEGER NOT NULL,
    ended     INTEGER NOT NULL
) STRICT;

CREATE TABLE destination (
    id           INTEGER PRIMARY KEY,
    portal       INTEGER NOT NULL REFERENCES portal,
    installation INTEGER NOT NULL,
    webhook      INTEGER NOT NULL,
    url          TEXT    NOT NULL,
    options      TEXT    NOT NULL,
    created      INTEGER NOT NULL,
    UNIQUE (installation, webhook, url)
) STRICT;

CREATE TABLE handler (
    id           INTEGER PRIMARY KEY,
    portal       INTEGER NOT NULL REFERENCES portal,
    installation INTEGER NOT NULL,
    webhook      INTEGER NOT NULL,
    event        TEXT    NOT NULL,
    url          TEXT    NOT NULL,
    user         INTEGER NOT NULL,
    connector    TEXT    NOT NULL,
    offline      INTEGER NOT NULL,
    platform     INTEGER NOT NULL,
    destination  INTEGER NOT NULL,
    base         TEXT    NOT NULL,
    created      INTEGER NOT NULL,
    disabled     TEXT    NOT NULL,
    ended        INTEGER NOT NULL,
    ended_by     TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX handler_standing
    ON handler (installation, webhook, event, url, user, connector, offline) WHERE ended = 0;

CREATE TABLE event (
    id          INTEGER PRIMARY KEY,
    portal      INTEGER NOT NULL,
    code        TEXT    NOT NULL,
    data        BLOB    NOT NULL,
    actor       INTEGER NOT NULL,
    object_type TEXT    NOT NULL,
    object_id   TEXT    NOT NULL,
    time        INTEGER NOT NULL,
    depth       INTEGER NOT NULL,
    chain_start INTEGER NOT NULL,
    -- No delivery before this one is the event's. Those that were added right
    -- after it lie between here and the next event's; the others have an index.
    deliveries  INTEGER NOT NULL,
    verdicts    TEXT
) STRICT;

CREATE TABLE delivery (
    id          INTEGER PRIMARY KEY,
    seq         INTEGER NOT NULL,
    lane        INTEGER NOT NULL,
    event       INTEGER NOT NULL,
    portal      INTEGER NOT NULL,
    handler     INTEGER NOT NULL,
    destination INTEGER NOT NULL,
    deadline    INTEGER NOT NULL,
    state       INTEGER NOT NULL,
    verdict     TEXT    NOT NULL,
    attempts    INTEGER NOT NULL,
    retries     INTEGER NOT NULL,
    due         INTEGER NOT NULL,
    last_time   INTEGER NOT NULL,
    last_status INTEGER NOT NULL,
    last_took   INTEGER NOT NULL,
    last_error  TEXT    NOT NULL,
    later       INTEGER NOT NULL, -- added after another event was
    -- Bytes held free for the outcome, so that settling splits no page.
    room        BLOB    NOT NULL
) STRICT;

CREATE INDEX delivery_waiting ON delivery (destination, seq, handler) WHERE state = 0;
CREATE INDEX delivery_later ON delivery (event) WHERE later = 1;

-- Failed attempts, and the success that came after failures. A success at the
-- first attempt is told by the delivery's row alone.
CREATE TABLE attempt (
    delivery INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    time     INTEGER NOT NULL,
    status   INTEGER NOT NULL,
    took     INTEGER NOT NULL,
    error    TEXT    NOT NULL,
    PRIMARY KEY (delivery, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE token_family (
    portal       INTEGER NOT NULL,
    id           INTEGER NOT NULL,
    installation INTEGER NOT NULL,
    user         INTEGER NOT NULL,
    generation   INTEGER NOT NULL,
    time         INTEGER NOT NULL,
    PRIMARY KEY (portal, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE answer (
    portal  INTEGER NOT NULL,
    key     TEXT    NOT NULL,
    digest  BLOB    NOT NULL,
    body    BLOB    NOT NULL,
    time    INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (portal, key)
) STRICT;

CREATE INDEX answer_expires ON answer (expires);

CREATE TABLE record (
    portal INTEGER NOT NULL,
    kind   TEXT    NOT NULL,
    id     INTEGER NOT NULL,
    fields TEXT    NOT NULL,
    PRIMARY KEY (portal, kind, id)
) STRICT, WITHOUT ROWID;

-- No number up to high is drawn again under this name.
CREATE TABLE counter (
    name TEXT    NOT NULL PRIMARY KEY,
    high INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE stats (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    events    INTEGER NOT NULL,
    waiting   INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    failed    INTEGER NOT NULL,
    cancelled INTEGER NOT NULL
) STRICT;

INSERT INTO stats VALUES (1, 0, 0, 0, 0, 0);
