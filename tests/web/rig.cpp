/// Rig: a server in a temporary folder, with a broker that is whatever the test says, and an outbox with real rows.
#include "rig.h"

#include <array>

#include "web/error.h"

namespace test {

template <class Work>
auto DirectAct::in_transaction(Work work) {
    return books_.commit(work);
}

outbox::Applied DirectAct::act(outbox::Verb verb, outbox::JobId job, const outbox::Actor& actor) {
    return in_transaction([&] {
        last_actor_ = actor.name;
        return outbox_.act(verb, job, actor, now);
    });
}

web::Changed DirectAct::act(outbox::Verb verb, const outbox::JobFilter& filter, const outbox::Actor& actor,
                            const Progress& progress) {
    return in_transaction([&] {
        last_actor_ = actor.name;
        web::Changed done;
        std::optional<outbox::JobId> from = outbox::JobId{};
        while (from && progress(done)) {
            const outbox::Slice slice = outbox_.act(verb, filter, *from, 500, actor, now);
            done.changed += slice.changed;
            done.seen += slice.seen;
            from = slice.next;
        }
        return done;
    });
}

std::vector<outbox::Assigned> DirectAct::assign(const web::Assignment& assignment, const outbox::Actor& actor) {
    return in_transaction([&] {
        last_actor_ = actor.name;
        const std::string edits = R"([{"set":"AccessionNumber","value":")" + assignment.accession_number + "\"}]";
        std::vector<outbox::Assigned> all;
        for (const std::string& each : assignment.destinations) {
            const outbox::StudyAt study{outbox_.destination(each).value(), assignment.study_instance_uid};
            all.push_back(outbox_.assign(study, {assignment.accession_number, edits}, actor, now).value());
        }
        return all;
    });
}

bool DirectAct::pause(std::string_view destination, std::string_view reason, std::optional<outbox::Instant> until,
                      const outbox::Actor& actor) {
    return in_transaction([&] {
        last_actor_ = actor.name;
        const auto id = outbox_.destination(destination);
        if (id) outbox_.pause(*id, actor, reason, until, now);
        return id.has_value();
    });
}

bool DirectAct::resume(std::string_view destination, const outbox::Actor& actor) {
    return in_transaction([&] {
        last_actor_ = actor.name;
        const auto id = outbox_.destination(destination);
        if (id) outbox_.resume(*id, actor, now);
        return id.has_value();
    });
}

std::optional<web::Echo> DirectAct::echo(std::string_view destination, const outbox::Actor&) {
    return in_transaction([&]() -> std::optional<web::Echo> {
        if (!outbox_.destination(destination)) return std::nullopt;
        if (is_echo_under_way) return web::Echo{.is_under_way = true};
        return web::Echo{.ok = false, .text = "C-ECHO: connection refused", .took = std::chrono::milliseconds(12)};
    });
}

web::Added DirectAct::add(const web::Addition& addition, const outbox::Actor& actor, const Watch& watch) {
    const outbox::Views views(database_);
    return in_transaction([&] {
        last_actor_ = actor.name;
        const auto there = outbox_.destination(addition.destination).value();
        web::Added done;
        for (const auto& each : views.missing(there, addition.study_instance_uid, addition.since, {}, 100)) {
            ++done.seen;
            if (addition.is_dry_run)
                ++done.added;
            else
                done.added += static_cast<std::int64_t>(
                    outbox_
                        .add(each.instance, std::array{outbox::PlannedJob{there, addition.priority, now}}, actor, now)
                        .size());
            if (!watch(done.seen, 100)) break;
        }
        return done;
    });
}

web::Changed DirectAct::move(const web::Transfer& transfer, const outbox::Actor& actor, const Progress&) {
    return in_transaction([&] {
        last_actor_ = actor.name;
        outbox::JobFilter filter = transfer.filter;
        if (!transfer.has_uncertain) filter.state = outbox::State::queued;
        const outbox::PlannedJob there{outbox_.destination(transfer.to).value(), outbox::Priority::normal, now};
        const outbox::Slice slice = outbox_.move(filter, there, {}, 500, actor, now);
        return web::Changed{slice.changed, slice.seen};
    });
}

std::string DirectAct::last_actor() const {
    const std::lock_guard lock(books_.mutex);
    return last_actor_;
}

