// The receipt and its routing decision.
#include "broker/receive/custody.h"

#include <doctest/doctest.h>

#include "spool/posix_disk.h"
#include "spool/spool.h"
#include "tests/support/synthetic.h"
#include "tests/support/temp_folder.h"

namespace receive = broker::receive;
namespace config = broker::config;
namespace route = broker::route;

namespace {

config::Config config_with(std::vector<config::Destination> destinations) {
    config::Config config;
    route::Route all;
    all.name = "all";
    for (const auto& each : destinations) all.to.push_back(each.name);
    all.priority = route::Priority::high;
    config.routes = {all};
    config.destinations = std::move(destinations);
    return config;
}

config::Destination dicom(const std::string& name, const std::string& ae_title, const std::string& host) {
    config::Destination destination;
    destination.name = name;
    destination.ae_title = ae_title;
    destination.host = host;
    return destination;
}

outbox::Receipt planned(const config::Config& config, const outbox::Association& association) {
    support::TempFolder folder;
    spool::PosixDisk disk;
    spool::Spool spool(disk, folder.path());
    auto intake = spool.begin(100);
    intake.append(support::to_bytes("blob"));
    const auto linked = spool.link(intake.finish());
    std::map<std::string, outbox::DestinationId> ids;
    std::int64_t id = 0;
    for (const auto& each : config.destinations) ids[each.name] = outbox::DestinationId{++id};
    receive::Received received;
    received.sop_instance_uid = "1.2.3";
    received.header.set(broker::dicom::tags::modality, {"CT"});
    received.at = outbox::Instant(std::chrono::seconds(1000));
    return receive::receipt_of(received, association, linked, *receive::rules_of(config, ids));
}

outbox::Association from(const std::string& ae_title, const std::string& address) {
    outbox::Association association;
    association.calling_ae_title = ae_title;
    association.address = address;
    return association;
}

}  // namespace

TEST_CASE("custody: every destination of a matching route gets a job with its priority") {
    auto config = config_with({dicom("a", "A", "10.0.0.1"), dicom("b", "B", "pacs.example")});
    config.destinations[1].on_new_version = config::OnNewVersion::hold;
    config.destinations[1].after_study_quiet = std::chrono::minutes(15);
    const auto receipt = planned(config, from("CT1", "10.0.0.9"));
    CHECK(receipt.routes == std::vector<std::string>{"all"});
    CHECK(receipt.instance.modality == "CT");
    CHECK(receipt.instance.bytes == 4);
    REQUIRE(receipt.jobs.size() == 2);
    CHECK(receipt.jobs[0].destination.value == 1);
    CHECK(receipt.jobs[0].priority == outbox::Priority::high);
    CHECK(receipt.jobs[0].due_at == receipt.received_at);
    CHECK(receipt.jobs[0].waiting == outbox::Reason::none);
    CHECK(receipt.jobs[1].on_new_version == outbox::OnNewVersion::hold);
    CHECK(receipt.jobs[1].waiting == outbox::Reason::quiet_period);
    CHECK(receipt.jobs[1].due_at == receipt.received_at + std::chrono::minutes(15));
}

TEST_CASE("custody: what comes from a destination is not routed back to it") {
    const auto config = config_with({dicom("a", "PACSA", "10.0.0.1"), dicom("b", "PACSB", "pacs.example")});
    const auto destinations = [&](const outbox::Association& association) {
        std::vector<std::int64_t> ids;
        for (const auto& job : planned(config, association).jobs) ids.push_back(job.destination.value);
        return ids;
    };
    using Ids = std::vector<std::int64_t>;
    CHECK(destinations(from("PACSA", "10.0.0.1")) == Ids{2});
    CHECK(destinations(from("PACSA", "10.0.0.2")) == Ids{1, 2});  // another machine of that title
    CHECK(destinations(from("OTHER", "10.0.0.1")) == Ids{1, 2});  // another title on that machine
    CHECK(destinations(from("PACSB", "10.9.9.9")) == Ids{1});     // configured by name: the title must do
}

TEST_CASE("custody: what matches no route is kept without a job") {
    auto config = config_with({dicom("a", "A", "10.0.0.1")});
    config.routes.clear();
    const auto receipt = planned(config, from("CT1", "10.0.0.9"));
    CHECK(receipt.routes.empty());
    CHECK(receipt.jobs.empty());
}
