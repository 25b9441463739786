// What other rules would do to what was received: counted, grouped, with examples, and nothing changed by asking.
#include "broker/route_diff.h"

#include <doctest/doctest.h>

#include "broker/dicom/part10.h"
#include "tests/broker/committer/books.h"
#include "tests/support/synthetic.h"

using namespace std::chrono_literals;
using books_test::Books;
using books_test::start;

namespace config = broker::config;
namespace route = broker::route;

namespace {

route::Route to(std::string name, std::vector<std::string> destinations, std::vector<std::string> modalities = {}) {
    route::Route route;
    route.name = std::move(name);
    route.to = std::move(destinations);
    if (!modalities.empty())
        route.when = {route::Leaf{broker::dicom::TagPath(broker::dicom::tags::modality), "Modality",
                                  route::Matches{{modalities.begin(), modalities.end()}}}};
    return route;
}

config::Config rules(std::vector<route::Route> routes) {
    config::Config config;
    for (const char* name : {"pacs", "copy", "research"}) {
        config::Destination& destination = config.destinations.emplace_back();
        destination.name = name;
        destination.ae_title = name;
        destination.host = "10.0.0.9";
    }
    config.routes = std::move(routes);
    return config;
}

/// Received instances in a spool, each decided as the test says.
struct Received {
    Books books;
    int serial = 0;

    void take(const std::string& uid, const std::string& modality, bool has_job = true,
              const std::string& calling = "CT1", outbox::Instant at = start) {
        support::Identity identity;
        identity.sop_instance_uid = uid;
        identity.modality = modality;
        const auto head = broker::dicom::file_header({identity.sop_class_uid, uid, "1.2.840.10008.1.2.1"});
        auto linked = books.link(support::to_text(head) + support::ct_image(identity, 16).text());
        auto receipt = books.receipt(linked, uid, has_job);
        receipt.association.serial = ++serial;
        receipt.association.calling_ae_title = calling;
        receipt.association.address = "10.0.0.9";
        receipt.instance.modality = modality;
        receipt.received_at = at;
        books.committer.take_custody(std::move(linked), std::move(receipt));
    }

