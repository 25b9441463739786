/// Pledges: the broker's desk for storage commitment: takes destinations' reports, and answers scanners that ask us.
///
/// The desk's functions from any association thread; one thread of its own opens associations to scanners that took no
/// report on theirs. What was promised to a scanner is in the outbox: a restart changes nothing. Must not outlive its
/// Parts. Stop is synchronous, idempotent, legal before start.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "broker/clock.h"
#include "broker/committer/committer.h"
#include "broker/config/config.h"
#include "broker/deliver/dicom/event_report.h"
#include "broker/receive/commitment_desk.h"
#include "broker/receive/rules.h"
#include "outbox/views.h"

namespace broker {

class Pledges : public receive::CommitmentDesk {
public:
    struct Parts {
        Committer& committer;
        const Clock& clock;
        std::filesystem::path database;
        /// A report changed jobs of this destination.
        std::function<void(outbox::DestinationId)> wake;
    };
    /// The destinations were configured in the outbox before. Throws outbox::Error.
    Pledges(Parts parts, const config::Config& config);
    ~Pledges() override;

    void start();
    void stop();
    /// From now on scanners and destinations are those of this configuration; `ids` as of receive::rules_of. Any
    /// thread.
    void set_configuration(const config::Config& config, const std::map<std::string, outbox::DestinationId>& ids);

    std::uint16_t report(const receive::CommitmentPeer& peer, const dicom::CommitmentReport& report) override;
    std::uint16_t request(const receive::CommitmentPeer& peer, const dicom::CommitmentRequest& request) override;
    Taken take_report(const receive::CommitmentPeer& peer, const std::string& transaction_uid) override;
    void reported(const receive::CommitmentPeer& peer, const std::string& transaction_uid,
                  bool is_acknowledged) override;

private:
    using Key = std::pair<std::string, std::string>;  ///< calling AE title and transaction UID

    /// What one configuration says about all this.
    struct Terms {
        config::Delivery limits;
        std::shared_ptr<const receive::Rules> rules;
        std::map<outbox::DestinationId, std::string> ae_titles;  ///< of the destinations
    };
    static std::shared_ptr<const Terms> terms_of(const config::Config& config,
                                                 const std::map<std::string, outbox::DestinationId>& ids);
    std::shared_ptr<const Terms> terms() const;

    void run(const std::stop_token& stop);
    void look(const std::stop_token& stop);
    /// A pledge that is looked at again later; `counts`: the scanner didn't take the report.
    struct Later {
        outbox::PledgeId pledge;
        outbox::Instant due_at;
        bool counts;
    };
    /// Nothing: it was reported, or a stop came between.
    std::optional<Later> report_to(const outbox::OpenPledge& pledge, const config::Sender& sender, const Terms& terms,
                                   const std::stop_token& stop);
    bool is_in_hand(const Key& key) const;

    Parts parts_;
    const outbox::Views views_;  ///< of the thread

    mutable std::mutex mutex_;  ///< guards all below
    std::shared_ptr<const Terms> terms_;
    std::condition_variable_any changed_;
    std::map<Key, Monotonic> in_hand_;  ///< whose association is still being served, and since when
    bool is_woken_ = false;

    std::jthread thread_;
};

}  // namespace broker
