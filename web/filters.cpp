/// Filters: which jobs, which rows of the history, and which page of a list a request means.
#include "web/filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <set>
#include <utility>
#include <vector>

#include "web/events.h"
#include "web/json/members.h"
#include "web/times.h"

namespace web {
namespace {

using Text = std::optional<std::string>;

/// A value's length is capped by the request's; this keeps it to what any column holds.
constexpr std::size_t value_bytes_max = 1024;

constexpr std::string_view cursor_prefix = "r";

std::optional<Fault> check_term(const std::pair<std::string, std::string>& term, std::set<std::string>& seen) {
    const auto& [name, value] = term;
    if (!seen.insert(name).second) return Fault{name, "given twice"};
    if (value.empty()) return Fault{name, "empty; give a value, or leave it out"};
    if (value.size() > value_bytes_max) return Fault{name, "too long"};
    return std::nullopt;
}

template <class Words>
std::string joined(const Words& words) {
    std::string text;
    for (const std::string_view each : words) text += (text.empty() ? "" : ", ") + std::string(each);
    return text;
}

std::vector<std::string_view> reason_codes() {
    std::vector<std::string_view> codes;
    for (const outbox::ReasonText& each : outbox::reasons)
        if (each.reason != outbox::Reason::none) codes.push_back(each.code);
    return codes;
}

std::vector<std::string_view> stage_words() {
    std::vector<std::string_view> words{"none"};
    using enum outbox::Stage;
    for (const outbox::Stage each : {no_accession, order_not_found, objected, ordered, creating, replacing, registered})
        words.push_back(to_string(each));
    return words;
}

Fault not_a_time(const std::string& name) {
    return {name, "not a time; give a date, an instant like 2026-01-15T08:30:00Z, or a duration back like 2h"};
}

/// Reads one term of a job filter. True: it is one of its names.
bool read_job_term(outbox::JobFilter& filter, const std::string& name, const std::string& value, outbox::Instant now,
                   std::optional<Fault>& fault) {
    const auto instant = [&](std::optional<outbox::Instant>& into, DayEnd day) {
        into = parse_instant(value, now, day);
        if (!into) fault = not_a_time(name);
    };
    if (name == "destination")
        filter.destination = value;
    else if (name == "sender")
        filter.sender = value;
    else if (name == "modality")
        filter.modality = value;
    else if (name == "study")
        filter.study_instance_uid = value;
    else if (name == "accession")
        filter.accession_number = value;
    else if (name == "patient")
        filter.patient_id = value;
    else if (name == "since")
        instant(filter.since, DayEnd::begin);
    else if (name == "until")
        instant(filter.until, DayEnd::end);
    else if (name == "older_than")
        instant(filter.older_than, DayEnd::begin);
    else if (name == "undelivered") {
        filter.is_undelivered = value == "true";
        if (!filter.is_undelivered) fault = Fault{name, "not true; leave it out to mean all"};
    } else if (name == "state") {
        filter.state = outbox::parse_state(value);
        if (!filter.state)
            fault = Fault{name, "not a state; use queued, sending, uncertain, delivered, held, cancelled"};
    } else if (name == "reason") {
        filter.reason = outbox::parse_reason(value);
        if (!filter.reason) fault = Fault{name, "not a reason's code; use " + joined(reason_codes())};
    } else {
        return false;
    }
    return true;
}

bool read_history_term(outbox::HistoryFilter& filter, const std::string& name, const std::string& value,
                       outbox::Instant now, std::optional<Fault>& fault) {
    const auto instant = [&](std::optional<outbox::Instant>& into, DayEnd day) {
        into = parse_instant(value, now, day);
        if (!into) fault = not_a_time(name);
    };
    if (name == "destination")
        filter.destination = value;
    else if (name == "patient")
        filter.patient_id = value;
    else if (name == "accession")
        filter.accession_number = value;
    else if (name == "study")
        filter.study_instance_uid = value;
    else if (name == "actor")
        filter.actor = value;
    else if (name == "since")
        instant(filter.since, DayEnd::begin);
    else if (name == "until")
        instant(filter.until, DayEnd::end);
    else if (name == "event") {
        filter.event = value;
        if (std::ranges::find(events, value) == events.end())
            fault = Fault{name, "not an event; use " + joined(events)};
    } else
        return false;
    return true;
}

/// "2026-01-15", or as DICOM writes it, as the node's day; nothing for anything else.
std::optional<outbox::StudyFilter::Day> day_of(std::string text, outbox::Instant now) {
    if (text.size() == 8 && text.find('-') == std::string::npos) text.insert(6, "-").insert(4, "-");
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto since = parse_instant(text, now, DayEnd::begin), until = parse_instant(text, now, DayEnd::end);
    if (!since || !until) return std::nullopt;
    std::erase(text, '-');
    return outbox::StudyFilter::Day{text, *since, *until};
}

bool read_study_term(outbox::StudyFilter& filter, const std::string& name, const std::string& value,
                     outbox::Instant now, std::optional<Fault>& fault) {
    if (name == "patient")
        filter.patient_id = value;
    else if (name == "accession")
        filter.accession_number = value;
    else if (name == "modality")
        filter.modality = value;
    else if (name == "q")
        filter.text = value;
    else if (name == "date") {
        filter.day = day_of(value, now);
        if (!filter.day) fault = Fault{name, "not a date like 2026-01-15"};
    } else
        return false;
    return true;
}

bool read_registration_term(outbox::RegistrationFilter& filter, const std::string& name, const std::string& value,
                            outbox::Instant, std::optional<Fault>& fault) {
    if (name == "destination")
        filter.destination = value;
    else if (name == "accession")
        filter.accession_number = value;
    else if (name == "stage") {
        filter.is_unregistered = value == "none";
        filter.stage = outbox::parse_stage(value);
        if (!filter.stage && !filter.is_unregistered) fault = Fault{name, "not a stage; use " + joined(stage_words())};
    } else if (name == "objection") {
        filter.objection = outbox::parse_reason(value);
        if (!filter.objection) fault = Fault{name, "not a reason's code"};
    } else
        return false;
    return true;
}

/// FNV-1a of the list's name and of the filter's terms in any order: enough to notice a cursor of another question.
std::string mark_of(std::string_view list, Terms of_filter) {
    std::ranges::sort(of_filter);
    std::uint32_t mark = 2'166'136'261U;
    const auto mix = [&mark](std::string_view text) {
        for (const char c : text) mark = (mark ^ static_cast<unsigned char>(c)) * 16'777'619U;
        mark = (mark ^ 0xFFU) * 16'777'619U;  // no byte of UTF-8: ends a text
    };
    mix(list);
    for (const auto& [name, value] : of_filter) {
        mix(name);
        mix(value);
    }
    return fmt::format("{:08x}", mark);
}

/// A whole number from 1 on, in digits only.
std::optional<std::int64_t> number_of(std::string_view digits) {
    std::int64_t parsed = 0;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), parsed);
    if (code != std::errc() || end != digits.data() + digits.size() || parsed < 1) return std::nullopt;
    return parsed;
}

