// The desk's answers, and the thread that reports.
#include "broker/pledges.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

#include "broker/deliver/backoff.h"
#include "broker/deliver/findings.h"
#include "broker/receive/refusal.h"

namespace broker {

namespace {

constexpr std::uint16_t success = 0x0000, invalid_instance = 0x0117, duplicate_transaction = 0x0131,
                        resource_limitation = 0x0213;
constexpr std::size_t pledges_per_look = 1000;
// An association that ended without a word about its report.
constexpr std::chrono::minutes in_hand_for{2};
// Without a `host` nobody can be told; a new configuration may name one.
constexpr std::chrono::hours nobody_to_tell{1};

std::uint16_t reason_of(outbox::PledgeAnswer::Failure why) {
    switch (why) {
        case outbox::PledgeAnswer::Failure::no_such_instance:
            return 0x0112;
        case outbox::PledgeAnswer::Failure::class_differs:
            return 0x0119;
        case outbox::PledgeAnswer::Failure::not_delivered:
            break;
    }
    return 0x0110;
}

dicom::CommitmentReport report_of(const outbox::OpenPledge& pledge, const outbox::PledgeAnswer& answer) {
    dicom::CommitmentReport report{pledge.pledge.transaction_uid, {}, {}};
    for (const auto& each : answer.committed) report.committed.push_back({each.sop_class_uid, each.sop_instance_uid});
    for (const auto& each : answer.failed)
        report.failed.push_back({{each.instance.sop_class_uid, each.instance.sop_instance_uid}, reason_of(each.why)});
    return report;
}

}  // namespace

Pledges::Pledges(Parts parts, const config::Config& config) : parts_(std::move(parts)), views_(parts_.database) {
    std::map<std::string, outbox::DestinationId> ids;
    for (const config::Destination& each : config.destinations)
        if (const auto row = views_.destination(each.name)) ids.emplace(each.name, row->id);
    terms_ = terms_of(config, ids);
}

std::shared_ptr<const Pledges::Terms> Pledges::terms_of(const config::Config& config,
                                                        const std::map<std::string, outbox::DestinationId>& ids) {
    auto terms = std::make_shared<Terms>();
    terms->limits = config.delivery;
    terms->rules = receive::rules_of(config, ids);
    for (const config::Destination& each : config.destinations)
        if (const auto id = ids.find(each.name); id != ids.end()) terms->ae_titles[id->second] = each.ae_title;
    return terms;
}

std::shared_ptr<const Pledges::Terms> Pledges::terms() const {
    std::lock_guard lock(mutex_);
    return terms_;
}

void Pledges::set_configuration(const config::Config& config, const std::map<std::string, outbox::DestinationId>& ids) {
    auto terms = terms_of(config, ids);
    std::lock_guard lock(mutex_);
    terms_ = std::move(terms);
    is_woken_ = true;
    changed_.notify_all();
}

Pledges::~Pledges() {
    stop();
}

void Pledges::start() {
    if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Pledges::stop() {
    thread_.request_stop();
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

std::uint16_t Pledges::report(const receive::CommitmentPeer& peer, const dicom::CommitmentReport& report) {
    const auto present = terms();
    // Only the one who was asked may answer, as far as AE titles tell.
    const auto is_asked = [&](outbox::DestinationId one) {
        const auto found = present->ae_titles.find(one);
        return found != present->ae_titles.end() && found->second == peer.calling_ae_title;
    };
    std::optional<outbox::DestinationId> destination;
    const auto changed =
        parts_.committer.run(Turn::settlement, [&](outbox::Outbox& outbox) -> std::optional<std::size_t> {
            const auto items = outbox.commitment(report.transaction_uid);
            if (items.empty() || !is_asked(items.front().destination)) return std::nullopt;
            destination = items.front().destination;
            return deliver::record_report(outbox, report, std::nullopt, present->limits, parts_.clock.now());
        });
    spdlog::info("event=commitment_report calling={} transaction={} known={} jobs={} committed={} failed={}",
                 receive::log_word(peer.calling_ae_title), report.transaction_uid, changed.has_value(),
                 changed.value_or(0), report.committed.size(), report.failed.size());
    if (!changed) return invalid_instance;
    if (parts_.wake) parts_.wake(*destination);
    return success;
}

std::uint16_t Pledges::request(const receive::CommitmentPeer& peer, const dicom::CommitmentRequest& request) {
    const auto present = terms();
    const config::Sender* sender =
        receive::sender_of(*present->rules, {peer.calling_ae_title, peer.address, {}, peer.sender});
    outbox::Pledge pledge{request.transaction_uid,
                          peer.calling_ae_title,
                          peer.called_ae_title,
                          peer.address,
                          sender ? sender->name : "",
                          sender && sender->commit_when == config::CommitWhen::delivered,
                          {}};
    for (const dicom::Reference& each : request.references)
        pledge.instances.push_back({each.sop_instance_uid, each.sop_class_uid});
    {
        std::lock_guard lock(mutex_);
        in_hand_[{peer.calling_ae_title, request.transaction_uid}] = parts_.clock.monotonic();
    }
    try {
        const auto kept = parts_.committer.run(
            Turn::settlement, [&](outbox::Outbox& outbox) { return outbox.pledge(pledge, parts_.clock.now()); });
        if (kept) return success;
        reported(peer, request.transaction_uid, false);
        return duplicate_transaction;
    } catch (const std::exception& error) {
        spdlog::error("event=pledge_not_kept calling={} what=\"{}\"", receive::log_word(peer.calling_ae_title),
                      error.what());
        std::lock_guard lock(mutex_);
        in_hand_.erase({peer.calling_ae_title, request.transaction_uid});
        return resource_limitation;
    }
}

Pledges::Taken Pledges::take_report(const receive::CommitmentPeer& peer, const std::string& transaction_uid) {
    const outbox::Views views(parts_.database);
    const auto pledge = views.pledge(peer.calling_ae_title, transaction_uid);
    if (pledge) {
        const auto answer = views.pledge_answer(*pledge);
        if (answer.is_ready) return {report_of(*pledge, answer), false};
    }
    const auto present = terms();
    const config::Sender* sender =
        receive::sender_of(*present->rules, {peer.calling_ae_title, peer.address, {}, peer.sender});
    const bool is_only_here = pledge && (sender == nullptr || sender->host.empty());
    std::lock_guard lock(mutex_);
    in_hand_.erase({peer.calling_ae_title, transaction_uid});
    return {std::nullopt, is_only_here};
}

void Pledges::reported(const receive::CommitmentPeer& peer, const std::string& transaction_uid, bool is_acknowledged) {
    if (is_acknowledged) {
        const outbox::Views views(parts_.database);
        if (const auto pledge = views.pledge(peer.calling_ae_title, transaction_uid))
            parts_.committer.run(Turn::settlement,
                                 [&](outbox::Outbox& outbox) { outbox.end_pledge(pledge->id, parts_.clock.now()); });
    }
    std::lock_guard lock(mutex_);
    in_hand_.erase({peer.calling_ae_title, transaction_uid});
    is_woken_ = true;
    changed_.notify_all();
}

bool Pledges::is_in_hand(const Key& key) const {
    std::lock_guard lock(mutex_);
    const auto found = in_hand_.find(key);
    return found != in_hand_.end() && parts_.clock.monotonic() - found->second < in_hand_for;
}

void Pledges::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        try {
            look(stop);
        } catch (const Stopped&) {
            return;
        } catch (const std::exception& error) {
            spdlog::error("event=pledges_failed what=\"{}\"", error.what());
        }
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, terms_->limits.pledge_look_every, [&] { return is_woken_; });
        is_woken_ = false;
    }
}

