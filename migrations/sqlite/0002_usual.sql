-- What is usual and what people said: baselines and labels of identities, the shapes and releases of projects, truths to measure triage by.
-- Every new column is NULL until it is known, so rows of the version before stay as they are, and it goes on writing beside them.

-- The running hour (hours since 1970), events in it and in the hour before.
ALTER TABLE identities ADD COLUMN hour INTEGER;
ALTER TABLE identities ADD COLUMN events INTEGER;
ALTER TABLE identities ADD COLUMN events_before INTEGER;
-- Learnt from closed hours, in the fixed points of `domain::baseline`.
ALTER TABLE identities ADD COLUMN weight INTEGER;
ALTER TABLE identities ADD COLUMN mean INTEGER;
ALTER TABLE identities ADD COLUMN variance INTEGER;
ALTER TABLE identities ADD COLUMN observed INTEGER;
ALTER TABLE identities ADD COLUMN peak INTEGER;
-- Sentry's last total, and when it was told.
ALTER TABLE identities ADD COLUMN total INTEGER;
ALTER TABLE identities ADD COLUMN total_at INTEGER;
ALTER TABLE identities ADD COLUMN label TEXT;

CREATE TABLE projects (
    key TEXT PRIMARY KEY,
    shape TEXT NOT NULL,
    releases TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Kept for good: the incident is named by its id, because it may be gone.
CREATE TABLE labels (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    incident INTEGER NOT NULL,
    said_by TEXT NOT NULL,
    said TEXT NOT NULL,
    triaged TEXT NOT NULL,
    score INTEGER NOT NULL,
    reason TEXT
) STRICT;

CREATE INDEX labels_at ON labels (at);