/// A place among registrations as a cursor has it: "s1768465800250~2~1.2.3" of those with a stage, "n…" of those
/// without.
std::optional<outbox::RegistrationPlace> place_of(std::string_view text) {
    const auto first = text.find('~'), second = text.find('~', first == text.npos ? first : first + 1);
    if (second == text.npos || (text.front() != 's' && text.front() != 'n')) return std::nullopt;
    const auto since = number_of(text.substr(1, first - 1)),
               destination = number_of(text.substr(first + 1, second - first - 1));
    if (!since || !destination || second + 1 == text.size()) return std::nullopt;
    return outbox::RegistrationPlace{text.front() == 'n', outbox::Instant(std::chrono::milliseconds(*since)),
                                     outbox::DestinationId{*destination}, std::string(text.substr(second + 1))};
}

std::optional<Fault> read_cursor(Page& page, std::string_view value) {
    const auto dash = value.find('-');
    if (value.starts_with(cursor_prefix) && dash != std::string_view::npos)
        page.place = value.substr(cursor_prefix.size(), dash - cursor_prefix.size());
    page.before = number_of(page.place);
    if (!page.before && !place_of(page.place)) return Fault{"cursor", "not a cursor that `next` gave"};
    if (value.substr(dash + 1) != page.mark)
        return Fault{"cursor",
                     "came from a list with another filter; repeat the filter that gave it, or leave the cursor out"};
    return std::nullopt;
}

bool read_page_term(Page& page, const std::string& name, std::string_view value, std::size_t rows_max,
                    std::optional<Fault>& fault) {
    if (name == "limit") {
        const auto limit = number_of(value);
        if (!limit || static_cast<std::uint64_t>(*limit) > rows_max)
            fault = Fault{name, "not a number from 1 to " + std::to_string(rows_max)};
        else
            page.limit = static_cast<std::size_t>(*limit);
        return true;
    }
    if (name != "cursor") return false;
    fault = read_cursor(page, value);
    return true;
}

template <class Filter, class ReadTerm>
Parsed<Filter> parse_filter(const Terms& terms, outbox::Instant now, ReadTerm read_term) {
    Filter filter;
    std::set<std::string> seen;
    for (const auto& term : terms) {
        if (auto fault = check_term(term, seen)) return *fault;
        std::optional<Fault> fault;
        if (!read_term(filter, term.first, term.second, now, fault))
            return Fault{term.first, "not a filter of this call"};
        if (fault) return *fault;
    }
    return filter;
}

bool is_page_term(const std::pair<std::string, std::string>& term) {
    return term.first == "limit" || term.first == "cursor";
}

Parsed<Page> read_page(const Terms& terms, const Limits& limits, std::string mark) {
    Page page{limits.rows_default, std::nullopt, std::move(mark), {}};
    std::set<std::string> seen;
    for (const auto& term : terms) {
        if (auto fault = check_term(term, seen)) return *fault;
        std::optional<Fault> fault;
        if (!read_page_term(page, term.first, term.second, limits.rows_max, fault))
            return Fault{term.first, "not a parameter of this call"};
        if (fault) return *fault;
    }
    return page;
}

