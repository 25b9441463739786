#include "broker/reload.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/json.hpp>
#include <span>

#include "broker/alarm/recipients.h"
#include "broker/broker.h"
#include "broker/config/print.h"
#include "broker/config/restart.h"
#include "broker/startup.h"

namespace broker {
namespace {

namespace json = boost::json;

json::array as_json(const std::vector<config::Change>& changes) {
    json::array list;
    for (const config::Change& change : changes) {
        json::array keys;
        for (const config::KeyChange& each : change.keys) {
            json::object key{{"key", each.key}};
            if (each.from) key["from"] = *each.from;
            if (each.to) key["to"] = *each.to;
            keys.push_back(std::move(key));
        }
        list.push_back(json::object{
            {"where", change.where()}, {"what", config::to_string(change.what)}, {"keys", std::move(keys)}});
    }
    return list;
}

/// Adds to what changed at `where` in the settings that its files did, too.
void add_renewed(std::vector<config::Change>& changes, const std::string& section, const std::string& name) {
    const config::KeyChange key{"tls files", {}, {}};
    const auto found = std::find_if(changes.begin(), changes.end(), [&](const config::Change& each) {
        return each.section == section && each.name == name && each.what == config::Change::What::changed;
    });
    if (found != changes.end())
        found->keys.push_back(key);
    else
        changes.push_back({section, name, config::Change::What::changed, {key}});
}

bool is_renewed(const std::string& where, const Certificates& before, const Certificates& after) {
    const auto was = before.contents.find(where), is = after.contents.find(where);
    return was != before.contents.end() && is != after.contents.end() && was->second != is->second;
}

std::int64_t jobs_to_hold(const outbox::DestinationView& view) {
    return view.jobs.queued + view.jobs.sending + view.jobs.uncertain;
}

std::int64_t jobs_held_as_removed(const outbox::Views& views, const std::string& destination) {
    outbox::JobFilter filter;
    filter.destination = destination;
    filter.state = outbox::State::held;
    filter.reason = outbox::Reason::destination_removed;
    return views.count_jobs(filter);
}

void count_jobs(Reload& reload, const outbox::Views& views) {
    for (const config::Change& each : reload.changes) {
        if (each.section != "destination" || each.what == config::Change::What::changed) continue;
        const auto view = views.destination(each.name);
        if (!view) continue;  // it was never there before
        if (each.what == config::Change::What::removed)
            reload.removed.push_back({each.name, jobs_to_hold(*view)});
        else
            reload.returned.push_back({each.name, jobs_held_as_removed(views, each.name)});
    }
    for (const Affected& each : reload.removed) reload.jobs_held += each.jobs;
}

json::array as_json(const std::vector<Affected>& destinations) {
    json::array list;
    for (const Affected& each : destinations) list.push_back(json::object{{"name", each.name}, {"jobs", each.jobs}});
    return list;
}

}  // namespace

std::map<std::string, spool::Digest, std::less<>> file_contents(const config::Config& config,
                                                                const Certificates& certificates) {
    std::map<std::string, spool::Digest, std::less<>> contents;
    for (const config::Destination& each : config.destinations)
        if (const auto found = certificates.contents.find(where_of(each)); found != certificates.contents.end())
            contents.emplace(each.name, found->second);
    return contents;
}

std::vector<config::Change> changes_between(const config::Config& before, const Certificates& certificates_before,
                                            const config::Config& after, const Certificates& certificates_after) {
    std::vector<config::Change> changes = config::changes(before, after);
    if (is_renewed(std::string(where_of_dicom), certificates_before, certificates_after))
        add_renewed(changes, "dicom", "");
    for (const config::Destination& each : after.destinations)
        if (is_renewed(where_of(each), certificates_before, certificates_after))
            add_renewed(changes, "destination", each.name);
    return changes;
}

std::string digest_of(const config::Config& config) {
    spool::Hasher hasher;
    const std::string settings = config::print(config);
    hasher.update(std::as_bytes(std::span(settings)));
    return hasher.finish().hex();
}

std::string configuration_detail(const config::Config& config, const Reload& reload, const std::string& note) {
    json::object detail{{"sha256", digest_of(config)},
                        {"destinations", config.destinations.size()},
                        {"routes", config.routes.size()},
                        {"changes", as_json(reload.changes)}};
    if (!reload.removed.empty()) detail["removed"] = as_json(reload.removed);
    if (!note.empty()) detail["note"] = note;
    return json::serialize(detail);
}

Reload Broker::reload(const config::Config& config, const Order& order) {
    const std::lock_guard one_at_a_time(reload_mutex_);
    if (is_stopped_) throw Stopped("the broker is stopping");
    const InForce present = in_force();
    auto certificates = std::make_shared<const Certificates>(read_certificates(config));
    Reload reload;
    reload.problems = certificates->problems;
    reload.changes = changes_between(*present.config, *present.certificates, config, *certificates);
    reload.restart = config::that_need_restart(reload.changes);
    const outbox::Views views(database());
    count_jobs(reload, views);
    if (reload.is_refused()) return reload;
    // What can fail comes before the commit: until then nothing has changed.
    const auto tls = receive::tls_server_of(config.dicom);
    const auto next = lanes_->prepare(config, file_contents(config, *certificates));
    if (order.is_dry_run) return reload;
    reload.is_applied = true;
    if (reload.changes.empty()) return reload;

    const auto ids = take_in_books(config, reload, order.actor);
    follow(config, ids, tls);
    {
        std::lock_guard lock(mutex_);
        in_force_ = {std::make_shared<const config::Config>(config), std::move(certificates), clock_.now()};
    }
    failover_->configure(this->config());
    reload.ending = lanes_->exchange(next, ids, clock_.monotonic() + config.node.stop_within);
    settle_removed(config.janitor.batch);
    lanes_->wake_all();
    reload.jobs_held = 0;
    for (const Affected& each : reload.removed) reload.jobs_held += jobs_held_as_removed(views, each.name);
    return reload;
}

/// One commit: which destinations there are, and that somebody changed the configuration.
deliver::DestinationIds Broker::take_in_books(const config::Config& config, const Reload& reload,
                                              const outbox::Actor& actor) {
    const auto specs = specs_of(config);
    const auto recipients = alarm::recipients_of(config);
    const std::string detail = configuration_detail(config, reload, actor.note);
    return committer_->run(Turn::settlement, [&](outbox::Outbox& outbox) {
        const auto now = clock_.now();
        outbox.configure(specs, now);
        outbox.configure_recipients(recipients, now);
        outbox.record("configuration", actor, detail, now);
        deliver::DestinationIds ids;
        for (const outbox::DestinationSpec& each : specs) ids.emplace(each.name, outbox.destination(each.name).value());
        return ids;
    });
}

/// All but the lanes.
void Broker::follow(const config::Config& config, const deliver::DestinationIds& ids,
                    std::shared_ptr<const dicom::TlsServer> tls) {
    acceptor_->set_rules(receive::rules_of(config, ids), std::move(tls));
    pledges_->set_configuration(config, ids);
    webhooks_->set_configuration(config, ids);
    messages_->set_configuration(config);
    space_.set_marks(config.spool);
    janitor_->set_limits(config);
    previews_->set_limits(config.preview);
}

/// In slices between other work. What a stop or a full disk leaves is for the next start or reload: nothing of it is
/// claimed meanwhile, since its destination is not configured.
void Broker::settle_removed(std::size_t slice) {
    try {
        while (!is_stopped_ && committer_->run(Turn::bulk, [&](outbox::Outbox& outbox) {
            return outbox.settle_removed(slice, clock_.now());
        }) > 0) {
        }
    } catch (const std::exception& error) {
        spdlog::warn("event=removed_not_settled what=\"{}\"", error.what());
    }
}

}  // namespace broker
