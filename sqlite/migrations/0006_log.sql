-- How the newest attempt went in detail: see detail.go.
ALTER TABLE delivery ADD COLUMN last_detail BLOB NOT NULL DEFAULT x'';
ALTER TABLE attempt ADD COLUMN detail BLOB NOT NULL DEFAULT x'';

-- The delivery that this one repeats; -1: its event had none for this handler.
ALTER TABLE delivery ADD COLUMN replay_of INTEGER NOT NULL DEFAULT 0;
CREATE INDEX delivery_replay ON delivery (replay_of, id) WHERE replay_of > 0;
