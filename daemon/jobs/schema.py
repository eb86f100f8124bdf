"""The tables of the job queue, as steps from each version to the next."""

SCHEMA = (
    """
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    prompt TEXT NOT NULL,
    settings TEXT NOT NULL,
    source TEXT NOT NULL,
    turn TEXT,
    status TEXT NOT NULL DEFAULT 'queued',
    attempts INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    picture TEXT,
    created REAL NOT NULL,
    started REAL,
    finished REAL
);
CREATE INDEX jobs_by_status ON jobs (status, id)
""",
    "ALTER TABLE jobs ADD COLUMN interruptions INTEGER NOT NULL DEFAULT 0",
    # The triggers write the history in the transaction that changes the job: neither without the
    # other, whoever changes it.
    """
ALTER TABLE jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
UPDATE jobs SET priority = 1 WHERE source <> 'inbox';
DROP INDEX jobs_by_status;
CREATE INDEX jobs_by_turn ON jobs (status, priority DESC, id);
CREATE TABLE transitions (
    id INTEGER PRIMARY KEY,
    job INTEGER NOT NULL REFERENCES jobs (id),
    status TEXT NOT NULL,
    reason TEXT,
    at REAL NOT NULL
);
CREATE INDEX transitions_by_job ON transitions (job, id);
INSERT INTO transitions (job, status, reason, at)
    SELECT id, status, reason, coalesce(finished, started, created) FROM jobs;
CREATE TRIGGER job_added AFTER INSERT ON jobs BEGIN
    INSERT INTO transitions (job, status, reason, at)
        VALUES (NEW.id, NEW.status, NEW.reason, (julianday('now') - 2440587.5) * 86400.0);
END;
CREATE TRIGGER job_changed AFTER UPDATE OF status ON jobs BEGIN
    INSERT INTO transitions (job, status, reason, at)
        VALUES (NEW.id, NEW.status, NEW.reason, (julianday('now') - 2440587.5) * 86400.0);
END
""",
)
