/// Routes: which of them apply, and where an instance then goes.
#include "broker/route/route.h"

#include <doctest/doctest.h>

namespace broker::route {

namespace {

Condition modality(std::vector<std::string> any_of) {
    // Not in one expression: GCC 12 takes the variant's other alternatives for uninitialized then.
    Leaf leaf{dicom::TagPath(dicom::tags::modality), "Modality", {}};
    leaf.test = Matches{{any_of.begin(), any_of.end()}};
    return {std::move(leaf)};
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

}  // namespace

TEST_CASE("route: every matching route applies, and each destination comes once") {
    std::vector<Route> routes{to("all", {"archive"}), to("ct", {"pacs", "archive"}, modality({"CT"})),
                              to("mr", {"mr-pacs"}, modality({"MR"}))};
    CHECK(decide(routes, of("CT")) ==
          Decision{{"all", "ct"}, {{"archive", Priority::normal}, {"pacs", Priority::normal}}});
    CHECK(decide(routes, of("US")) == Decision{{"all"}, {{"archive", Priority::normal}}});
}

TEST_CASE("route: a destination that two routes name gets the more urgent priority, whichever comes first") {
    Route slow = to("slow", {"pacs"}), fast = to("fast", {"pacs"});
    slow.priority = Priority::low;
    fast.priority = Priority::high;
    for (const std::vector<Route>& routes : {std::vector{slow, fast}, std::vector{fast, slow}})
        CHECK(decide(routes, of("CT")).targets == std::vector<Target>{{"pacs", Priority::high}});
}

TEST_CASE("route: what no route takes is unrouted") {
    std::vector<Route> routes{to("ct", {"pacs"}, modality({"CT"}))};
    CHECK(decide(routes, of("MR")).unrouted());
    CHECK(decide({}, of("MR")).unrouted());
    CHECK_FALSE(decide(routes, of("CT")).unrouted());
}

TEST_CASE("route: otherwise applies only where no other route matched, wherever it stands") {
    Route rest = to("rest", {"archive"}), ct = to("ct", {"pacs"}, modality({"CT"}));
    rest.otherwise = true;
    for (const std::vector<Route>& routes : {std::vector{rest, ct}, std::vector{ct, rest}}) {
        CHECK(decide(routes, of("CT")).matched == std::vector<std::string>{"ct"});
        CHECK(decide(routes, of("MR")).matched == std::vector<std::string>{"rest"});
    }
    rest.when = modality({"US"});
    CHECK(decide(std::vector{rest, ct}, of("MR")).unrouted());
}

TEST_CASE("route: two routes with otherwise both apply") {
    Route first = to("first", {"a"}), second = to("second", {"b"});
    first.otherwise = second.otherwise = true;
    CHECK(decide(std::vector{first, second}, of("CT")).matched == std::vector<std::string>{"first", "second"});
}

TEST_CASE("route: last stops only where it matches") {
    Route ct = to("ct", {"pacs"}, modality({"CT"})), all = to("all", {"archive"});
    ct.last = true;
    std::vector<Route> routes{ct, all};
    CHECK(decide(routes, of("CT")).matched == std::vector<std::string>{"ct"});
    CHECK(decide(routes, of("MR")).matched == std::vector<std::string>{"all"});
}

TEST_CASE("route: the tags that any condition looks at are asked for once") {
    Condition nested{
        Branch{Join::any,
               {modality({"CT"}),
                {Branch{Join::not_all, {{Leaf{dicom::TagPath(dicom::tags::patient_name), "PatientName", Exists{}}}}}},
                {Leaf{Origin::sender, "sender", Matches{{"ct-1"}}}}}}};
    std::vector<Route> routes{to("a", {"x"}, modality({"MR"})), to("b", {"x"}, nested), to("c", {"x"})};
    CHECK(wanted_tags(routes) ==
          std::set{dicom::TagPath(dicom::tags::modality), dicom::TagPath(dicom::tags::patient_name)});
}

}  // namespace broker::route
