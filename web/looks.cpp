/// Looks: whose data an answer will show, for the history; the same look again is no news for a while.
#include "web/looks.h"

#include <algorithm>
#include <array>

#include "web/api/subject.h"
#include "web/limits.h"

namespace web {
namespace {

/// The study that a path names as {study}, or as {uid}.
std::string study_in(const Request& request) {
    const auto named = std::ranges::find(request.bound, "study", &std::pair<std::string, std::string>::first);
    return named != request.bound.end() ? named->second : request.at("uid");
}

/// Of an instance, and its study where it has one.
outbox::Look of_instance(outbox::Look look, const outbox::InstanceView& instance) {
    look.sop_instance_uid = instance.facts.sop_instance_uid;
    look.study = instance.facts.study_instance_uid;
    return look;
}

/// What lists can be asked for by. Any other name is refused later, and is somebody's words until then.
constexpr std::array<std::string_view, 20> filter_names{
    "patient", "accession", "modality", "date",      "q",     "destination", "state", "reason", "sender",     "study",
    "since",   "until",     "stage",    "objection", "month", "undelivered", "actor", "event",  "older_than", "series"};

bool is_filter(std::string_view name) {
    return std::ranges::find(filter_names, name) != filter_names.end();
}

/// Names of what a list is asked for by, each once; of paging none.
std::string filters_of(const Request& request) {
    std::string names;
    for (const auto& [name, value] : request.target.query) {
        if (!is_filter(name) || (" " + names + " ").find(" " + name + " ") != std::string::npos) continue;
        names += (names.empty() ? "" : " ") + name;
    }
    return names;
}

/// Fixed for one look: of a study whatever of it is looked at, of a list what it is asked for by.
std::string key_of(const outbox::Look& look, const Request& request) {
    if (!look.study.empty()) return look.actor + " study " + look.study;
    if (!look.sop_instance_uid.empty()) return look.actor + " instance " + look.sop_instance_uid;
    std::string key = look.actor + " list " + look.what;
    for (const auto& [name, value] : request.target.query)
        if (is_filter(name)) key += '\0' + name + '=' + value;
    return key;
}

}  // namespace

std::optional<outbox::Look> study_look_of(const Route& route, const Request& request) {
    if (route.shows != Shows::study) return std::nullopt;
    outbox::Look look{.actor = request.actor, .what = std::string(route.pattern)};
    look.study = study_in(request);
    return look;
}

std::optional<outbox::Look> look_of(const Route& route, const Request& request, const outbox::Views& views) {
    outbox::Look look{.actor = request.actor, .what = std::string(route.pattern)};
    switch (route.shows) {
        case Shows::nothing:
            return std::nullopt;
        case Shows::list:
            look.filters = filters_of(request);
            return look;
        case Shows::study:
            look.study = study_in(request);
            return views.study(look.study) ? std::optional(look) : std::nullopt;
        case Shows::series: {
            const auto series = views.series(request.at("uid"), std::nullopt);
            if (!series) return std::nullopt;
            look.study = series->study_instance_uid;
            return look;
        }
        case Shows::instance: {
            const auto versions = views.instance(request.at("sop_uid"));
            if (versions.empty()) return std::nullopt;
            return of_instance(look, versions.front());
        }
        case Shows::job: {
            const auto id = api::parse_job_id(request.at("id"));
            const auto job = id ? views.job(*id) : std::nullopt;
            if (!job) return std::nullopt;
            return of_instance(look, job->instance);
        }
    }
    return std::nullopt;
}

bool Looks::is_known(const outbox::Look& look, const Request& request, outbox::Instant now) const {
    const std::string key = key_of(look, request);
    const std::lock_guard lock(mutex_);
    const auto found = begun_.find(key);
    return found != begun_.end() && now >= found->second && now - found->second < look_again;
}

bool Looks::is_new(const outbox::Look& look, const Request& request, outbox::Instant now) {
    const std::string key = key_of(look, request);
    const std::lock_guard lock(mutex_);
    // A clock that was set back makes every look new.
    std::erase_if(begun_, [&](const auto& each) { return now < each.second || now - each.second >= look_again; });
    while (begun_.size() >= looks_max)
        begun_.erase(std::ranges::min_element(begun_, {}, [](const auto& each) { return each.second; }));
    return begun_.try_emplace(key, now).second;
}

void Looks::forget(const outbox::Look& look, const Request& request) {
    const std::string key = key_of(look, request);
    const std::lock_guard lock(mutex_);
    begun_.erase(key);
}

}  // namespace web
