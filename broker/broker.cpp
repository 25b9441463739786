// Building, starting and stopping the parts.
#include "broker/broker.h"

#include <spdlog/spdlog.h>

#include <boost/json.hpp>

#include "broker/alarm/mail.h"
#include "broker/alarm/recipients.h"
#include "broker/dicom/dcmtk_start.h"
#include "broker/stored_header.h"
#include "broker/version.h"

namespace broker {

namespace {

// A full disk must not keep the bridge down: what it holds must still be delivered, and the page must say why it is
// full.
template <class Work>
auto with_room(Ballast& ballast, Work work) {
    try {
        return work();
    } catch (const outbox::Error& error) {
        if (error.code() != outbox::Errc::no_space || !ballast.release()) throw;
        spdlog::warn("event=ballast_released when=start");
        return work();
    }
}

CommitterLimits limits_of(const config::Config& config) {
    return {.batch_max = config.dicom.commit_batch,
            .waiting_max = config.dicom.commit_queue,
            .wal_pages_max = config.dicom.commit_wal_pages};
}

std::map<std::string, outbox::DestinationId> ids_of(outbox::Outbox& outbox, const config::Config& config) {
    std::map<std::string, outbox::DestinationId> ids;
    for (const config::Destination& each : config.destinations)
        if (const auto id = outbox.destination(each.name)) ids.emplace(each.name, *id);
    return ids;
}

}  // namespace

std::filesystem::path database_of(const std::filesystem::path& data_dir) {
    return data_dir / "outbox.db";
}

/// The committer, as the receiving side sees it; what it took is offered to the previews.
class Broker::SpoolCustody : public receive::Custody {
public:
    SpoolCustody(Committer& committer, preview::Previews& previews, const std::atomic<bool>& has_failed)
        : committer_(committer), previews_(previews), has_failed_(has_failed) {}
    outbox::Accepted take(spool::Linked linked, outbox::Receipt receipt) override {
        if (has_failed_) throw Stopped("the storage failed");
        const spool::Digest digest = linked.digest();
        const std::string series = receipt.instance.series_instance_uid;
        outbox::Accepted accepted = committer_.take_custody(std::move(linked), std::move(receipt));
        if (!accepted.is_repeat || accepted.was_restored) previews_.offer(digest, series);
        return accepted;
    }

private:
    Committer& committer_;
    preview::Previews& previews_;
    const std::atomic<bool>& has_failed_;
};

/// What registering a study tells of its instances is in their headers.
deliver::ReadHeader Broker::header_reader(const config::Dicom& dicom) const {
    return [this, limits = receive::scan_limits(dicom)](const outbox::Digest& digest, std::string_view transfer_syntax,
                                                        const dicom::Wanted& wanted) {
        return stored_header(spool_, {spool::Digest::from_bytes(digest), transfer_syntax}, wanted, limits);
    };
}

Broker::Broker(const config::Config& config, const Clock& clock, OnFatal on_fatal)
    : data_dir_(config.node.data_dir),
      clock_(clock),
      on_fatal_(std::move(on_fatal)),
      started_at_(clock.now()),
      spool_(disk_, config.node.data_dir),
      ballast_(config.node.data_dir / "ballast", config.spool.ballast),
      open_outbox_(with_room(
          ballast_,
          [&] { return std::make_unique<outbox::Outbox>(database(), config.node.name, spool_.was_clean()); })),
      outbox_(*open_outbox_),
      report_(with_room(ballast_, [&] { return put_books_right(spool_, outbox_, database(), config, clock); })),
      space_(spool_, config.spool, clock),
      clocks_(clock),
      in_force_{std::make_shared<const config::Config>(config),
                std::make_shared<const Certificates>(read_certificates(config)), started_at_},
      accepting_{.is_accepting = false, .since = started_at_} {
    dicom::start_dcmtk();
    alarm::start_mail();
    const deliver::HeardDate heard_date = [this](const std::string& server, const http::Response& response) {
        if (const auto date = response.date(std::chrono::floor<std::chrono::seconds>(clock_.now())))
            clocks_.heard(server, *date);
    };
    if (const auto warning = spool_.warning(); !warning.empty())
        spdlog::warn("event=spool_warning what=\"{}\"", warning);
    const auto ids = ids_of(outbox_, config);
    committer_ = std::make_unique<Committer>(
        spool_, outbox_, limits_of(config),
        Committer::Callbacks{.wake = [this](auto destinations) { lanes_->wake(destinations); },
                             .on_full =
                                 [this] {
                                     if (ballast_.release()) spdlog::warn("event=ballast_released");
                                 },
                             .on_fatal = [this](const std::string& why) { failed(why); }});
    transcoder_ = std::make_unique<worker::ProcessTranscoder>(spool_, config.worker);
    lanes_ =
        std::make_unique<deliver::Lanes>(config,
                                         deliver::LanesParts{clock_, spool_, *committer_, database(), transcoder_.get(),
                                                             header_reader(config.dicom), heard_date},
                                         file_contents(config, *in_force_.certificates));
    previews_ = std::make_unique<preview::Previews>(
        preview::Previews::Parts{.spool = spool_,
                                 .clock = clock_,
                                 .database = database(),
                                 .folder = config.node.data_dir / "previews",
                                 .program = preview::helper_program(config.worker, "/proc/self/exe"),
                                 .space = [this] { return space_.look().state; }},
        config.preview);
    spool_.on_removed([this](const spool::Digest& digest) { previews_->forget(digest); });
    failover_ = std::make_unique<Failover>(Failover::Parts{*committer_, clock_, database(),
                                                           [this](outbox::DestinationId destination) {
                                                               lanes_->wake({&destination, 1});
                                                           }},
                                           in_force_.config);
    pledges_ = std::make_unique<Pledges>(Pledges::Parts{*committer_, clock_, database(),
                                                        [this](outbox::DestinationId destination) {
                                                            lanes_->wake({&destination, 1});
                                                        }},
                                         config);
    webhooks_ = std::make_unique<Webhooks>(
        Webhooks::Parts{.committer = *committer_, .clock = clock_, .database = database(), .heard_date = heard_date},
        config);
    refusals_ = std::make_unique<Refusals>(*committer_, clock_, outbox::Views(database()).status().refused);
    sightings_ = std::make_unique<Sightings>(*committer_, clock_);
    custody_ = std::make_unique<SpoolCustody>(*committer_, *previews_, has_failed_);
    acceptor_ = std::make_unique<receive::Acceptor>(
        receive::Surroundings{.spool = spool_,
                              .custody = *custody_,
                              .clock = clock_,
                              .space = space_,
                              .statistics = statistics_,
                              .refused =
                                  [this](const receive::Refusal& refusal) {
                                      refusals_->note({refusal.code, refusal.address, refusal.calling_ae_title,
                                                       refusal.called_ae_title, refusal.detail});
                                  },
                              .seen = [this](const receive::Sighting& sighting) { sightings_->note(sighting); },
                              .storage_failed = [this](const std::string& why) { failed(why); },
                              .desk = pledges_.get()},
        receive::rules_of(config, ids));
    // A disk that lied about a sync shows in what came last.
    const bool must_verify = !spool_.was_clean();
    const auto last_received_at = outbox::Views(database()).status().last_received_at;
    janitor_ = std::make_unique<Janitor>(
        Janitor::Parts{spool_, *committer_, ballast_, space_, clock_, database()}, config,
        must_verify ? std::optional(last_received_at.value_or(started_at_) - config.janitor.verify_back)
                    : std::nullopt);
    messages_ = std::make_unique<alarm::Messages>(
        alarm::Messages::Parts{
            .committer = *committer_, .clock = clock_, .database = database(), .heard_date = heard_date},
        config);
    alarms_ = std::make_unique<alarm::Alarms>(
        alarm::Alarms::Parts{.committer = *committer_,
                             .clock = clock_,
                             .database = database(),
                             .space = space_,
                             .clocks = clocks_,
                             .config = [this] { return this->config(); },
                             .certificates = [this] { return in_force().certificates->own; },
                             .refusing = [this] { return refusing(); },
                             .on_change = [this] { messages_->wake(); }});
}

Broker::~Broker() {
    stop();
}

void Broker::start() {
    ballast_.take();
    committer_->start();
    refusals_->start();
    sightings_->start();
    const std::string detail = boost::json::serialize(boost::json::object{{"version", version},
                                                                          {"generation", report_.generation.value},
                                                                          {"was_clean", spool_.was_clean()},
                                                                          {"uncertain", report_.recovered.uncertain},
                                                                          {"damaged", report_.blobs_damaged}});
    committer_->run(Turn::settlement, [&](outbox::Outbox& outbox) {
        outbox.record("started", {"bridge", ""}, detail, clock_.now());
        outbox.configure_recipients(alarm::recipients_of(*config()), clock_.now());
    });
    record_configuration();
    acceptor_->start();
    lanes_->start();
    failover_->start();
    pledges_->start();
    webhooks_->start();
    janitor_->start();
    previews_->start();
    set_accepting(true);
    messages_->start();
    alarms_->start();
}

// The history says when the settings changed, and by their digest which they were; the settings themselves are a file.
void Broker::record_configuration() {
    const auto present = config();
    const std::string digest = digest_of(*present);
    outbox::HistoryFilter filter;
    filter.event = "configuration";
    const auto last = outbox::Views(database()).history(filter, std::nullopt, 1);
    if (!last.rows.empty() && last.rows.front().detail.find(digest) != std::string::npos) return;
    const std::string detail =
        boost::json::serialize(boost::json::object{{"sha256", digest},
                                                   {"destinations", present->destinations.size()},
                                                   {"routes", present->routes.size()},
                                                   {"jobs_changed", report_.destination_changes}});
    committer_->run(Turn::settlement, [&](outbox::Outbox& outbox) {
        outbox.record("configuration", {"bridge", ""}, detail, clock_.now());
    });
}

void Broker::stop() {
    if (is_stopped_.exchange(true)) return;
    // That nothing is taken in any more is no alarm.
    alarms_->stop();
    set_accepting(false);
    // A reload that is under way goes on to its end, but waits for no lane; another one finds us stopped.
    lanes_->begin_stop();
    const std::lock_guard no_reload(reload_mutex_);
    const auto within = config()->node.stop_within;
    const Monotonic deadline = clock_.monotonic() + within;
    // Half of the time for those who send to us, the rest for the lanes; both need the committer to the end.
    acceptor_->stop(within / 2);
    pledges_->stop();
    webhooks_->stop();
    messages_->stop();
    failover_->stop();
    previews_->stop();
    transcoder_->stop();
    lanes_->stop(deadline);
    janitor_->stop();
    refusals_->stop();
    sightings_->stop();
    try {
        committer_->run(Turn::settlement, [&](outbox::Outbox& outbox) {
            outbox.record("stopped", {"bridge", ""}, "{}", clock_.now());
            outbox.end_generation(clock_.now());
        });
    } catch (const Stopped&) {
        // Never started, or failed: the next start finds the generation without an end.
    } catch (const outbox::Error& error) {
        spdlog::warn("event=stop_not_recorded what=\"{}\"", error.what());
    }
    committer_->stop();
    try {
        // A verification that was cut short begins again at the next start.
        if (failure().empty() && !janitor_->is_verifying()) spool_.mark_clean();
    } catch (const spool::Error& error) {
        spdlog::warn("event=clean_mark_failed what=\"{}\"", error.what());
    }
}

Broker::InForce Broker::in_force() const {
    std::lock_guard lock(mutex_);
    return in_force_;
}

Broker::Accepting Broker::accepting() const {
    std::lock_guard lock(mutex_);
    return accepting_;
}

void Broker::set_accepting(bool is_accepting) {
    std::lock_guard lock(mutex_);
    if (accepting_.is_accepting != is_accepting) accepting_ = {is_accepting, clock_.now()};
}

std::optional<alarm::Refusing> Broker::refusing() {
    if (!failure().empty()) return alarm::Refusing{accepting().since, "the storage failed"};
    const auto look = space_.look();
    if (look.state != receive::SpaceState::refusing) return std::nullopt;
    return alarm::Refusing{look.refusing_since.value_or(clock_.now()),
                           "the disk is full, free space is below [spool] refuse_below"};
}

std::string Broker::failure() const {
    std::lock_guard lock(mutex_);
    return failure_;
}

void Broker::failed(const std::string& why) {
    set_accepting(false);
    has_failed_ = true;
    {
        std::lock_guard lock(mutex_);
        if (!failure_.empty()) return;
        failure_ = why;
    }
    spdlog::critical("event=storage_failed what=\"{}\"", why);
    on_fatal_(why);
}

}  // namespace broker
