-- Jobs whose blob for their destination is being made are set aside, so that the others go on.

INSERT INTO reason VALUES ('being_prepared', 1);
