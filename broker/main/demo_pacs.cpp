// The demo's PACS: the receiving side of the bridge, without its books.
#include "broker/main/demo_pacs.h"

namespace broker {

namespace {

// A demo runs on a nearly full laptop, too; the spool itself says when nothing fits any more.
config::Spool demo_marks() {
    config::Spool marks;
    marks.refuse_below = marks.warn_below = std::uint64_t{0};
    return marks;
}

std::shared_ptr<const receive::Rules> rules() {
    config::Config config;
    config.dicom.ae_title = "DEMOPACS";
    config.dicom.port = {0};
    return receive::rules_of(config, {});
}

}  // namespace

outbox::Accepted DemoPacs::Custody::take(spool::Linked, outbox::Receipt) {
    ++received;
    return {};
}

DemoPacs::DemoPacs(const std::filesystem::path& folder, const Clock& clock)
    : spool_(disk_, folder),
      space_(spool_, demo_marks(), clock),
      acceptor_({.spool = spool_,
                 .custody = custody_,
                 .clock = clock,
                 .space = space_,
                 .statistics = statistics_,
                 .refused = [](const receive::Refusal&) {},
                 .storage_failed = [](const std::string&) {}},
                rules()) {}

DemoPacs::~DemoPacs() {
    stop();
}

void DemoPacs::start() {
    acceptor_.start();
}

void DemoPacs::stop() {
    acceptor_.stop(std::chrono::seconds(2));
}

}  // namespace broker
