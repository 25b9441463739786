/// Metrics: what a scraper gets can be read strictly, whatever names there are, and says what the database says.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "tests/web/client.h"
#include "tests/web/rig.h"
#include "web/exposition.h"
#include "web/timings.h"

namespace {

using Labels = std::map<std::string, std::string>;

struct Family {
    std::string type;
    std::vector<std::pair<std::string, std::pair<Labels, double>>> series;  ///< name, labels, value
};

/// Reads the text format 0.0.4 by its grammar; whatever does not fit fails the test.
class Reader {
public:
    explicit Reader(const std::string& text) {
        REQUIRE(text.ends_with('\n'));
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) read(line);
        for (const auto& [name, family] : families) check(name, family);
    }

    /// The one value of those labels.
    double value(const std::string& name, const Labels& labels = {}) const {
        const auto& family = families.at(name);
        for (const auto& [series, at] : family.series)
            if (at.first == labels) return at.second;
        FAIL("no such series of " << name);
        return 0;
    }

    std::map<std::string, Family> families;

private:
    void read(const std::string& line) {
        CAPTURE(line);
        if (line.starts_with("# HELP ")) {
            const std::string name = line.substr(7, line.find(' ', 7) - 7);
            REQUIRE(families.try_emplace(name).second);  // once, and all of a family together
            helped_ = name;
            return;
        }
        if (line.starts_with("# TYPE ")) {
            REQUIRE(line.substr(7, helped_.size() + 1) == helped_ + " ");
            present_ = helped_;
            families[present_].type = line.substr(8 + helped_.size());
            REQUIRE(std::set<std::string>{"counter", "gauge", "histogram"}.contains(families[present_].type));
            return;
        }
        read_series(line);
    }
    void read_series(const std::string& line) {
        std::size_t at = 0;
        const auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
        while (at < line.size() && is_name(line[at])) ++at;
        const std::string name = line.substr(0, at);
        REQUIRE(name.starts_with("dicom_bridge_"));
        REQUIRE(name.starts_with(present_));
        const std::string suffix = name.substr(present_.size());
        const bool is_histogram = families[present_].type == "histogram";
        if (is_histogram)
            REQUIRE((suffix == "_bucket" || suffix == "_sum" || suffix == "_count"));
        else
            REQUIRE(suffix.empty());
        Labels labels;
        if (line[at] == '{') at = read_labels(line, at + 1, labels);
        REQUIRE(line.at(at) == ' ');
        std::size_t used = 0;
        const std::string rest = line.substr(at + 1);
        const double value = std::stod(rest, &used);
        REQUIRE(used == rest.size());
        REQUIRE(std::isfinite(value));
        REQUIRE(seen_.insert(name + "|" + shown(labels)).second);
        families[present_].series.emplace_back(name, std::pair{labels, value});
    }
    static std::size_t read_labels(const std::string& line, std::size_t at, Labels& labels) {
        for (;;) {
            const auto equals = line.find("=\"", at);
            REQUIRE(equals != std::string::npos);
            const std::string label = line.substr(at, equals - at);
            REQUIRE_FALSE(label.empty());
            std::string value;
            for (at = equals + 2; line.at(at) != '"'; ++at) {
                if (line[at] != '\\') {
                    value += line[at];
                    continue;
                }
                const char escaped = line.at(++at);
                REQUIRE((escaped == '\\' || escaped == '"' || escaped == 'n'));
                value += escaped == 'n' ? '\n' : escaped;
            }
            REQUIRE(labels.emplace(label, value).second);
            ++at;
            if (line.at(at) == '}') return at + 1;
            REQUIRE(line[at] == ',');
            ++at;
        }
    }
    static std::string shown(const Labels& labels) {
        std::string all;
        for (const auto& [name, value] : labels) all += name + "=" + value + ";";
        return all;
    }
    /// Buckets rise, and the last one is the count.
    static void check(const std::string& name, const Family& family) {
        CAPTURE(name);
        REQUIRE_FALSE(family.type.empty());
        if (family.type == "counter") CHECK(name.ends_with("_total"));
        if (family.type != "histogram") return;
        std::map<std::string, double> counts, last, sums;
        for (const auto& [series, at] : family.series) {
            auto [labels, value] = at;
            if (series.ends_with("_sum")) sums[shown(labels)] = value;
            if (series.ends_with("_count")) counts[shown(labels)] = value;
            if (!series.ends_with("_bucket")) continue;
            REQUIRE(labels.contains("le"));
            labels.erase("le");
            CHECK(value >= last[shown(labels)]);
            last[shown(labels)] = value;
        }
        CHECK(counts == last);
        CHECK(sums.size() == counts.size());
    }

