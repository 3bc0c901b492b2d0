-- What people order for a time, what channels and people were asked for lately, work that goes out together, and the figures of escalations.
-- New columns are NULL or 0 until they are known, so rows of the version before stay as they are, and it goes on writing beside them.

-- Silences, maintenance windows and overrides. One that is written again keeps its place: places are in the order of the first word.
CREATE TABLE standing (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL, -- as people see it: its prefix keeps the kinds apart
    kind TEXT NOT NULL, -- silence, override
    ends_at INTEGER, -- when it is over for good; NULL while nobody can tell
    data TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX standing_id ON standing (id);
-- The revision of all orders: +1 with each save that changes any.
ALTER TABLE process ADD COLUMN standing INTEGER NOT NULL DEFAULT 0;

CREATE TABLE attention (
    key TEXT PRIMARY KEY, -- channel:…, contact:… or role:…
    last_at INTEGER, -- the latest time in it; NULL for a count of turns, which never grows old
    data TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The 60 bits of the bundle that a page or an update goes in.
ALTER TABLE tasks ADD COLUMN bundle INTEGER;
CREATE INDEX tasks_bundle ON tasks (bundle, lane) WHERE bundle IS NOT NULL;

-- Steps of the ladder that ran, those of them that ran in time, and what became of pages.
ALTER TABLE escalations ADD COLUMN steps INTEGER NOT NULL DEFAULT 0;
ALTER TABLE escalations ADD COLUMN steps_on_time INTEGER NOT NULL DEFAULT 0;
ALTER TABLE escalations ADD COLUMN pages_delivered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE escalations ADD COLUMN pages_failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE escalations ADD COLUMN response_due_at INTEGER;
ALTER TABLE escalations ADD COLUMN interruptions INTEGER NOT NULL DEFAULT 0;
-- When the opening began, when its first rung that ran was due, when the ladder was exhausted.
ALTER TABLE escalations ADD COLUMN opened_at INTEGER;
ALTER TABLE escalations ADD COLUMN first_due_at INTEGER;
ALTER TABLE escalations ADD COLUMN exhausted_at INTEGER;
ALTER TABLE escalations ADD COLUMN resolved_by TEXT; -- person, sentry, fix, quiet, age
-- Signals of the incident: as it was armed, and as this was written last.
ALTER TABLE escalations ADD COLUMN signals_before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE escalations ADD COLUMN signals INTEGER NOT NULL DEFAULT 0;