std::optional<web::Explanation> SetExplain::explain(const Kept&, const web::Arrival& arrival) const {
    if (!is_readable) return std::nullopt;
    web::Explanation explanation;
    explanation.arrival = arrival;
    explanation.arrival.sender = arrival.sender.value_or("found");
    web::RouteExplained ct;
    ct.name = "ct";
    ct.verdict = web::RouteVerdict::matched;
    ct.is_last = true;
    ct.findings.push_back({"Modality", "is CT", {"CT"}, true});
    ct.to = {"pacs-a"};
    web::RouteExplained all;
    all.name = "all";
    all.verdict = web::RouteVerdict::after_last;
    all.because = "ct";
    explanation.routes = {ct, all};
    web::TargetExplained target;
    target.destination = "pacs-a";
    target.priority = outbox::Priority::high;
    explanation.targets = {target};
    return explanation;
}

web::Parsed<web::Explanation> SetExplain::explain(const web::Tags& tags, const web::Arrival& arrival) const {
    for (const auto& [name, values] : tags)
        if (name == "NoSuchTag") return web::Fault{"tags", name + " is no tag"};
    {
        const std::lock_guard lock(mutex_);
        last_tags_ = tags;
    }
    return *explain(Kept{}, arrival);
}

web::Parsed<web::Explain::Comparison> SetExplain::compare(const web::Proposal& proposal) const {
    if (proposal.settings == "bad") return web::Fault{"settings", "settings:1: is not TOML"};
    const std::lock_guard lock(mutex_);
    last_proposal_ = proposal;
    return Comparison([](const web::Act::Watch& watch) {
        web::RoutesDiff diff;
        diff.instances = 3;
        diff.same = 1;
        diff.changed = 2;
        web::DestinationChange change;
        change.name = "copy";
        change.gains = 2;
        diff.destinations = {change};
        web::ChangeGroup group;
        group.count = 2;
        group.from = {web::Going{"pacs-a"}};
        group.to = {web::Going{"pacs-a"}, web::Going{"copy"}};
        group.examples = {{"1.2.3.1", "1.2.3", "CT", now, {"all"}, {"copies"}}};
        diff.groups = {group};
        diff.is_whole = watch(1, 3);
        return diff;
    });
}

web::Tags SetExplain::last_tags() const {
    const std::lock_guard lock(mutex_);
    return last_tags_;
}

web::Proposal SetExplain::last_proposal() const {
    const std::lock_guard lock(mutex_);
    return last_proposal_;
}

std::variant<web::Rendered, web::NotRendered> SetRender::render(const outbox::Digest& digest,
                                                                const web::Rendition& rendition,
                                                                const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    last_digest_ = digest;
    last_rendition_ = rendition;
    ++asked_;
    ++waiting_;
    let_go_.wait(lock, stop, [this] { return !is_hanging_; });
    --waiting_;
    const auto own = answers_.find(digest.back());
    return own == answers_.end() ? answer_ : own->second;
}

void SetRender::answer_of(std::byte last_byte, std::variant<web::Rendered, web::NotRendered> with) {
    const std::lock_guard lock(mutex_);
    answers_[last_byte] = std::move(with);
}

void SetRender::hang(bool is_hanging) {
    const std::lock_guard lock(mutex_);
    is_hanging_ = is_hanging;
    let_go_.notify_all();
}

int SetRender::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_;
}

void SetRender::answer(std::variant<web::Rendered, web::NotRendered> with) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(with);
}

outbox::Digest SetRender::last_digest() const {
    const std::lock_guard lock(mutex_);
    return last_digest_;
}

web::Rendition SetRender::last_rendition() const {
    const std::lock_guard lock(mutex_);
    return last_rendition_;
}

int SetRender::asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
}

std::optional<outbox::UserId> DirectAccounts::add_user(const outbox::NewUser& user, const outbox::Actor& actor) {
    return books_.commit([&] { return books_.outbox.add_user(user, actor, now); });
}

std::optional<outbox::UserId> DirectAccounts::add_first_user(const outbox::NewUser& user, const outbox::Actor& actor) {
    return books_.commit([&] { return books_.outbox.add_first_user(user, actor, now); });
}

bool DirectAccounts::change_password(std::string_view user, std::string_view password, const outbox::Actor& actor) {
    return books_.commit([&] { return books_.outbox.change_password(user, password, actor, now); });
}

