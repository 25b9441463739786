// Between the doctor and who asks.
#include "broker/main/consulting.h"

#include <spdlog/spdlog.h>

#include <boost/json.hpp>

#include "broker/cli/error.h"
#include "broker/doctor.h"
#include "broker/version.h"
#include "web/json/doctor.h"

namespace broker {

namespace {

web::Health shown(Health health) {
    switch (health) {
        case Health::failed:
            return web::Health::failed;
        case Health::hint:
            return web::Health::hint;
        case Health::well:
            break;
    }
    return web::Health::ok;
}

std::vector<web::Diagnosis> shown(const Diagnoses& found) {
    std::vector<web::Diagnosis> all;
    for (const Diagnosis& each : found)
        all.push_back({each.subject, each.step, shown(each.health), each.text, each.advice});
    return all;
}

/// What a test object left at a destination is somebody's doing.
void record_tests(Broker& broker, const Diagnoses& found, const outbox::Actor& actor, outbox::Instant now) {
    for (const Diagnosis& each : found) {
        if (each.step != test_object_step || each.health == Health::hint) continue;
        const std::string detail = boost::json::serialize(
            boost::json::object{{"delivered", each.health == Health::well}, {"note", actor.note}});
        const std::string destination = each.subject.substr(destination_subject.size());
        try {
            broker.committer().run(Turn::settlement, [&](outbox::Outbox& outbox) {
                outbox.record("test_sent", actor, detail, now, destination);
            });
        } catch (const std::exception& error) {
            spdlog::warn("event=test_not_recorded destination={} what=\"{}\"", destination, error.what());
        }
    }
}

}  // namespace

std::optional<std::vector<web::Diagnosis>> Consulting::examine(const web::Examination& wanted,
                                                               const outbox::Actor& actor,
                                                               const std::stop_token& stop) {
    const auto config = broker_.config();
    if (wanted.destination && config->destination(*wanted.destination) == nullptr) return std::nullopt;
    const web::Receive receive = knowledge_.receive();
    const RunningNode running{broker_.dicom_ports(), broker_.acceptor().tls_port(),
                              receive.is_accepting ? "" : receive.why};
    Diagnoses found;
    if (!wanted.destination)
        found.push_back({"broker", "running", Health::well, "version " + std::string(version) + " answers"});
    Diagnoses rest = broker::examine(*config, {wanted.destination, wanted.sends_test}, &running, clock_, stop);
    std::move(rest.begin(), rest.end(), std::back_inserter(found));
    record_tests(broker_, found, actor, clock_.now());
    return shown(found);
}

std::string examine_without_broker(const config::Config& config, const cli::DoctorOptions& options,
                                   const Clock& clock) {
    // What it has to say is its answer, on stdout.
    spdlog::set_level(spdlog::level::off);
    if (options.destination && config.destination(*options.destination) == nullptr)
        throw cli::Error(cli::Errc::usage, "there is no destination " + *options.destination +
                                               " in the configuration; see `check --print`");
    Diagnoses found;
    if (!options.destination)
        found.push_back({"broker", "running", Health::hint, "it is not running: this is seen without it",
                         "as the user that typed this, whose rights may be others than the broker's"});
    Diagnoses rest = examine(config, {options.destination, options.sends_test}, nullptr, clock, {});
    std::move(rest.begin(), rest.end(), std::back_inserter(found));
    return boost::json::serialize(web::json::examination(shown(found)));
}

}  // namespace broker
