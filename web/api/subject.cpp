/// Subject: which job a path names, and whether a destination that a filter names was ever known.
#include "web/api/subject.h"

#include <charconv>

namespace web::api {
namespace {

constexpr std::size_t destinations_named_max = 20;

}  // namespace

std::optional<outbox::JobId> parse_job_id(std::string_view text) {
    outbox::JobId id;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), id.value);
    if (code != std::errc() || end != text.data() + text.size() || id.value < 1) return std::nullopt;
    return id;
}

std::optional<Fault> unknown_destination(const outbox::Views& views, const std::optional<std::string>& name) {
    if (!name || views.destination(*name)) return std::nullopt;
    std::string known;
    std::size_t shown = 0;
    for (const outbox::DestinationView& each : views.status().destinations) {
        if (++shown > destinations_named_max) {
            known += ", …";
            break;
        }
        known += (known.empty() ? "" : ", ") + each.name;
    }
    return Fault{"destination", "there is no destination of that name" +
                                    (known.empty() ? ", nor any other yet" : "; there are: " + known)};
}

}  // namespace web::api
