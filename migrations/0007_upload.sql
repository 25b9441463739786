-- A destination over HTTP may refuse an instance for its size.

INSERT INTO reason VALUES ('too_large', 0);
