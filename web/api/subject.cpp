/// Subject: which job and which verb a path or a body names.
#include "web/api/subject.h"

#include <charconv>

namespace web::api {

std::optional<outbox::JobId> parse_job_id(std::string_view text) {
    outbox::JobId id;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), id.value);
    if (code != std::errc() || end != text.data() + text.size() || id.value < 1) return std::nullopt;
    return id;
}

std::optional<outbox::Verb> parse_act(std::string_view word) {
    using outbox::Verb;
    const auto verb = outbox::parse_verb(word);
    if (!verb) return std::nullopt;
    switch (*verb) {
        case Verb::hold:
        case Verb::release:
        case Verb::retry:
        case Verb::cancel:
        case Verb::resend:
        case Verb::adopt:
            return verb;
        default:
            return std::nullopt;
    }
}

}  // namespace web::api
