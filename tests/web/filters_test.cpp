/// Filters and pages as a query says them.
#include "web/filters.h"

#include <doctest/doctest.h>

namespace {

using web::Terms;

constexpr outbox::Instant now{std::chrono::milliseconds(1'768'465'800'250)};
const web::Limits limits;

}  // namespace

TEST_CASE("filters: every filter of jobs is read into its field") {
    const auto asked = web::parse_job_query({{"destination", "pacs-a"},
                                             {"state", "held"},
                                             {"reason", "damaged"},
                                             {"sender", "CT1"},
                                             {"modality", "CT"},
                                             {"study", "1.2"},
                                             {"accession", "A1"},
                                             {"patient", "P'1"},
                                             {"since", "2026-01-01T00:00Z"},
                                             {"until", "2026-02-01T00:00Z"},
                                             {"older_than", "2h"},
                                             {"limit", "7"},
                                             {"cursor", "r42"}},
                                            now, limits);
    REQUIRE(asked);
    const outbox::JobFilter& filter = asked->filter;
    CHECK(filter.destination == "pacs-a");
    CHECK(filter.state == outbox::State::held);
    CHECK(filter.reason == outbox::Reason::damaged);
    CHECK(filter.sender == "CT1");
    CHECK(filter.modality == "CT");
    CHECK(filter.study_instance_uid == "1.2");
    CHECK(filter.accession_number == "A1");
    CHECK(filter.patient_id == "P'1");
    CHECK(filter.since == outbox::Instant(std::chrono::milliseconds(1'767'225'600'000)));
    CHECK(filter.until == outbox::Instant(std::chrono::milliseconds(1'769'904'000'000)));
    CHECK(filter.older_than == now - std::chrono::hours(2));
    CHECK(asked->page.limit == 7);
    CHECK(asked->page.before == 42);
}

TEST_CASE("filters: every filter of the history is read into its field") {
    const auto asked = web::parse_history_query({{"since", "1d"},
                                                 {"until", "1h"},
                                                 {"destination", "d"},
                                                 {"patient", "p"},
                                                 {"accession", "a"},
                                                 {"study", "s"},
                                                 {"actor", "local:x"},
                                                 {"event", "held"}},
                                                now, limits);
    REQUIRE(asked);
    CHECK(asked->filter.since == now - std::chrono::hours(24));
    CHECK(asked->filter.until == now - std::chrono::hours(1));
    CHECK(asked->filter.destination == "d");
    CHECK(asked->filter.patient_id == "p");
    CHECK(asked->filter.accession_number == "a");
    CHECK(asked->filter.study_instance_uid == "s");
    CHECK(asked->filter.actor == "local:x");
    CHECK(asked->filter.event == "held");
    CHECK(asked->page.limit == limits.rows_default);
    CHECK_FALSE(asked->page.before);
}

TEST_CASE("filters: what is not known, empty, twice or malformed is a fault that names it") {
    const std::vector<std::pair<Terms, std::string>> cases = {{{{"colour", "red"}}, "colour"},
                                                              {{{"state", "stuck"}}, "state"},
                                                              {{{"reason", "bad luck"}}, "reason"},
                                                              {{{"destination", ""}}, "destination"},
                                                              {{{"since", "soon"}}, "since"},
                                                              {{{"older_than", "old"}}, "older_than"},
                                                              {{{"limit", "0"}}, "limit"},
                                                              {{{"limit", "1001"}}, "limit"},
                                                              {{{"limit", "10x"}}, "limit"},
                                                              {{{"cursor", "42"}}, "cursor"},
                                                              {{{"cursor", "r-1"}}, "cursor"},
                                                              {{{"cursor", "r"}}, "cursor"},
                                                              {{{"state", "held"}, {"state", "queued"}}, "state"},
                                                              {{{"limit", "1"}, {"limit", "2"}}, "limit"},
                                                              {{{"patient", std::string(2000, 'x')}}, "patient"},
                                                              {{{"until", "2026-13-01"}}, "until"},
                                                              {{{"actor", "x"}}, "actor"}};
    for (const auto& [terms, name] : cases) {
        const auto asked = web::parse_job_query(terms, now, limits);
        CAPTURE(name);
        REQUIRE_FALSE(asked);
        CHECK(asked.fault().parameter == name);
        CHECK_FALSE(asked.fault().text.empty());
    }
    CHECK(web::parse_history_query({{"state", "held"}}, now, limits).fault().parameter == "state");
    CHECK(web::parse_page({{"x", "1"}}, limits).fault().parameter == "x");
    CHECK(web::unknown_term({{"anchor", "1"}, {"file", "2"}}, {"anchor"})->parameter == "file");
}

TEST_CASE("filters: a cursor leads to the page it came from") {
    CHECK(web::parse_page({{"cursor", web::cursor_of(99)}}, limits)->before == 99);
}
