-- Times are milliseconds since 1970 in UTC. Ids of incidents, escalations and runs are their 60 bits as an integer, so that the start of an
-- id is a range. `incident` means incidents.place unless it says otherwise: places rise, so that the rows of one time lie together.
-- JSON is written by Watchfire alone and never queried by SQLite, but for the clean-up.

CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    seen_at INTEGER NOT NULL,
    digest BLOB NOT NULL,
    generation INTEGER NOT NULL,
    event_seen_at INTEGER,
    event_digest BLOB,
    received_at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    incident INTEGER, -- incidents.id, which outlives the incident
    packing INTEGER NOT NULL, -- 0 as it came, 1 zstd
    length INTEGER NOT NULL, -- of the body as it came
    resource TEXT NOT NULL,
    action TEXT NOT NULL,
    trouble TEXT,
    secret TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX deliveries_key ON deliveries (seen_at, digest, generation);
CREATE UNIQUE INDEX deliveries_event ON deliveries (event_seen_at, event_digest) WHERE event_digest IS NOT NULL;
CREATE INDEX deliveries_trouble ON deliveries (id) WHERE trouble IS NOT NULL;

CREATE TABLE incidents (
    place INTEGER PRIMARY KEY, -- the order of opening
    id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    plan INTEGER NOT NULL,
    state TEXT NOT NULL,
    level TEXT NOT NULL,
    project TEXT,
    project_number TEXT,
    external_id TEXT,
    resolved_at INTEGER, -- NULL as long as it lives
    data TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX incidents_id ON incidents (id);
-- Everything that a list is filtered by: a rare filter reads sixty bytes a row instead of two thousand.
CREATE INDEX incidents_list ON incidents (place, state, level, project, project_number);
CREATE INDEX incidents_live ON incidents (place) WHERE resolved_at IS NULL;
CREATE INDEX incidents_over ON incidents (resolved_at) WHERE resolved_at IS NOT NULL;
CREATE INDEX incidents_external ON incidents (external_id) WHERE external_id IS NOT NULL;

-- Sentry issues by their ids, for people who look an incident up by one.
CREATE TABLE issues (
    issue TEXT NOT NULL,
    incident INTEGER NOT NULL,
    PRIMARY KEY (issue, incident)
) STRICT, WITHOUT ROWID;

CREATE TABLE identities (
    key TEXT PRIMARY KEY,
    incident INTEGER,
    transition TEXT,
    transition_at INTEGER,
    resolved_as_of INTEGER,
    last_signal_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE timeline (
    id INTEGER PRIMARY KEY,
    incident INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    event TEXT NOT NULL,
    why TEXT -- numbers and a rule, at most 600 bytes; the words are made on reading
) STRICT;
CREATE INDEX timeline_incident ON timeline (incident, id);

-- Timers and outbox in one: what is due, at which time, for whom.
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    incident INTEGER NOT NULL,
    kind TEXT NOT NULL, -- 'wake', or the word of the work
    rank INTEGER NOT NULL, -- 0 a page, 1 other work, 2 a wake
    lane TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    ready_at INTEGER NOT NULL, -- when it can be claimed: its due time, or the end of its lease
    first_due INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    token INTEGER NOT NULL,
    state TEXT NOT NULL, -- waiting, leased, done, dead, dropped
    plan INTEGER, -- of a wake
    work TEXT, -- of anything but a wake
    trouble TEXT
) STRICT;
CREATE UNIQUE INDEX tasks_wake ON tasks (incident) WHERE kind = 'wake';
CREATE INDEX tasks_ready ON tasks (rank, ready_at) WHERE state IN ('waiting', 'leased');
CREATE INDEX tasks_dead ON tasks (due_at) WHERE state = 'dead';
-- A wake is found by tasks_wake; it need not stand in a second index.
CREATE INDEX tasks_incident ON tasks (incident) WHERE rank < 2;

CREATE TABLE agent_runs (
    place INTEGER PRIMARY KEY,
    id INTEGER NOT NULL,
    incident INTEGER NOT NULL,
    phase TEXT NOT NULL,
    data TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX agent_runs_id ON agent_runs (id);
CREATE INDEX agent_runs_incident ON agent_runs (incident);

CREATE TABLE escalations (
    place INTEGER PRIMARY KEY,
    id INTEGER NOT NULL,
    incident INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    level TEXT NOT NULL,
    state TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    rungs INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER,
    first_delivered_at INTEGER,
    acknowledged_at INTEGER,
    ended_at INTEGER,
    synthetic INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX escalations_id ON escalations (id);
CREATE INDEX escalations_incident ON escalations (incident);
CREATE INDEX escalations_live ON escalations (place) WHERE state NOT IN ('resolved', 'superseded');

CREATE TABLE messages (
    incident INTEGER NOT NULL,
    channel TEXT NOT NULL,
    receipt TEXT NOT NULL,
    PRIMARY KEY (incident, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE policies (
    hash TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    kept_at INTEGER NOT NULL
) STRICT;

-- One row. The floors are the highest numbers that a clean-up ever deleted: a number is never given out twice.
CREATE TABLE process (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    beat_at INTEGER,
    delivery_floor INTEGER NOT NULL DEFAULT 0,
    place_floor INTEGER NOT NULL DEFAULT 0,
    task_floor INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO process (id) VALUES (1);
