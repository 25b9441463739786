-- Users: who may log in to the pages and call the API, and the tokens that programs come with.

CREATE TABLE user (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'auditor', 'admin')),
    password TEXT NOT NULL, -- what scrypt made of it, with its salt; '' once the user is removed
    added_at_ms INTEGER NOT NULL,
    added_by TEXT NOT NULL,
    password_at_ms INTEGER NOT NULL,
    password_by TEXT NOT NULL,
    removed_at_ms INTEGER,
    removed_by TEXT NOT NULL DEFAULT '',
    CHECK ((removed_at_ms IS NULL) = (password <> '')),
    CHECK ((removed_at_ms IS NULL) = (removed_by = ''))
) STRICT;
-- A name that was removed may be given again: the history tells the two apart by their numbers.
CREATE UNIQUE INDEX user_by_name ON user (name) WHERE removed_at_ms IS NULL;

CREATE TABLE token (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'auditor', 'admin', 'monitor')),
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32), -- SHA-256: what is hashed is as long as that by chance
    user_id INTEGER REFERENCES user,                     -- whose it is, and ends with; NULL: made on this machine
    added_at_ms INTEGER NOT NULL,
    added_by TEXT NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    removed_at_ms INTEGER,
    removed_by TEXT NOT NULL DEFAULT '',
    CHECK (expires_at_ms > added_at_ms),
    CHECK ((removed_at_ms IS NULL) = (removed_by = ''))
) STRICT;
CREATE UNIQUE INDEX token_by_name ON token (name) WHERE removed_at_ms IS NULL;
CREATE INDEX token_by_user ON token (user_id) WHERE user_id IS NOT NULL AND removed_at_ms IS NULL;

CREATE TRIGGER user_guard BEFORE UPDATE OF id, name, role, added_at_ms, added_by ON user BEGIN
    SELECT RAISE(ABORT, 'who a user is stays as it was: remove it and add another');
END;
CREATE TRIGGER user_guard_removed BEFORE UPDATE ON user WHEN OLD.removed_at_ms IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a user who was removed does not come back');
END;
CREATE TRIGGER user_no_delete BEFORE DELETE ON user BEGIN
    SELECT RAISE(ABORT, 'a user is never deleted: the history names it');
END;
CREATE TRIGGER token_guard BEFORE UPDATE OF id, name, role, hash, user_id, added_at_ms, added_by, expires_at_ms ON token
BEGIN
    SELECT RAISE(ABORT, 'what a token allows stays as it was');
END;
CREATE TRIGGER token_guard_removed BEFORE UPDATE ON token WHEN OLD.removed_at_ms IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a token that was removed does not come back');
END;
CREATE TRIGGER token_no_delete BEFORE DELETE ON token BEGIN
    SELECT RAISE(ABORT, 'a token is never deleted: the history names it');
END;

-- Each change is one row of the history. Neither a password nor what is made of it is in one.
CREATE TRIGGER user_added AFTER INSERT ON user BEGIN
    INSERT INTO history_entry
    VALUES (NEW.added_at_ms, 'user_added', NEW.added_by, NULL, NULL, '', '', '',
        detail('user', NEW.name, 'number', NEW.id, 'role', NEW.role));
END;
CREATE TRIGGER user_password AFTER UPDATE OF password ON user WHEN NEW.removed_at_ms IS NULL BEGIN
    INSERT INTO history_entry
    VALUES (NEW.password_at_ms, 'password_changed', NEW.password_by, NULL, NULL, '', '', '',
        detail('user', NEW.name, 'number', NEW.id));
END;
-- Tokens end with their user, first.
CREATE TRIGGER user_removed AFTER UPDATE OF removed_at_ms ON user BEGIN
    UPDATE token SET removed_at_ms = NEW.removed_at_ms, removed_by = NEW.removed_by
    WHERE user_id = NEW.id AND removed_at_ms IS NULL;
    INSERT INTO history_entry
    VALUES (NEW.removed_at_ms, 'user_removed', NEW.removed_by, NULL, NULL, '', '', '',
        detail('user', NEW.name, 'number', NEW.id, 'role', NEW.role));
END;
CREATE TRIGGER token_added AFTER INSERT ON token BEGIN
    INSERT INTO history_entry
    SELECT NEW.added_at_ms, 'token_added', NEW.added_by, NULL, NULL, '', '', '',
        detail('token', NEW.name, 'number', NEW.id, 'role', NEW.role, 'user',
            coalesce((SELECT name FROM user WHERE id = NEW.user_id), ''), 'expires_at_ms', NEW.expires_at_ms);
END;
CREATE TRIGGER token_removed AFTER UPDATE OF removed_at_ms ON token BEGIN
    INSERT INTO history_entry
    VALUES (NEW.removed_at_ms, 'token_removed', NEW.removed_by, NULL, NULL, '', '', '',
        detail('token', NEW.name, 'number', NEW.id, 'role', NEW.role));
END;
