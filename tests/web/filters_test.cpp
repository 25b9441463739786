/// Filters and pages as a query says them.
#include "web/filters.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

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
                                             {"undelivered", "true"},
                                             {"limit", "7"}},
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
    CHECK(filter.is_undelivered);
    CHECK(asked->page.limit == 7);
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
                                                              {{{"undelivered", "false"}}, "undelivered"},
                                                              {{{"limit", "0"}}, "limit"},
                                                              {{{"limit", "1001"}}, "limit"},
                                                              {{{"limit", "10x"}}, "limit"},
                                                              {{{"cursor", "42"}}, "cursor"},
                                                              {{{"cursor", "r-1"}}, "cursor"},
                                                              {{{"cursor", "r42"}}, "cursor"},
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
    CHECK(web::parse_page({{"x", "1"}}, limits, "senders").fault().parameter == "x");
    CHECK(web::unknown_term({{"anchor", "1"}, {"file", "2"}}, {"anchor"})->parameter == "file");
}

TEST_CASE("filters: a cursor leads to the page it came from, and with another filter or list nowhere") {
    const Terms filter = {{"state", "held"}, {"destination", "pacs-a"}};
    const std::string cursor = web::next_cursor(web::parse_job_query(filter, now, limits)->page, 99);
    const auto asked = [&](Terms terms) {
        terms.emplace_back("cursor", cursor);
        return web::parse_job_query(terms, now, limits);
    };
    REQUIRE(asked(filter));
    CHECK(asked(filter)->page.before == 99);
    CHECK(asked({{"destination", "pacs-a"}, {"limit", "3"}, {"state", "held"}})->page.before == 99);
    for (const Terms& other : {Terms{}, Terms{{"state", "held"}}, Terms{{"state", "queued"}, {"destination", "pacs-a"}},
                               Terms{{"state", "held"}, {"destination", "pacs-b"}},
                               Terms{{"state", "held"}, {"destination", "pacs-a"}, {"modality", "CT"}}}) {
        REQUIRE_FALSE(asked(other));
        CHECK(asked(other).fault().parameter == "cursor");
        CHECK(asked(other).fault().text.find("another filter") != std::string::npos);
    }
    const std::string of_jobs = web::next_cursor(web::parse_job_query({}, now, limits)->page, 99);
    CHECK_FALSE(web::parse_history_query({{"cursor", of_jobs}}, now, limits));
    CHECK_FALSE(web::parse_page({{"cursor", of_jobs}}, limits, "unrouted"));
    const std::string unrouted = web::next_cursor(*web::parse_page({}, limits, "unrouted"), 7);
    CHECK(web::parse_page({{"cursor", unrouted}}, limits, "unrouted")->before == 7);
}

TEST_CASE("filters: a word that is none of a known few is answered with these") {
    const auto reason = web::parse_job_query({{"reason", "no_space"}}, now, limits);
    CHECK(reason.fault().text.find("out_of_resources") != std::string::npos);
    const auto event = web::parse_history_query({{"event", "deliverd"}}, now, limits);
    REQUIRE_FALSE(event);
    CHECK(event.fault().parameter == "event");
    CHECK(event.fault().text.find("delivered") != std::string::npos);
}

TEST_CASE("filters: every event that is recorded can be asked for") {
    std::set<std::string> recorded = {"received", "added", "damaged", "purged"};  // by triggers without a verb
    const auto collect = [&recorded](const std::filesystem::path& file, const std::regex& pattern) {
        std::ifstream in(file);
        const std::string text(std::istreambuf_iterator<char>(in), {});
        for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at)
            recorded.insert((*at)[1].str());
    };
    const std::filesystem::path source = BRIDGE_SOURCE;
    for (const char* folder : {"outbox", "broker"})
        for (const auto& each : std::filesystem::recursive_directory_iterator(source / folder))
            if (each.path().extension() == ".cpp") collect(each.path(), std::regex(R"re(record\("([a-z_]+)")re"));
    for (const auto& each : std::filesystem::directory_iterator(source / "migrations"))
        if (each.path().extension() == ".sql") collect(each.path(), std::regex("WHEN '[a-z]+' THEN '([a-z]+)'"));
    CHECK(recorded.size() >= 23);
    for (const std::string& event : recorded) {
        CAPTURE(event);
        CHECK(web::parse_history_query({{"event", event}}, now, limits));
    }
}
