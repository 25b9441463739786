/// The SQL of the series: where one is, and its instances as somebody looks through them.
#include "outbox/view_statements.h"

// Literals joined by the compiler, so that a page and the whole cannot come to differ in what they are and in order.
// An IS is digits with a sign (PS3.5 6.2), but any text may have come: what is no number goes behind those that are.
#define NUMBER(i)                                              \
    " CASE WHEN " i ".instance_number <> '' AND ltrim(trim(" i \
    ".instance_number), '+-0123456789') = ''"                  \
    " THEN CAST(" i ".instance_number AS INTEGER) ELSE 9223372036854775807 END"

// The newest version decides to which series an instance belongs, so an older one in this series is not of it any more.
#define OF_SERIES                                                               \
    "\nFROM instance AS i INDEXED BY instance_by_series"                        \
    "\nWHERE i.study_instance_uid = :study AND i.series_instance_uid = :series" \
    "\n    AND NOT EXISTS (SELECT 1 FROM instance AS newer"                     \
    "\n                    WHERE newer.sop_instance_uid = i.sop_instance_uid AND newer.version > i.version)"

namespace outbox::sql {

const char* const series_study = R"sql(
SELECT study_instance_uid
FROM instance INDEXED BY instance_by_series_uid
WHERE series_instance_uid = :series AND study_instance_uid IS NOT NULL
ORDER BY id
LIMIT 1
)sql";

const char* const series_row = R"sql(
SELECT coalesce(series_instance_uid, ''), min(modality), min(series_number), min(series_description),
    count(DISTINCT sop_instance_uid), count(*), sum(blob_state = 'kept'), sum(bytes)
FROM instance INDEXED BY instance_by_series
WHERE study_instance_uid = :study AND series_instance_uid = :series
GROUP BY series_instance_uid
)sql";

const char* const series_instances = "SELECT i.id" OF_SERIES
    "\n    AND (:after IS NULL OR (" NUMBER("i") ", i.id) >"
    "\n         (SELECT " NUMBER("a") ", a.id FROM instance AS a WHERE a.id = :after))"
    "\nORDER BY" NUMBER("i") ", i.id"
    "\nLIMIT :limit";

const char* const series_members = "SELECT i.sop_instance_uid, i.sop_class_uid, i.blob_state = 'kept'" OF_SERIES
    "\nORDER BY" NUMBER("i") ", i.id"
    "\nLIMIT :limit";

}  // namespace outbox::sql
