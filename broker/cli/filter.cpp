/// Filter: the options that say which jobs, or which history rows, a person means.
#include "broker/cli/filter.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "broker/cli/error.h"
#include "broker/config/units.h"
#include "broker/route/nearest.h"
#include "outbox/reason.h"
#include "outbox/state.h"

namespace broker::cli {
namespace {

struct Choice {
    const char* name;
    const char* help;
};

void add_fields(CLI::App& app, Filter& filter, const std::vector<Choice>& choices) {
    // The options keep references to the fields, so these must not move any more.
    filter.fields.reserve(choices.size());
    for (const Choice& choice : choices) {
        Filter::Field& field = filter.fields.emplace_back(Filter::Field{choice.name, {}, false});
        std::string option = "--" + field.name;
        std::ranges::replace(option, '_', '-');
        app.add_option_function<std::string>(
            option,
            [&field](const std::string& value) {
                field.value = value;
                field.is_given = true;
            },
            choice.help);
    }
}

Error wrong(const Filter::Field& field, const std::string& expected) {
    std::string option = "--" + field.name;
    std::ranges::replace(option, '_', '-');
    return {Errc::usage, option + " " + field.value + ": " + expected};
}

/// The code that was probably meant, or else all of them.
std::string meant_reason(const std::string& typed) {
    std::vector<std::string> codes;
    std::string all;
    for (const outbox::ReasonText& each : outbox::reasons) {
        if (each.reason != outbox::Reason::none) {
            codes.emplace_back(each.code);
            all += (all.empty() ? "" : ", ") + codes.back();
        }
    }
    const auto meant = route::nearest(typed, codes);
    return meant ? "did you mean " + *meant + "?" : "use " + all;
}

std::string checked(const Filter::Field& field, const Here& here) {
    if (field.value.empty()) {
        throw wrong(field, "the value is empty; give one, or leave the option out");
    }
    if (field.name == "state" && !outbox::parse_state(field.value)) {
        throw wrong(field, "not a state; use queued, sending, uncertain, delivered, held or cancelled");
    }
    if (field.name == "reason" && !outbox::parse_reason(field.value)) {
        throw wrong(field, "not a reason code; " + meant_reason(field.value));
    }
    if (field.name == "older_than" && !config::parse_duration(field.value)) {
        throw wrong(field, std::string(duration_forms));
    }
    if (field.name == "since" || field.name == "until") {
        const DayEnd day = field.name == "since" ? DayEnd::begin : DayEnd::end;
        const auto at = parse_instant(field.value, here, day);
        if (!at) {
            throw wrong(field, std::string(time_forms));
        }
        return print_instant(*at);
    }
    return field.value;
}

}  // namespace

void add_job_filter(CLI::App& app, Filter& filter) {
    add_fields(app, filter,
               {{"destination", "its name in the configuration"},
                {"state", "queued, sending, uncertain, delivered, held or cancelled"},
                {"reason", "a reason code"},
                {"sender", "a sender's name or calling AE title"},
                {"modality", "CT, MR, ..."},
                {"study", "Study Instance UID"},
                {"accession", "Accession Number"},
                {"patient", "Patient ID"},
                {"since", "made since: a date, an instant, or a duration back"},
                {"until", "made until: a date (that day included), an instant, or a duration back"},
                {"older_than", "owed for longer than this: 90s, 15m, 4h, 30d"}});
}

void add_history_filter(CLI::App& app, Filter& filter) {
    add_fields(app, filter,
               {{"since", "a date, an instant, or a duration back"},
                {"until", "a date (that day included), an instant, or a duration back"},
                {"destination", "its name in the configuration"},
                {"patient", "Patient ID"},
                {"accession", "Accession Number"},
                {"study", "Study Instance UID"},
                {"actor", "who did it"},
                {"event", "what happened"}});
}

Terms terms_of(const Filter& filter, const Here& here) {
    Terms terms;
    for (const Filter::Field& field : filter.fields) {
        if (field.is_given) {
            terms.emplace_back(field.name, checked(field, here));
        }
    }
    return terms;
}

}  // namespace broker::cli
