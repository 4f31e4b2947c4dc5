-- A destination goes with the last handler that leads there.
CREATE INDEX handler_destination ON handler (destination);

DELETE FROM outage WHERE destination NOT IN (SELECT destination FROM handler);
DELETE FROM destination WHERE id NOT IN (SELECT destination FROM handler);