template <class Filter, class ParseFilter>
Parsed<Asked<Filter>> parse_query(const Terms& terms, const Limits& limits, std::string_view list, ParseFilter parse) {
    Terms of_filter, of_page;
    for (const auto& term : terms) (is_page_term(term) ? of_page : of_filter).push_back(term);
    const auto filter = parse(of_filter);
    if (!filter) return filter.fault();
    const auto page = read_page(of_page, limits, mark_of(list, of_filter));
    if (!page) return page.fault();
    return Asked<Filter>{*filter, *page};
}

}  // namespace

Parsed<outbox::JobFilter> parse_job_filter(const Terms& terms, outbox::Instant now) {
    return parse_filter<outbox::JobFilter>(terms, now, read_job_term);
}

Parsed<outbox::HistoryFilter> parse_history_filter(const Terms& terms, outbox::Instant now) {
    return parse_filter<outbox::HistoryFilter>(terms, now, read_history_term);
}

Parsed<Asked<outbox::JobFilter>> parse_job_query(const Terms& terms, outbox::Instant now, const Limits& limits) {
    return parse_query<outbox::JobFilter>(terms, limits, "jobs",
                                          [&](const Terms& each) { return parse_job_filter(each, now); });
}

Parsed<Asked<outbox::HistoryFilter>> parse_history_query(const Terms& terms, outbox::Instant now,
                                                         const Limits& limits) {
    return parse_query<outbox::HistoryFilter>(terms, limits, "history",
                                              [&](const Terms& each) { return parse_history_filter(each, now); });
}

Parsed<Asked<outbox::StudyFilter>> parse_study_query(const Terms& terms, outbox::Instant now, const Limits& limits) {
    return parse_query<outbox::StudyFilter>(terms, limits, "studies", [&](const Terms& each) {
        return parse_filter<outbox::StudyFilter>(each, now, read_study_term);
    });
}

Parsed<Asked<SeriesFilter>> parse_series_query(const Terms& terms, const Limits& limits, std::string_view series) {
    const auto read_term = [](SeriesFilter& filter, const std::string& name, const std::string& value, outbox::Instant,
                              std::optional<Fault>&) {
        if (name == "study") filter.study_instance_uid = value;
        return name == "study";
    };
    return parse_query<SeriesFilter>(terms, limits, "series " + std::string(series), [&](const Terms& each) {
        return parse_filter<SeriesFilter>(each, outbox::Instant(), read_term);
    });
}

Parsed<RegistrationsAsked> parse_registration_query(const Terms& terms, const Limits& limits) {
    const auto asked = parse_query<outbox::RegistrationFilter>(terms, limits, "registrations", [](const Terms& each) {
        return parse_filter<outbox::RegistrationFilter>(each, outbox::Instant(), read_registration_term);
    });
    if (!asked) return asked.fault();
    return RegistrationsAsked{asked->filter, asked->page.limit, place_of(asked->page.place), asked->page};
}

Parsed<outbox::JobFilter> filter_member(const boost::json::object& body, outbox::Instant now) {
    const boost::json::value* member = body.if_contains("filter");
    if (member == nullptr || !member->is_object()) return Fault{"filter", "must be an object of filters"};
    Terms terms;
    for (const auto& each : member->get_object()) {
        if (!each.value().is_string()) return Fault{std::string(each.key()), "not a text"};
        terms.emplace_back(std::string(each.key()), std::string(each.value().get_string()));
    }
    return parse_job_filter(terms, now);
}

Parsed<std::optional<outbox::Instant>> since_member(const boost::json::object& body, outbox::Instant now) {
    const auto text = json::text_member(body, "since");
    if (!text) return text.fault();
    if (text->empty()) return std::optional<outbox::Instant>();
    const auto since = parse_instant(*text, now, DayEnd::begin);
    if (!since)
        return Fault{"since", "not a time; give a date, an instant like 2026-01-15T08:30:00Z, or a duration back"};
    return since;
}

Parsed<Page> parse_page(const Terms& terms, const Limits& limits, std::string_view list) {
    return read_page(terms, limits, mark_of(list, {}));
}

std::optional<Fault> unknown_term(const Terms& terms, std::initializer_list<std::string_view> known) {
    std::set<std::string> seen;
    for (const auto& term : terms) {
        if (auto fault = check_term(term, seen)) return fault;
        if (std::ranges::find(known, term.first) == known.end())
            return Fault{term.first, "not a parameter of this call"};
    }
    return std::nullopt;
}

std::string next_cursor(const Page& page, const outbox::RegistrationPlace& place) {
    return fmt::format("{}{}{}~{}~{}-{}", cursor_prefix, place.is_unregistered ? 'n' : 's',
                       place.since.time_since_epoch().count(), place.destination.value, place.study_instance_uid,
                       page.mark);
}

std::string next_cursor(const Page& page, std::int64_t number) {
    return std::string(cursor_prefix) + std::to_string(number) + "-" + page.mark;
}

}  // namespace web