    std::string helped_, present_;
    std::set<std::string> seen_;
};

Reader scrape(const test::Rig& rig) {
    const auto answer = test::get(rig.port(), "/metrics");
    REQUIRE(answer.status == 200);
    CHECK(answer.headers.at("content-type") == "text/plain; version=0.0.4; charset=utf-8");
    return Reader(answer.body);
}

}  // namespace

TEST_CASE("exposition: label values are escaped, and what is no text does no harm") {
    web::Exposition shown;
    shown.gauge("x", "What it is.");
    shown.add(std::int64_t{1}, {{"a", "back\\slash \"quoted\"\nline"}, {"b", "\x01\xFF"}});
    shown.add(1.5, {{"a", "é"}});
    CHECK(shown.text() ==
          "# HELP dicom_bridge_x What it is.\n# TYPE dicom_bridge_x gauge\n"
          "dicom_bridge_x{a=\"back\\\\slash \\\"quoted\\\"\\nline\",b=\"??\"} 1\ndicom_bridge_x{a=\"é\"} 1.5\n");
    const Reader read(shown.text());
    CHECK(read.value("dicom_bridge_x", {{"a", "back\\slash \"quoted\"\nline"}, {"b", "??"}}) == 1);
}

TEST_CASE("exposition: buckets are cumulative, and what was not measured is left out") {
    measure::Distribution took{{0.1, 1}, {3, 2, 1}, 4.5};
    web::Exposition shown;
    shown.histogram("x_seconds", "How long.");
    shown.add(took, {{"to", "a"}});
    shown.add(measure::Distribution{}, {{"to", "b"}});
    CHECK(shown.text() ==
          "# HELP dicom_bridge_x_seconds How long.\n# TYPE dicom_bridge_x_seconds histogram\n"
          "dicom_bridge_x_seconds_bucket{to=\"a\",le=\"0.1\"} 3\ndicom_bridge_x_seconds_bucket{to=\"a\",le=\"1\"} 5\n"
          "dicom_bridge_x_seconds_bucket{to=\"a\",le=\"+Inf\"} 6\ndicom_bridge_x_seconds_sum{to=\"a\"} 4.5\n"
          "dicom_bridge_x_seconds_count{to=\"a\"} 6\n");
    const Reader read(shown.text());
}

