#include "outbox/job.h"

#include <cassert>

namespace outbox {

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::delivered:
            return "delivered";
        case Outcome::transient:
            return "transient";
        case Outcome::needs_a_person:
            return "needs_a_person";
        case Outcome::unknown:
            return "unknown";
        case Outcome::absent:
            return "absent";
        case Outcome::confirmed:
            return "confirmed";
    }
    assert(false && "a value outside of its enumeration");
    return {};
}

std::string_view to_string(Evidence evidence) {
    switch (evidence) {
        case Evidence::response:
            return "response";
        case Evidence::query:
            return "query";
        case Evidence::readback:
            return "readback";
        case Evidence::commitment:
            return "commitment";
        case Evidence::operator_said:
            return "operator";
    }
    assert(false && "a value outside of its enumeration");
    return {};
}

std::string_view to_string(Priority priority) {
    switch (priority) {
        case Priority::high:
            return "high";
        case Priority::normal:
            return "normal";
        case Priority::low:
            return "low";
    }
    assert(false && "a value outside of its enumeration");
    return {};
}

template <class Word, std::size_t N>
static std::optional<Word> parse(std::string_view text, const Word (&all)[N]) {
    for (const Word each : all) {
        if (to_string(each) == text) return each;
    }
    return std::nullopt;
}

std::optional<Outcome> parse_outcome(std::string_view text) {
    return parse(text, {Outcome::delivered, Outcome::transient, Outcome::needs_a_person, Outcome::unknown,
                        Outcome::absent, Outcome::confirmed});
}

std::optional<Evidence> parse_evidence(std::string_view text) {
    return parse(
        text, {Evidence::response, Evidence::query, Evidence::readback, Evidence::commitment, Evidence::operator_said});
}

}  // namespace outbox
