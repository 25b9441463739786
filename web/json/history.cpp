/// History: rows of the history as the API and the CSV export show them.
#include "web/json/history.h"

#include <boost/json/parse.hpp>

#include "web/json/values.h"

namespace web::json {
namespace {

using boost::json::value;

value detail_of(const std::string& detail) {
    boost::system::error_code code;
    value parsed = boost::json::parse(detail, code);
    if (code || !parsed.is_object()) return or_null(detail);
    return parsed;
}

}  // namespace

boost::json::object history_row(const outbox::HistoryRow& row) {
    return {{"sequence", row.sequence},
            {"node", row.node},
            {"at", text_of(row.at)},
            {"event", row.event},
            {"actor", or_null(row.actor)},
            {"destination", or_null(row.destination)},
            {"job", row.job ? value(row.job->value) : value(nullptr)},
            {"instance", row.instance ? value(row.instance->value) : value(nullptr)},
            {"sop_instance_uid", or_null(row.sop_instance_uid)},
            {"digest", or_null(row.digest)},
            {"detail", detail_of(row.detail)},
            {"previous_hash", hex_of(row.previous_hash)},
            {"hash", hex_of(row.hash)}};
}

boost::json::object verification(const outbox::Verification& found) {
    return {{"intact", !found.broken_at && found.anchor_found},
            {"rows", found.rows},
            {"broken_at", found.broken_at ? value(*found.broken_at) : value(nullptr)},
            {"anchor_found", found.anchor_found},
            {"tip", hex_of(found.tip)}};
}

}  // namespace web::json
