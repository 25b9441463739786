#include "tests/broker/receive/bridge.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "broker/dicom/part10.h"

namespace receive_test {

outbox::Accepted RememberingCustody::take(spool::Linked, outbox::Receipt receipt) {
    std::lock_guard lock(mutex_);
    if (before) before();
    outbox::Accepted accepted;
    accepted.instance = {static_cast<std::int64_t>(receipts_.size()) + 1};
    receipts_.push_back(std::move(receipt));
    return accepted;
}

std::vector<outbox::Receipt> RememberingCustody::receipts() const {
    std::lock_guard lock(mutex_);
    return receipts_;
}

Bridge::Bridge(const Change& change, std::function<void()> before_custody, broker::receive::CommitmentDesk* desk) {
    if (std::getenv("BRIDGE_TEST_LOG") == nullptr) spdlog::set_level(spdlog::level::off);
    custody.before = std::move(before_custody);
    config.dicom.port = {0};
    config.spool.refuse_below = std::uint64_t{0};
    if (change) change(config);
    space = std::make_unique<broker::receive::SpaceWatch>(spool, config.spool, clock);
    std::map<std::string, outbox::DestinationId> ids;
    std::int64_t id = 0;
    for (const auto& each : config.destinations) ids[each.name] = outbox::DestinationId{++id};
    broker::receive::Surroundings around{.spool = spool,
                                         .custody = custody,
                                         .clock = clock,
                                         .space = *space,
                                         .statistics = statistics,
                                         .refused =
                                             [this](const broker::receive::Refusal& refusal) {
                                                 std::lock_guard lock(mutex_);
                                                 refusals_.push_back(refusal.code);
                                             },
                                         .seen =
                                             [this](const broker::receive::Sighting& sighting) {
                                                 std::lock_guard lock(mutex_);
                                                 sightings_.push_back(sighting);
                                             },
                                         .storage_failed = [this](const std::string&) { ++storage_failures_; },
                                         .desk = desk};
    acceptor = std::make_unique<broker::receive::Acceptor>(around, broker::receive::rules_of(config, ids));
    acceptor->start();
}

Bridge::~Bridge() {
    acceptor->stop(std::chrono::seconds(5));
}

std::vector<std::string> Bridge::refusals() const {
    std::lock_guard lock(mutex_);
    return refusals_;
}

std::vector<broker::receive::Sighting> Bridge::sightings() const {
    std::lock_guard lock(mutex_);
    return sightings_;
}

std::string Bridge::data_set(const outbox::Receipt& receipt) const {
    const auto reader = spool.open(spool::Digest::from_bytes(receipt.instance.digest));
    std::vector<std::byte> all(reader.size());
    reader.read(0, all);
    const auto offset = broker::dicom::data_set_offset(all).value_or(all.size());
    return {reinterpret_cast<const char*>(all.data()) + offset, all.size() - offset};
}

std::size_t Bridge::files() const {
    std::size_t count = 0;
    for (const auto& each : std::filesystem::recursive_directory_iterator(folder.path()))
        if (each.is_regular_file() && each.path().filename() != "lock") ++count;
    return count;
}

bool Bridge::eventually(const std::function<bool()>& holds) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::yield();
    }
    return true;
}

}  // namespace receive_test