void Pledges::look(const std::stop_token& stop) {
    {
        std::lock_guard lock(mutex_);
        std::erase_if(in_hand_,
                      [&](const auto& each) { return parts_.clock.monotonic() - each.second >= in_hand_for; });
    }
    const auto present = terms();
    const auto now = parts_.clock.now();
    std::vector<Later> later;
    std::set<std::string> silent;  // senders that could not be told: the others don't wait for their time-outs
    for (const outbox::OpenPledge& each : views_.pledges_due(now, pledges_per_look)) {
        if (stop.stop_requested()) break;
        if (is_in_hand({each.pledge.calling_ae_title, each.pledge.transaction_uid})) continue;
        const config::Sender* sender = receive::sender_of(
            *present->rules, {each.pledge.calling_ae_title, each.pledge.address, {}, each.pledge.sender});
        if (sender == nullptr || sender->host.empty())
            later.push_back({each.id, now + nobody_to_tell, false});
        else if (silent.contains(sender->name))
            later.push_back({each.id, now + present->limits.pledge_look_every, false});
        else if (const auto again = report_to(each, *sender, *present, stop)) {
            later.push_back(*again);
            if (again->counts) silent.insert(sender->name);
        }
    }
    if (later.empty()) return;
    parts_.committer.run(Turn::bulk, [&](outbox::Outbox& outbox) {
        for (const Later& each : later) outbox.put_off_pledge(each.pledge, each.due_at, each.counts);
    });
}

std::optional<Pledges::Later> Pledges::report_to(const outbox::OpenPledge& pledge, const config::Sender& sender,
                                                 const Terms& terms, const std::stop_token& stop) {
    const config::Delivery& limits = terms.limits;
    const config::Dicom& dicom = terms.rules->dicom;
    const auto now = parts_.clock.now();
    const auto answer = views_.pledge_answer(pledge);
    // What is not delivered yet is looked at less often the longer it has waited.
    if (!answer.is_ready) {
        const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>((now - pledge.asked_at) / 10);
        return Later{pledge.id, now + std::clamp(waited, limits.pledge_look_every, limits.backoff_max), false};
    }
    const deliver::ReportPeer peer{{sender.host, sender.port, {}},
                                   pledge.pledge.calling_ae_title,
                                   pledge.pledge.called_ae_title,
                                   {limits.connect_timeout, dicom.idle_timeout, limits.release_timeout},
                                   static_cast<std::uint32_t>(dicom.max_pdu)};
    const auto said = deliver::send_event_report(peer, report_of(pledge, answer), stop);
    if (!said.is_acknowledged) {
        if (stop.stop_requested()) return std::nullopt;
        spdlog::warn("event=commitment_not_reported sender={} tries={}", sender.name, pledge.tries + 1);
        // In the middle of what full jitter would give: scanners are few.
        constexpr double jitter = 0.5;
        const auto wait = deliver::backoff(pledge.tries, {limits.pledge_look_every, limits.backoff_max}, jitter);
        return Later{pledge.id, now + wait, true};
    }
    spdlog::info("event=commitment_reported sender={} committed={} failed={}", sender.name, answer.committed.size(),
                 answer.failed.size());
    parts_.committer.run(Turn::settlement,
                         [&](outbox::Outbox& outbox) { outbox.end_pledge(pledge.id, parts_.clock.now()); });
    return std::nullopt;
}

}  // namespace broker
