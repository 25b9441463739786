/// Explanations: the verdict on every route, what decided, and that explaining and deciding never differ.
#include "broker/route/explanation.h"

#include <doctest/doctest.h>

#include <random>

namespace broker::route {

namespace {

Condition leaf(const Subject& subject, const std::string& spelling, const Test& test) {
    return {Leaf{subject, spelling, test}};
}

Condition modality(const std::vector<std::string>& any_of) {
    return leaf(dicom::TagPath(dicom::tags::modality), "Modality", Matches{{any_of.begin(), any_of.end()}});
}

Facts of(const std::string& modality) {
    Facts facts;
    facts.header.set(dicom::tags::modality, {modality});
    return facts;
}

Route to(std::string name, std::vector<std::string> destinations, Condition when = {}) {
    Route route;
    route.name = std::move(name);
    route.to = std::move(destinations);
    route.when = std::move(when);
    return route;
}

std::vector<Verdict> verdicts_of(const Explanation& explanation) {
    std::vector<Verdict> verdicts;
    for (const Explained& each : explanation.routes) verdicts.push_back(each.verdict);
    return verdicts;
}

/// Small worlds, so that routes meet in every way.
class RandomWorld {
public:
    explicit RandomWorld(unsigned seed) : random_(seed) {}

    std::vector<Route> routes() {
        std::vector<Route> routes;
        for (int i = below(7); i > 0; --i) {
            Route route = to("route " + std::to_string(i), destinations(), condition(3));
            route.otherwise = below(4) == 0;
            route.last = below(4) == 0;
            route.priority = static_cast<Priority>(below(3));
            if (below(5) == 0) route.hold = "look first";
            if (below(4) == 0) route.edits = "edit " + std::to_string(below(2));
            routes.push_back(std::move(route));
        }
        return routes;
    }

    Facts facts() {
        Facts facts;
        facts.calling_ae_title = word();
        facts.address = "10.0.0." + std::to_string(below(3));
        for (const dicom::Tag tag : {dicom::tags::modality, dicom::tags::patient_id})
            if (below(3) > 0) facts.header.set(tag, {word()});
        return facts;
    }

private:
    int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
    std::string word() { return std::string(1, static_cast<char>('A' + below(3))); }

    std::vector<std::string> destinations() {
        std::vector<std::string> names;
        for (const char* name : {"a", "b", "c"})
            if (below(2) == 0) names.emplace_back(name);
        return names.empty() ? std::vector<std::string>{"a"} : names;
    }

    Condition condition(int depth) {
        if (depth > 0 && below(2) == 0) {
            Branch branch;
            branch.join = static_cast<Join>(below(3));
            for (int i = below(3); i > 0; --i) branch.parts.push_back(condition(depth - 1));
            return {std::move(branch)};
        }
        const Subject tag = dicom::TagPath(below(2) == 0 ? dicom::tags::modality : dicom::tags::patient_id);
        if (below(3) == 0) return leaf(tag, "A tag", Exists{below(2) == 0});
        const Test is_word = Matches{{Glob(word())}};
        if (below(4) == 0) return leaf(Origin::calling_ae_title, "calling_ae_title", is_word);
        return leaf(tag, "A tag", is_word);
    }

    std::mt19937 random_;
};

}  // namespace

TEST_CASE("explanation: it decides as decide does, whatever the routes, and its findings fit its verdicts") {
    const unsigned seed = std::random_device{}();
    CAPTURE(seed);
    RandomWorld world(seed);
    std::size_t matched = 0, spared = 0;
    for (int i = 0; i < 3000; ++i) {
        const std::vector<Route> routes = world.routes();
        const Facts facts = world.facts();
        const Explanation explanation = explain(routes, facts);
        REQUIRE(explanation.decision == decide(routes, facts));
        REQUIRE(explanation.routes.size() == routes.size());
        std::vector<std::string> names;
        for (std::size_t place = 0; place < routes.size(); ++place) {
            const Explained& each = explanation.routes[place];
            REQUIRE(each.route == &routes[place]);
            const bool was_looked_at = each.verdict == Verdict::matched || each.verdict == Verdict::not_matched;
            REQUIRE((each.because == nullptr) == was_looked_at);
            spared += !was_looked_at;
            if (!was_looked_at) {
                REQUIRE(each.findings.empty());
                continue;
            }
            REQUIRE(holds(routes[place].when, facts) == (each.verdict == Verdict::matched));
            for (const Finding& finding : each.findings) REQUIRE(finding.holds == (each.verdict == Verdict::matched));
            if (each.verdict == Verdict::matched) names.push_back(each.route->name);
        }
        REQUIRE(names == explanation.decision.matched);
        matched += names.size();
    }
    CHECK(matched > 1000);
    CHECK(spared > 1000);
}

TEST_CASE("explanation: each route has its verdict, with the tag and value that decided or the route that spared it") {
    Route rest = to("rest", {"archive"});
    rest.otherwise = true;
    Route ct = to("ct", {"pacs"}, modality({"CT", "DX"}));
    ct.last = true;
    const std::vector<Route> routes{rest, to("mr", {"mr-pacs"}, modality({"MR"})), ct, to("all", {"archive"})};
    const Explanation of_ct = explain(routes, of("CT"));
    CHECK(verdicts_of(of_ct) ==
          std::vector{Verdict::not_needed, Verdict::not_matched, Verdict::matched, Verdict::after_last});
    CHECK(of_ct.routes[0].because->name == "ct");
    CHECK(of_ct.routes[3].because->name == "ct");
    REQUIRE(of_ct.routes[1].findings.size() == 1);
    CHECK(of_ct.routes[1].findings[0] == Finding{"Modality", "is MR", {"CT"}, false});
    REQUIRE(of_ct.routes[2].findings.size() == 1);
    CHECK(of_ct.routes[2].findings[0].subject == "Modality");
    CHECK(of_ct.routes[2].findings[0].values == std::vector<std::string>{"CT"});
    CHECK(of_ct.routes[2].findings[0].holds);

    const Explanation of_us = explain(routes, of("US"));
    CHECK(verdicts_of(of_us) ==
          std::vector{Verdict::not_needed, Verdict::not_matched, Verdict::not_matched, Verdict::matched});
    CHECK(of_us.routes[0].because->name == "all");
    CHECK(of_us.routes[3].findings.empty());
}

TEST_CASE("explanation: what nothing takes is explained by otherwise, whose own last ends the others of its kind") {
    Route first = to("first", {"a"}), second = to("second", {"b"});
    first.otherwise = second.otherwise = first.last = true;
    const std::vector<Route> routes{to("ct", {"pacs"}, modality({"CT"})), first, second};
    const Explanation explanation = explain(routes, of("MR"));
    CHECK(verdicts_of(explanation) == std::vector{Verdict::not_matched, Verdict::matched, Verdict::after_last});
    CHECK(explanation.routes[2].because->name == "first");
    CHECK(explanation.decision == decide(routes, of("MR")));
    CHECK(explain({}, of("MR")).decision.unrouted());
}

}  // namespace broker::route
