-- Whether the catalog was asked for a placing by one request alone. The catalog's fence refuses before it looks at what is
-- reserved, so that its refusal says that this asking took nothing, and of one before it nothing. Of attempts that are
-- there already, and of those that a process of an older version notes, it is not known.
ALTER TABLE placing_attempts ADD COLUMN asked_once boolean NOT NULL DEFAULT false;
