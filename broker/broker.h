/// Broker: all the parts of a running bridge but its windows, built, started and stopped in order.
///
/// `start` and `stop` from one thread; the rest from any, between the two. Its threads, each a role:
///   - acceptor: waits for associations (receive/acceptor.h); one thread per association that is open
///   - committer: the only one that removes blobs and writes the outbox (committer/committer.h)
///   - per destination a lane: its workers, its clerk, its asker, its workshop (deliver/lane.h); while a host name is
///     looked up, a thread that nobody waits for (deliver/dicom/connect.cpp)
///   - previews: seats, which have pictures made by helper processes, and a keeper of their cache (preview/previews.h)
///   - janitor: retention, sweep, verification after a crash; it only proposes (janitor.h)
///   - failover: lets destinations stand in for one that fails, and ends that (failover.h)
///   - pledges: reports to scanners that asked for storage commitment (pledges.h)
///   - webhooks: tells hospital systems what became of their studies (webhooks.h)
///   - alarms: looks at how things stand, and raises and clears what somebody should look at (alarm/alarms.h)
///   - messages: tells people and programs of alarms (alarm/messages.h)
///   - refusals: writes what was turned away into the history (refusals.h)
///   - sightings: writes who was at the door (sightings.h)
/// State crosses between them as values, through the committer's queue.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "broker/alarm/alarms.h"
#include "broker/alarm/messages.h"
#include "broker/ballast.h"
#include "broker/clock.h"
#include "broker/committer/committer.h"
#include "broker/config/config.h"
#include "broker/deliver/lanes.h"
#include "broker/failover.h"
#include "broker/janitor.h"
#include "broker/pledges.h"
#include "broker/preview/previews.h"
#include "broker/receive/acceptor.h"
#include "broker/refusals.h"
#include "broker/reload.h"
#include "broker/sightings.h"
#include "broker/startup.h"
#include "broker/webhooks.h"
#include "broker/worker/process_transcoder.h"
#include "spool/posix_disk.h"

namespace broker {

/// The database of a data folder.
std::filesystem::path database_of(const std::filesystem::path& data_dir);

class Broker {
public:
    /// Told once, on any thread, that the process must end: a sync or a commit failed, and what it left is for the next
    /// start to find out. From then on no instance is accepted.
    using OnFatal = std::function<void(const std::string& why)>;

    /// Opens spool and outbox and puts the books right (startup.h). Nothing listens yet.
    /// Throws spool::Error, outbox::Error, std::system_error.
    Broker(const config::Config& config, const Clock& clock, OnFatal on_fatal);
    ~Broker();

    /// On return associations are accepted and lanes are at work. Throws std::system_error: a port is taken.
    void start();

    /// Stops within `stop_within`: what is in hand is finished or handed back, everything known is in the books, and
    /// the data folder is marked clean unless something failed. Idempotent, legal before start.
    void stop();

    /// The configuration in force. What somebody works with stays as it was when it was asked for.
    std::shared_ptr<const config::Config> config() const { return in_force().config; }
    /// The same with what its files held, and since when it counts.
    struct InForce {
        std::shared_ptr<const config::Config> config;
        std::shared_ptr<const Certificates> certificates;
        outbox::Instant since;
    };
    InForce in_force() const;

    /// Takes another configuration whole, or changes nothing and says why: see Reload. One after the other; returns
    /// when the lanes have been exchanged and the jobs of destinations that left are held.
    /// Throws, and has changed nothing: Stopped, deliver::StillEnding, outbox::Error, dicom::TlsError.
    struct Order {
        bool is_dry_run = false;  ///< only says what would change
        outbox::Actor actor;
    };
    Reload reload(const config::Config& config, const Order& order);

    const StartReport& start_report() const { return report_; }
    std::filesystem::path database() const { return database_of(data_dir_); }
    outbox::Instant started_at() const { return started_at_; }
    std::vector<std::uint16_t> dicom_ports() const { return acceptor_->ports(); }
    /// Whether instances are taken in (not before start, after stop began, nor after a fatal failure), and since when
    /// it has been so.
    struct Accepting {
        bool is_accepting = false;
        outbox::Instant since;
    };
    Accepting accepting() const;
    bool is_accepting() const { return accepting().is_accepting; }
    /// Instances and associations turned away until now, those of earlier runs included.
    std::int64_t refused() const { return refusals_->count(); }
    /// What went wrong for good, or "".
    std::string failure() const;

    Committer& committer() { return *committer_; }
    deliver::Lanes& lanes() { return *lanes_; }
    receive::SpaceWatch& space() { return space_; }
    preview::Previews& previews() { return *previews_; }
    /// When the disk will be full, and why.
    alarm::Forecast forecast() const { return alarms_->forecast(); }
    const receive::Acceptor& acceptor() const { return *acceptor_; }
    const receive::Statistics& statistics() const { return statistics_; }

private:
    class SpoolCustody;

    void record_configuration();
    deliver::DestinationIds take_in_books(const config::Config& config, const Reload& reload,
                                          const outbox::Actor& actor);
    void follow(const config::Config& config, const deliver::DestinationIds& ids,
                std::shared_ptr<const dicom::TlsServer> tls);
    void settle_removed(std::size_t slice);
    void failed(const std::string& why);
    void set_accepting(bool is_accepting);
    std::optional<alarm::Refusing> refusing();
    deliver::ReadHeader header_reader(const config::Dicom& dicom) const;

    const std::filesystem::path data_dir_;
    std::atomic<bool> has_failed_ = false;  ///< from then on nothing is taken in
    const Clock& clock_;
    const OnFatal on_fatal_;
    const outbox::Instant started_at_;
    spool::PosixDisk disk_;
    spool::Spool spool_;
    Ballast ballast_;
    std::unique_ptr<outbox::Outbox> open_outbox_;
    outbox::Outbox& outbox_;
    const StartReport report_;
    receive::SpaceWatch space_;
    alarm::ClockWatch clocks_;
    receive::Statistics statistics_;
    std::unique_ptr<Committer> committer_;
    std::unique_ptr<worker::ProcessTranscoder> transcoder_;
    std::unique_ptr<deliver::Lanes> lanes_;
    std::unique_ptr<preview::Previews> previews_;
    std::unique_ptr<Failover> failover_;
    std::unique_ptr<Pledges> pledges_;
    std::unique_ptr<Webhooks> webhooks_;
    std::unique_ptr<Refusals> refusals_;
    std::unique_ptr<Sightings> sightings_;
    std::unique_ptr<receive::Custody> custody_;
    std::unique_ptr<receive::Acceptor> acceptor_;
    std::unique_ptr<Janitor> janitor_;
    std::unique_ptr<alarm::Messages> messages_;
    std::unique_ptr<alarm::Alarms> alarms_;

    std::atomic<bool> is_stopped_ = false;
    std::mutex reload_mutex_;   ///< one reload at a time, and none beside a stop
    mutable std::mutex mutex_;  ///< guards the rest
    InForce in_force_;
    Accepting accepting_;
    std::string failure_;
};

}  // namespace broker