TEST_CASE("metrics: an empty broker can be scraped, and one with everything in it") {
    test::Rig rig;
    const Reader empty = scrape(rig);
    CHECK(empty.value("dicom_bridge_instances_received_total") == 0);
    CHECK(empty.value("dicom_bridge_accepting") == 1);
    CHECK(empty.value("dicom_bridge_info", {{"node", "rs-contoh"}, {"version", "0.1.0"}}) == 1);
    CHECK(empty.value("dicom_bridge_disk_free_bytes") == 1'000'000);
    CHECK(empty.value("dicom_bridge_certificate_days_left", {{"where", "dicom.tls"}}) == 9);

    const auto jobs = rig.receive({"1.2.3.1", "1.2.3", "Doe^Jane", {"pacs-a", "archive"}});
    rig.receive({"1.2.3.2", "1.2.3", "Doe^Jane", {}});
    rig.books.commit([&] {
        rig.outbox.raise_alarm({"silent_sender", "C\"T\\1", test::now, 1, "silent", ""}, test::now);
        rig.outbox.hold(jobs[0], outbox::Actor{"local:alice", ""}, test::now);
        return true;
    });
    rig.broker.refused = 7;
    const Reader full = scrape(rig);
    CHECK(full.value("dicom_bridge_instances_received_total") == 2);
    CHECK(full.value("dicom_bridge_receipts_total") == 2);
    CHECK(full.value("dicom_bridge_refused_total") == 7);
    CHECK(full.value("dicom_bridge_unrouted_instances") == 1);
    const auto job = [&](const std::string& destination, const std::string& state, const std::string& reason) {
        return full.value("dicom_bridge_jobs", {{"destination", destination}, {"state", state}, {"reason", reason}});
    };
    CHECK(job("archive", "queued", "") + job("pacs-a", "queued", "") == 1);
    CHECK(job("archive", "held", "") + job("pacs-a", "held", "") == 0);
    double held = 0;
    for (const auto& [name, at] : full.families.at("dicom_bridge_jobs").series)
        if (at.first.at("reason") == "held_by_operator") held += at.second;
    CHECK(held == 1);
    CHECK(full.value("dicom_bridge_alarms", {{"name", "silent_sender"}, {"subject", "C\"T\\1"}}) == 1);
    CHECK(full.value("dicom_bridge_breaker", {{"destination", "pacs-a"}, {"state", "half_open"}}) == 1);
    CHECK(full.value("dicom_bridge_breaker", {{"destination", "pacs-a"}, {"state", "open"}}) == 0);
    CHECK(full.value("dicom_bridge_kept_bytes", {{"reason", "unrouted"}}) > 0);
    CHECK(full.value("dicom_bridge_oldest_undelivered_seconds", {{"destination", "pacs-a"}}) >= 0);
    // The first scrape was measured by the time of the second.
    double requests = 0;
    for (const auto& [name, at] : full.families.at("dicom_bridge_http_request_seconds").series)
        if (name.ends_with("_count") && at.first.at("route") == "/metrics") requests = at.second;
    CHECK(requests == 1);
    CHECK(test::get(rig.port(), "/metrics?x=1").status == 400);
}

TEST_CASE("metrics: what the broker measured is shown by destination, and nothing of a patient is") {
    test::Rig rig;
    rig.receive({"1.2.3.1", "1.2.3", "Doe^Jane", {"pacs-a"}});
    measure::Histogram histogram;
    histogram.note(std::chrono::milliseconds(20));
    rig.broker.counted.stores = histogram.read();
    rig.broker.counted.deliveries = {{"pacs-a", histogram.read()}, {"archive", {}}};
    rig.broker.counted.commits_waiting = 3;
    rig.broker.counted.previews.dropped = 5;
    const Reader read = scrape(rig);
    CHECK(read.value("dicom_bridge_commits_waiting") == 3);
    CHECK(read.value("dicom_bridge_previews_total", {{"result", "dropped"}}) == 5);
    CHECK(read.value("dicom_bridge_store_seconds", {{"le", "0.03"}}) == 1);
    CHECK(read.value("dicom_bridge_store_seconds", {{"le", "0.01"}}) == 0);
    CHECK(read.value("dicom_bridge_delivery_seconds", {{"destination", "pacs-a"}, {"le", "+Inf"}}) == 1);
    CHECK(test::get(rig.port(), "/metrics").body.find("Doe") == std::string::npos);
}

TEST_CASE("timings: only routes that were asked for are told") {
    const std::vector<web::Route> routes{{"GET", "/a", nullptr, web::Permission::anyone},
                                         {"GET", "/b", nullptr, web::Permission::anyone}};
    web::Timings timings(routes);
    CHECK(timings.read().empty());
    timings.note(routes[1], std::chrono::seconds(1));
    REQUIRE(timings.read().size() == 1);
    CHECK(timings.read()[0].pattern == "/b");
    CHECK(timings.read()[0].took.sum_s == 1);
}
