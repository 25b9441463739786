-- Series asked for by their own UID: what came under it, whatever its study.

CREATE INDEX instance_by_series_uid ON instance (series_instance_uid) WHERE series_instance_uid IS NOT NULL;
