// Backfill: what is sent later goes with the edits that the present routes ask for, however it was asked for.
#include "broker/backfill.h"

#include <doctest/doctest.h>

#include "broker/dicom/part10.h"
#include "broker/route/edit.h"
#include "tests/broker/committer/books.h"
#include "tests/support/synthetic.h"

using books_test::start;

namespace {

const std::string edits = R"([{"remove":"PatientName"}])";

class StillClock : public broker::Clock {
public:
    outbox::Instant now() const override { return start; }
    broker::Monotonic monotonic() const override { return std::chrono::steady_clock::now(); }
};

struct House {
    House() {
        broker::config::Destination pacs;
        pacs.name = "pacs";
        pacs.ae_title = "PACSA";
        config.destinations.push_back(pacs);
        for (const char* modality : {"CT", "MR"}) take(modality);
    }

    /// An instance without a job.
    void take(const std::string& modality) {
        support::Identity identity;
        identity.modality = modality;
        identity.sop_instance_uid = "1.2.826.0.1.3680043.10." + std::to_string(++count);
        const std::string syntax = "1.2.840.10008.1.2.1";
        auto bytes = broker::dicom::file_header({identity.sop_class_uid, identity.sop_instance_uid, syntax});
        const auto data_set = support::ct_image(identity).bytes();
        bytes.insert(bytes.end(), data_set.begin(), data_set.end());
        auto intake = books.spool.begin(1 << 20);
        intake.append(bytes);
        auto linked = books.spool.link(intake.finish());
        auto receipt = books.receipt(linked, identity.sop_instance_uid, false);
        books.committer.take_custody(std::move(linked), std::move(receipt));
    }

    broker::route::Route& add_route(const std::string& modality) {
        auto& made = config.routes.emplace_back();
        made.name = "route " + std::to_string(config.routes.size());
        made.to = {"pacs"};
        made.when = {
            broker::route::Leaf{broker::dicom::TagPath(broker::dicom::tags::modality), "Modality",
                                         broker::route::Matches{{broker::route::Glob(modality)}}}};
        return made;
    }

    broker::Backfilled run(bool is_all) {
        broker::Wanted wanted;
        wanted.destination = "pacs";
        wanted.is_all = is_all;
        return broker::Backfill(books.committer, clock, config, books.database()).run(wanted, {"local:alice", ""}, {});
    }
    std::vector<outbox::JobView> jobs() { return outbox::Views(books.database()).jobs({}, std::nullopt, 10).jobs; }

    books_test::Books books;
    StillClock clock;
    broker::config::Config config;
    int count = 0;
};

}  // namespace

TEST_CASE(
    "backfill: by the present routes it carries their edits and their hold, and the priority that was asked for") {
    House house;
    auto& route = house.add_route("CT");
    route.edits = edits;
    route.hold = "the study nurse decides";
    route.priority = broker::route::Priority::high;
    const auto done = house.run(false);
    CHECK(done.added == 1);
    CHECK(done.not_routed == 1);
    REQUIRE(house.jobs().size() == 1);
    const auto job = house.jobs().front();
    CHECK(job.edits == edits);
    CHECK(job.state == outbox::State::held);
    CHECK(job.reason == outbox::Reason::held_by_rule);
    CHECK(job.note == "the study nurse decides");
    CHECK(job.priority == outbox::Priority::low);
}

TEST_CASE("backfill: everything goes there as it is, save what a matching route edits for that place") {
    House house;
    auto& route = house.add_route("MR");
    route.edits = edits;
    route.hold = "why";
    const auto done = house.run(true);
    CHECK(done.added == 2);
    REQUIRE(house.jobs().size() == 2);  // newest first
    CHECK(house.jobs().front().edits == edits);
    CHECK(house.jobs().front().state == outbox::State::queued);
    CHECK(house.jobs().back().edits.empty());
}

TEST_CASE("backfill: where a header that decides about edits cannot be read, nothing is made") {
    House house;
    auto linked = house.books.link("not a blob of ours");
    auto receipt = house.books.receipt(linked, "1.2.3.9", false);
    house.books.committer.take_custody(std::move(linked), std::move(receipt));
    SUBCASE("a route edits") {
        house.add_route("MR").edits = edits;
        const auto done = house.run(true);
        CHECK(done.added == 2);
        CHECK(done.unreadable == 1);
    }
    SUBCASE("none does") {
        house.add_route("MR");
        CHECK(house.run(true).added == 3);
    }
}
