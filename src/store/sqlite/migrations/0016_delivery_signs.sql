-- By what a repeat of a delivery is known, in one tree instead of two indexes of `deliveries`: signs lie in no order, so each new
-- one would write a page of its own. They are gathered in memory and moved here many at a time, see `gatherSigns`.
CREATE TABLE delivery_signs (
  endpoint TEXT NOT NULL,
  -- Text: the id that its sender gave it. Bytes: SHA-256 of its kind of event and its body.
  sign ANY NOT NULL,
  delivery_seq INTEGER NOT NULL,
  PRIMARY KEY (endpoint, sign)
) STRICT, WITHOUT ROWID;
INSERT INTO delivery_signs SELECT endpoint, sender_id, seq FROM deliveries INDEXED BY deliveries_by_sender
  WHERE dedupe = 1 AND sender_id IS NOT NULL ORDER BY endpoint, sender_id;
INSERT INTO delivery_signs SELECT endpoint, fingerprint, seq FROM deliveries INDEXED BY deliveries_by_fingerprint
  WHERE dedupe = 1 AND fingerprint IS NOT NULL ORDER BY endpoint, fingerprint;
DROP INDEX deliveries_by_sender;
DROP INDEX deliveries_by_fingerprint;

-- The last delivery whose signs, and those of all before it, are in `delivery_signs`.
CREATE TABLE signs_moved (one INTEGER PRIMARY KEY CHECK (one = 1), up_to INTEGER NOT NULL) STRICT;
INSERT INTO signs_moved (one, up_to) SELECT 1, coalesce(max(seq), 0) FROM deliveries;

CREATE TRIGGER delivery_signs_end AFTER DELETE ON deliveries WHEN OLD.dedupe = 1
BEGIN
  DELETE FROM delivery_signs WHERE endpoint = OLD.endpoint AND sign IN (OLD.sender_id, OLD.fingerprint);
END;

-- Once the last rows are gone, their numbers are given again.
CREATE TRIGGER signs_moved_no_further AFTER DELETE ON deliveries
WHEN NOT EXISTS (SELECT 1 FROM deliveries WHERE seq > OLD.seq)
BEGIN
  UPDATE signs_moved SET up_to = min(up_to, OLD.seq - 1);
END;
