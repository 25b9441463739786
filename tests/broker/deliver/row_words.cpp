// Numbers, masks and enumerations, each in the words of the standard.
#include "tests/broker/deliver/row_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "broker/dicom/tls_fault.h"

namespace support {

using namespace broker::deliver;

namespace {

bool is_exact(const Row& row) {
    return row.mask == 0xFFFFFFFF;
}

/// One byte of a rejection: its number, or a star where the row takes any.
std::string byte_words(const Row& row, unsigned shift) {
    const bool is_any = ((row.mask >> shift) & 0xFF) == 0;
    return is_any ? "*" : std::to_string((row.value >> shift) & 0xFF);
}

std::string status_words(const Row& row) {
    if (is_exact(row)) return fmt::format("0x{:04X}", row.value);
    return fmt::format("0x{:04X} to 0x{:04X}", row.value, row.value | (~row.mask & 0xFFFF));
}

}  // namespace

std::string happening_words(const Row& row) {
    switch (row.happening) {
        case Happening::status:
            return "C-STORE response";
        case Happening::rejected:
            return "A-ASSOCIATE-RJ (result/source/reason)";
        case Happening::context_refused:
            return "presentation context refused";
        case Happening::aborted:
            return "A-ABORT";
        case Happening::unreachable:
            return "no connection";
        case Happening::tls_refused:
            return "TLS failed";
        case Happening::http_answer:
            return "HTTP answer";
        default:
            return describe({row.happening, row.value, false});
    }
}

std::string number_words(const Row& row) {
    if (row.mask == 0) {
        constexpr std::array numbered{Happening::status,  Happening::rejected,    Happening::context_refused,
                                      Happening::aborted, Happening::unreachable, Happening::tls_refused};
        const bool has_numbers = std::find(numbered.begin(), numbered.end(), row.happening) != numbered.end();
        return has_numbers ? "any other" : "";
    }
    switch (row.happening) {
        case Happening::status:
            return status_words(row);
        case Happening::rejected:
            return fmt::format("{}/{}/{}", byte_words(row, 16), byte_words(row, 8), byte_words(row, 0));
        case Happening::context_refused:
            return fmt::format("result {}", row.value);
        case Happening::aborted:
            return fmt::format("source {}, reason {}", row.value >> 8, row.value & 0xFF);
        case Happening::unreachable:
            return describe({row.happening, row.value, false});
        case Happening::http_answer:
            return std::string(satusehat::row_of(static_cast<satusehat::Answer>(row.value >> 16)).word);
        case Happening::tls_refused:
            return broker::dicom::to_string(static_cast<broker::dicom::TlsFault>(row.value));
        default:
            return std::to_string(row.value);
    }
}

std::string phase_words(Phase phase) {
    switch (phase) {
        case Phase::before_last_byte:
            return "before";
        case Phase::after_last_byte:
            return "after";
        case Phase::any:
            break;
    }
    return "any";
}

std::string verdict_words(Verdict verdict) {
    switch (verdict) {
        case Verdict::delivered:
            return "delivered";
        case Verdict::delivered_with_warning:
            return "delivered with warning";
        case Verdict::transient:
            return "transient";
        case Verdict::needs_a_person:
            return "needs a person";
        case Verdict::unknown:
            break;
    }
    return "unknown";
}

std::string scope_words(Scope scope) {
    switch (scope) {
        case Scope::instance:
            return "instance";
        case Scope::destination:
            return "destination";
        case Scope::destination_class:
            break;
    }
    return "destination × SOP class";
}

std::string tries_words(const Row& row) {
    if (row.verdict != Verdict::transient) return "";
    std::string words = "for ever";
    if (row.attempts_max > 0)
        words = fmt::format("{}, then needs a person: `{}`", row.attempts_max, outbox::code(row.exhausted));
    const auto pause = std::chrono::duration_cast<std::chrono::minutes>(row.pause_min);
    if (pause.count() > 0) words += fmt::format("; not within {} min", pause.count());
    return words;
}

std::string classification_markdown() {
    std::string text =
        "# What each answer, silence or failure of a destination means\n\n"
        "Written from the table in `classification.cpp` by `cmake --build build --target classification`; the first "
        "row "
        "that fits rules.\n\n"
        "*Last byte*: whether the last byte of the instance had left. *Transient*: tried again after the backoff, so "
        "many times. *Needs a person*: held with the reason. *Unknown*: uncertain; it is asked about before anything "
        "is "
        "sent again. *About the destination*: its jobs stay queued, and the lane waits or is held.\n\n"
        "| what happened | which | last byte | means | about | tries | reason | text |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |\n";
    for (const Row& row : classification()) {
        const auto reason = outbox::code(row.reason);
        text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", happening_words(row), number_words(row),
                            phase_words(row.phase), verdict_words(row.verdict), scope_words(row.scope),
                            tries_words(row), reason.empty() ? "" : fmt::format("`{}`", reason), row.text);
    }
    return text;
}

}  // namespace support