bool DirectAccounts::remove_user(std::string_view user, const outbox::Actor& actor) {
    return books_.commit([&] { return books_.outbox.remove_user(user, actor, now); });
}

std::optional<outbox::TokenId> DirectAccounts::add_token(const outbox::NewToken& token, const outbox::Actor& actor) {
    return books_.commit([&] { return books_.outbox.add_token(token, actor, now); });
}

bool DirectAccounts::remove_token(outbox::TokenId token, const outbox::Actor& actor) {
    return books_.commit([&] { return books_.outbox.remove_token(token, actor, now); });
}

void DirectAccounts::record_look(const outbox::Look& look) {
    if (is_full) throw web::Error(web::Errc::unavailable, "the disk is full");
    books_.commit([&] {
        books_.outbox.record_look(look, now);
        return true;
    });
}

void DirectAccounts::record_entry(const outbox::Entry& entry) {
    if (is_full) throw web::Error(web::Errc::unavailable, "the disk is full");
    books_.commit([&] {
        books_.outbox.record_entry(entry, now);
        return true;
    });
}

Rig::Rig(web::Access access, web::Limits limits) : outbox(database(), "rs-contoh"), act(books, database()) {
    begin();
    server = std::make_unique<web::Server>(settings(access, limits), running(), [] { return now; });
    server->start();
}

Rig::Rig(std::vector<web::Route> routes, web::Limits limits) : outbox(database(), "rs-contoh"), act(books, database()) {
    server = std::make_unique<web::Server>(
        settings(web::Access::open, limits), running(), [] { return now; }, web::Router(std::move(routes)));
    server->start();
}

void Rig::begin() {
    const std::array<outbox::DestinationSpec, 2> destinations{{{"pacs-a", "dicom"}, {"archive", "folder"}}};
    outbox::Outbox::Transaction transaction(outbox);
    outbox.begin_generation("0.1.0", now);
    outbox.configure(destinations, now);
    transaction.commit();
}

Rig::~Rig() {
    server->stop();
}

web::Running Rig::running() {
    return {broker, &act, &configure, &explain, nullptr, &render, &accounts};
}

web::ServerSettings Rig::settings(web::Access access, const web::Limits& limits) const {
    web::ServerSettings settings;
    settings.port = 0;
    settings.socket = socket();
    settings.access = access;
    settings.names = {"bridge.rs-contoh.example"};
    settings.database = database();
    settings.limits = limits;
    return settings;
}

std::vector<outbox::JobId> Rig::receive(const Received& received) {
    outbox::Outbox::Transaction transaction(outbox);
    auto jobs = accept(received);
    transaction.commit();
    return jobs;
}

void Rig::receive_many(int instances) {
    outbox::Outbox::Transaction transaction(outbox);
    for (int i = 1; i <= instances; ++i)
        accept({.sop_instance_uid = std::to_string(i), .destinations = {}, .instance_number = std::to_string(i)});
    transaction.commit();
}

std::vector<outbox::JobId> Rig::accept(const Received& received) {
    outbox::Receipt receipt;
    receipt.association = {1, "CT1", "BRIDGE", "10.1.0.20", "", "", now};
    receipt.instance.sop_instance_uid = received.sop_instance_uid;
    receipt.instance.sop_class_uid = received.sop_class_uid;
    receipt.instance.transfer_syntax_uid = "1.2.840.10008.1.2.1";
    receipt.instance.study_instance_uid = received.study_instance_uid;
    receipt.instance.series_instance_uid =
        received.series_instance_uid.empty() ? received.study_instance_uid + ".1" : received.series_instance_uid;
    receipt.instance.instance_number = received.instance_number;
    receipt.instance.series_number = received.series_number;
    receipt.instance.patient_name = received.patient_name;
    receipt.instance.patient_id = "P1";
    receipt.instance.accession_number = "A1";
    receipt.instance.modality = received.modality;
    ++received_;
    receipt.instance.digest.fill(std::byte(received_ % 256));
    receipt.instance.digest.back() ^= std::byte(received_ / 256);
    receipt.instance.bytes = 1000;
    receipt.received_at = now;
    for (const std::string& name : received.destinations)
        receipt.jobs.push_back({outbox.destination(name).value(), outbox::Priority::normal, now});
    return outbox.accept(receipt).jobs;
}

}  // namespace test
