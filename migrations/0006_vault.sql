-- How a provider key did when it was last tried: `OK`, or the code of the refusal that a chat would get.
ALTER TABLE credentials ADD COLUMN tested_at INTEGER;
ALTER TABLE credentials ADD COLUMN test_code TEXT;

-- By the id of the key-encryption key, so that a sweep finds what an older key has sealed without reading the rest.
CREATE INDEX credentials_by_kek ON credentials (substr(sealed, 4, instr(substr(sealed, 4), '.') - 1));
CREATE INDEX keys_by_kek ON keys (substr(sealed, 4, instr(substr(sealed, 4), '.') - 1));
