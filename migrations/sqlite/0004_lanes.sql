-- Due work is found lane by lane: what waits for a receiver that is away is not read again and again for the others.
DROP INDEX tasks_ready;
CREATE INDEX tasks_ready ON tasks (rank, lane, ready_at) WHERE state IN ('waiting', 'leased');
