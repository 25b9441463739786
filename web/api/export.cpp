/// Export: the history as a file, oldest first, streamed: jsonl can be verified, csv can be opened.
#include "outbox/history.h"
#include "web/api/routes.h"
#include "web/api/subject.h"
#include "web/csv.h"
#include "web/error.h"
#include "web/filters.h"
#include "web/json/values.h"
#include "web/problem.h"

namespace web::api {
namespace {

using Line = std::string (*)(const outbox::HistoryRow&);

std::string csv_row(const outbox::HistoryRow& row) {
    const std::string sequence = std::to_string(row.sequence), at = json::text_of(row.at);
    const std::string instance = row.instance ? std::to_string(row.instance->value) : "";
    const std::string job = row.job ? std::to_string(row.job->value) : "";
    const std::string previous = json::hex_of(row.previous_hash), hash = json::hex_of(row.hash);
    return csv_line({sequence, row.node, at, row.event, row.actor, row.destination, job, instance, row.sop_instance_uid,
                     row.digest, row.detail, previous, hash});
}

std::string json_row(const outbox::HistoryRow& row) {
    std::string line = outbox::to_jsonl(row);
    if (!line.ends_with('\n')) line += '\n';
    return line;
}

/// Gathers lines into pieces, so that a row is not a packet.
void write_rows(const outbox::HistoryFilter& filter, const Deps& deps, std::string piece, Line line,
                const Write& write) {
    bool is_stopped = false;
    deps.views().export_history(filter, [&](const outbox::HistoryRow& row) {
        is_stopped = deps.stop.stop_requested();
        piece += line(row);
        if (piece.size() < stream_piece_bytes) return !is_stopped;
        const bool is_wanted = write(piece);
        piece.clear();
        return is_wanted && !is_stopped;
    });
    if (is_stopped) throw Error(Errc::unavailable, "the broker is stopping");
    if (!piece.empty()) write(piece);
}

Response streamed(const Request& request, const Deps& deps, std::string_view type, std::string_view name,
                  std::string head, Line line) {
    const auto filter = parse_history_filter(request.target.query, deps.now);
    if (!filter) return bad_request(filter.fault());
    if (const auto fault = unknown_destination(deps.views(), filter->destination)) return bad_request(*fault);
    Response response;
    response.content_type = type;
    response.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + std::string(name) + "\"");
    response.stream = [filter = *filter, &deps, head = std::move(head), line](const Write& write) {
        write_rows(filter, deps, head, line, write);
    };
    return response;
}

}  // namespace

Response history_csv(const Request& request, const Deps& deps) {
    std::string head = csv_line({"sequence", "node", "at", "event", "actor", "destination", "job", "instance",
                                 "sop_instance_uid", "digest", "detail", "previous_hash", "hash"});
    return streamed(request, deps, "text/csv; charset=utf-8; header=present", "history.csv", std::move(head), csv_row);
}

Response history_jsonl(const Request& request, const Deps& deps) {
    return streamed(request, deps, "application/jsonl", "history.jsonl", {}, json_row);
}

}  // namespace web::api
