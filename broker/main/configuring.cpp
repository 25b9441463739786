#include "broker/main/configuring.h"

#include <spdlog/spdlog.h>

#include "broker/config/print.h"
#include "web/error.h"

namespace broker {
namespace {

std::vector<web::ConfigurationProblem> shown(const std::vector<config::Problem>& problems) {
    std::vector<web::ConfigurationProblem> all;
    for (const config::Problem& each : problems) all.push_back({each.file, each.line, each.key, each.text});
    return all;
}

std::vector<web::KeyChange> shown(const std::vector<config::KeyChange>& keys) {
    std::vector<web::KeyChange> all;
    for (const config::KeyChange& each : keys) all.push_back({each.key, each.from, each.to});
    return all;
}

std::vector<web::AffectedDestination> shown(const std::vector<Affected>& destinations) {
    std::vector<web::AffectedDestination> all;
    for (const Affected& each : destinations) all.push_back({each.name, each.jobs});
    return all;
}

web::Reloaded shown(const Reload& reload) {
    web::Reloaded all;
    all.problems = shown(reload.problems);
    all.restart = shown(reload.restart);
    for (const config::Change& each : reload.changes)
        all.changes.push_back({each.where(), std::string(config::to_string(each.what)), shown(each.keys)});
    all.removed = shown(reload.removed);
    all.returned = shown(reload.returned);
    all.jobs_held = reload.jobs_held;
    all.ending = reload.ending;
    all.is_applied = reload.is_applied;
    return all;
}

/// What the caller may mend by trying again later is told apart from what was wrong.
Reload told_apart(Broker& broker, const config::Config& config, const Broker::Order& order) {
    try {
        return broker.reload(config, order);
    } catch (const Stopped&) {
        throw web::Error(web::Errc::unavailable, "the broker is stopping; try again when it runs");
    } catch (const deliver::StillEnding& error) {
        throw web::Error(web::Errc::unavailable, error.what());
    }
}

void log_refused(const web::Reloaded& reloaded) {
    for (const web::ConfigurationProblem& each : reloaded.problems)
        spdlog::error("event=configuration_problem what=\"{}\"",
                      config::print(config::Problem{each.file, each.line, each.key, each.text}));
    for (const web::KeyChange& each : reloaded.restart)
        spdlog::error("event=configuration_needs_restart key={} from={} to={}", each.key, each.from.value_or("(none)"),
                      each.to.value_or("(none)"));
    spdlog::error("event=reload_refused problems={} restart={} what=\"the configuration that is in force stays\"",
                  reloaded.problems.size(), reloaded.restart.size());
}

void log_taken(const std::vector<config::Change>& changes, const Reload& reload, const std::string& actor) {
    for (const config::Change& each : changes)
        spdlog::info("event=configuration_changed what=\"{}\"", config::print(each));
    for (const std::string& each : reload.ending)
        spdlog::warn("event=lane_still_ending destination={} what=\"what it has in hand is not done yet\"", each);
    spdlog::info("event=reloaded changes={} jobs_held={} actor={}", changes.size(), reload.jobs_held, actor);
}

}  // namespace

Configuring::Configuring(Broker& broker, Source source, const config::Loaded& loaded,
                         std::function<void(const config::Config&)> on_taken)
    : broker_(broker),
      source_{std::filesystem::absolute(source.file), source.is_explicit},
      on_taken_(std::move(on_taken)),
      files_(loaded.files),
      notices_(loaded.notices) {}

web::Configuration Configuring::configuration() const {
    const Broker::InForce present = broker_.in_force();
    web::Configuration shown_one{config::print(*present.config), digest_of(*present.config), {}, present.since, {}};
    std::lock_guard lock(mutex_);
    for (const auto& each : files_) shown_one.files.push_back(each.string());
    shown_one.notices = shown(notices_);
    return shown_one;
}

web::Reloaded Configuring::reload(bool is_dry_run, const outbox::Actor& actor) {
    // Held over the reading as well: what is read later is what is in force at last.
    const std::lock_guard one_at_a_time(reload_mutex_);
    const config::Loaded loaded = config::load_or_default(source_.file, source_.is_explicit);
    if (!loaded.config) {
        web::Reloaded refused;
        refused.problems = shown(loaded.problems);
        return refused;
    }
    Reload reload = told_apart(broker_, *loaded.config, {is_dry_run, actor});
    for (config::Problem& each : reload.problems)
        if (each.file.empty()) each.file = source_.file.string();
    web::Reloaded answer = shown(reload);
    for (const auto& each : loaded.files) answer.files.push_back(each.string());
    if (!reload.is_applied) return answer;
    {
        std::lock_guard lock(mutex_);
        files_ = loaded.files;
        notices_ = loaded.notices;
    }
    on_taken_(*loaded.config);
    log_taken(reload.changes, reload, actor.name);
    return answer;
}

void Configuring::reload_and_log() {
    try {
        const web::Reloaded reloaded = reload(false, {"bridge", "SIGHUP"});
        if (!reloaded.is_applied) log_refused(reloaded);
    } catch (const std::exception& error) {
        spdlog::error("event=reload_failed what=\"{}; the configuration that is in force stays\"", error.what());
    }
}

}  // namespace broker