    broker::RoutesDiff diff(const config::Config& present, const config::Config& proposed,
                            std::optional<outbox::Instant> since = std::nullopt, std::size_t groups_max = 20) {
        return broker::RouteDiff(books.spool, books.database()).run({present, proposed}, since, groups_max, {});
    }
};

std::vector<std::string> names(const broker::Course& course) {
    std::vector<std::string> names;
    for (const route::Target& each : course) names.push_back(each.destination);
    return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("route diff: what gains, loses and stays is counted, and grouped with examples, the most frequent first") {
    Received received;
    for (int i = 0; i < 5; ++i) received.take("1.2.1." + std::to_string(i), "CT");
    for (int i = 0; i < 2; ++i) received.take("1.2.2." + std::to_string(i), "MR");
    received.take("1.2.3.0", "US", false);
    const auto present = rules({to("most", {"pacs"}, {"CT", "MR"})});
    const auto proposed = rules({to("ct", {"pacs", "copy"}, {"CT"}), to("us", {"research"}, {"US"})});
    const auto rows = [&] { return outbox::Views(received.books.database()).history({}, std::nullopt, 1000).rows; };
    const std::size_t rows_before = rows().size();
    const auto diff = received.diff(present, proposed);
    CHECK(diff.instances == 8);
    CHECK(diff.same == 0);
    CHECK(diff.changed == 8);
    CHECK(diff.unrouted_now == 1);
    CHECK(diff.unrouted_then == 2);
    CHECK(diff.differs_from_recorded == 0);
    CHECK(diff.is_whole);
    REQUIRE(diff.destinations.size() == 3);
    CHECK(diff.destinations.at("copy").gains == 5);
    CHECK(diff.destinations.at("pacs").loses == 2);
    CHECK(diff.destinations.at("pacs").gains == 0);
    CHECK(diff.destinations.at("research").gains == 1);
    REQUIRE(diff.groups.size() == 3);
    CHECK(diff.groups[0].count == 5);
    CHECK(names(diff.groups[0].from) == Names{"pacs"});
    CHECK(names(diff.groups[0].to) == Names{"copy", "pacs"});
    REQUIRE(diff.groups[0].examples.size() == 3);
    CHECK(diff.groups[0].examples[0].sop_instance_uid == "1.2.1.0");
    CHECK(diff.groups[0].examples[0].modality == "CT");
    CHECK(diff.groups[0].examples[0].received_at == start);
    CHECK(diff.groups[0].examples[0].routes_now == Names{"most"});
    CHECK(diff.groups[0].examples[0].routes_then == Names{"ct"});
    CHECK(diff.groups[1].count == 2);
    CHECK(diff.groups[1].to.empty());
    CHECK(rows().size() == rows_before);

    const auto few = received.diff(present, proposed, std::nullopt, 1);
    CHECK(few.groups.size() == 1);
    CHECK(few.in_other_groups == 3);
}

TEST_CASE("route diff: the same rules change nothing, whatever routes are called and in which order they stand") {
    Received received;
    received.take("1.2.1", "CT");
    received.take("1.2.2", "MR");
    const auto one = rules({to("a", {"pacs"}), to("b", {"copy"}, {"CT"})});
    const auto other = rules({to("c", {"copy"}, {"CT"}), to("d", {"pacs"})});
    const auto diff = received.diff(one, other);
    CHECK(diff.same == 2);
    CHECK(diff.changed == 0);
    CHECK(diff.groups.empty());
    CHECK(diff.destinations.empty());
    // When it came, the copy wasn't thought of.
    CHECK(diff.differs_from_recorded == 1);
}

TEST_CASE("route diff: another priority, other edits or another hold are changes of a destination that keeps it") {
    Received received;
    for (int i = 0; i < 4; ++i) received.take("1.2.1." + std::to_string(i), i % 2 == 0 ? "CT" : "MR");
    auto ct = to("ct", {"pacs"}, {"CT"}), mr = to("mr", {"pacs"}, {"MR"});
    const auto present = rules({ct, mr});
    ct.priority = route::Priority::low;
    ct.edits = "remove PatientName";
    mr.hold = "look first";
    const auto diff = received.diff(present, rules({ct, mr}));
    CHECK(diff.changed == 4);
    REQUIRE(diff.destinations.size() == 1);
    const auto& pacs = diff.destinations.at("pacs");
    CHECK(pacs.priority == 2);
    CHECK(pacs.edits == 2);
    CHECK(pacs.hold == 2);
    CHECK(pacs.gains + pacs.loses == 0);
    CHECK(diff.groups.size() == 2);
}

TEST_CASE("route diff: what comes from a destination is not sent back to it, by either set of rules") {
    Received received;
    received.take("1.2.1", "CT", true, "copy");
    const auto present = rules({to("all", {"pacs"})});
    const auto diff = received.diff(present, rules({to("all", {"pacs", "copy"})}));
    CHECK(diff.same == 1);
    CHECK(received.diff(rules({to("all", {"copy"})}), present).groups.at(0).from.empty());
}

TEST_CASE("route diff: new senders have their names in the new rules") {
    Received received;
    received.take("1.2.1", "CT");
    received.take("1.2.2", "CT", true, "CT2");
    auto proposed = rules({to("named", {"copy"}), to("all", {"pacs"})});
    proposed.routes[0].when = {route::Leaf{route::Origin::sender, "sender", route::Matches{{route::Glob("first")}}}};
    proposed.senders.emplace_back();
    proposed.senders.back().name = "first";
    proposed.senders.back().ae_title = "CT1";
    const auto diff = received.diff(rules({to("all", {"pacs"})}), proposed);
    CHECK(diff.changed == 1);
    CHECK(diff.destinations.at("copy").gains == 1);
}

TEST_CASE("route diff: only what came since, page by page, as far as the watch lets it") {
    Received received;
    for (int i = 0; i < 3; ++i) received.take("1.2." + std::to_string(i), "CT", true, "CT1", start + i * 1h);
    const auto present = rules({to("all", {"pacs"})});
    CHECK(received.diff(present, present, start + 1h).instances == 2);
    CHECK(received.diff(present, present, start + 5h).instances == 0);
    for (int i = 3; i < 600; ++i) received.take("1.2." + std::to_string(i), "CT", true, "CT1", start + 3h);
    std::vector<std::pair<std::int64_t, std::int64_t>> seen;
    const broker::RouteDiff both(received.books.spool, received.books.database());
    const auto cut = both.run({present, present}, std::nullopt, 20, [&](std::int64_t done, std::int64_t total) {
        seen.emplace_back(done, total);
        return false;
    });
    CHECK(seen == std::vector<std::pair<std::int64_t, std::int64_t>>{{500, 600}});
    CHECK_FALSE(cut.is_whole);
    CHECK(cut.instances == 500);
    CHECK(received.diff(present, present).same == 600);
}

TEST_CASE("route diff: what is purged or cannot be read is counted, not judged") {
    Received received;
    received.take("1.2.1", "CT");
    received.books.deliver_all();
    received.take("1.2.2", "CT");
    received.take("1.2.3", "CT");
    received.books.committer.run(broker::Turn::settlement, [&](outbox::Outbox& outbox) {
        const auto digests = outbox.begin_purge(start + 3h, 10, start + 3h);
        outbox.end_purge(digests, start + 3h);
        return digests.size();
    });
    const auto gone =
        spool::Digest::from_bytes(outbox::Views(received.books.database()).instance("1.2.2").front().facts.digest);
    for (const auto& each : std::filesystem::recursive_directory_iterator(received.books.folder.path()))
        if (each.path().filename().string().starts_with(gone.hex())) std::filesystem::remove(each.path());
    const auto diff = received.diff(rules({to("all", {"pacs"})}), rules({}));
    CHECK(diff.instances == 3);
    CHECK(diff.purged == 1);
    CHECK(diff.unreadable == 1);
    CHECK(diff.changed == 1);
    CHECK(diff.unrouted_then == 1);
}
