/// Filters: which jobs, which rows of the history, and which page of a list a request means.
///
/// Pure functions; any thread. Every parameter that is not known, not well-formed, given twice or empty is a fault that
/// names it: a filter that is silently wider than meant would be dangerous where somebody acts on it.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "outbox/filter.h"
#include "outbox/views.h"
#include "web/exchange.h"
#include "web/limits.h"
#include "web/parsed.h"

namespace web {

/// `limit` and `cursor`.
struct Page {
    std::size_t limit = 0;
    std::optional<std::int64_t> before;
    std::string mark;   ///< of the list and its filter; a cursor carries it, and leads nowhere else
    std::string place;  ///< what the cursor says before its mark, for lists that are in no order of one number
};

template <class Filter>
struct Asked {
    Filter filter;
    Page page;
};

/// The terms of a filter alone, as an action's body has them.
Parsed<outbox::JobFilter> parse_job_filter(const Terms& terms, outbox::Instant now);
Parsed<outbox::HistoryFilter> parse_history_filter(const Terms& terms, outbox::Instant now);

/// Filter and page, as a list's query has them.
Parsed<Asked<outbox::JobFilter>> parse_job_query(const Terms& terms, outbox::Instant now, const Limits& limits);
Parsed<Asked<outbox::HistoryFilter>> parse_history_query(const Terms& terms, outbox::Instant now, const Limits& limits);

/// patient, accession, modality, date (a day: the study's, or one on which something of it was received), q (words
/// anywhere in it), and page.
Parsed<Asked<outbox::StudyFilter>> parse_study_query(const Terms& terms, outbox::Instant now, const Limits& limits);

/// destination, stage (a stage's word, or none), objection (a reason's code), accession, and page.
struct RegistrationsAsked {
    outbox::RegistrationFilter filter;
    std::size_t limit = 0;
    std::optional<outbox::RegistrationPlace> after;
    Page page;
};
Parsed<RegistrationsAsked> parse_registration_query(const Terms& terms, const Limits& limits);
std::string next_cursor(const Page& page, const outbox::RegistrationPlace& place);

/// `study`, and page; the list is of one series.
struct SeriesFilter {
    std::optional<std::string> study_instance_uid;
};
Parsed<Asked<SeriesFilter>> parse_series_query(const Terms& terms, const Limits& limits, std::string_view series);

/// The `filter` of an action's body: an object of texts. An empty one is for the caller to judge.
Parsed<outbox::JobFilter> filter_member(const boost::json::object& body, outbox::Instant now);

/// The `since` of a body: nothing where it has none.
Parsed<std::optional<outbox::Instant>> since_member(const boost::json::object& body, outbox::Instant now);

/// `limit` and `cursor` alone; `list` tells the lists apart.
Parsed<Page> parse_page(const Terms& terms, const Limits& limits, std::string_view list);

/// The fault of the first term, where a call takes none but `known`.
std::optional<Fault> unknown_term(const Terms& terms, std::initializer_list<std::string_view> known);

/// What `next` says to get the rows before this one of the same list and filter; opaque to clients.
std::string next_cursor(const Page& page, std::int64_t number);

}  // namespace web
