// Running the bridge.
#include "broker/main/serve.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <condition_variable>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <mutex>
#include <thread>

#include "broker/certificates.h"
#include "broker/config/load.h"
#include "broker/main/log.h"
#include "broker/main/page_certificate.h"
#include "broker/main/signals.h"
#include "broker/version.h"
#include "web/error.h"
#include "web/json/status.h"

namespace broker {

namespace {

web::ServerSettings settings_of(const config::Config& config, const std::filesystem::path& database,
                                outbox::Instant now) {
    const config::Http& http = config.http;
    web::ServerSettings settings;
    settings.address = http.bind;
    settings.port = http.port;
    settings.socket = config.node.data_dir / "api.sock";
    settings.access = http.access == config::Access::open ? web::Access::open : web::Access::users;
    settings.names = http.names;
    settings.names.push_back(own_host_name());
    if (const auto certificate = page_certificate(config, now)) {
        settings.tls = certificate->pem;
        settings.is_strict_tls = !certificate->is_self_signed;
    }
    settings.session_idle = http.session_idle;
    settings.session_for = http.session_for;
    settings.database = database;
    settings.limits.connections_max = http.connections_max;
    settings.limits.connections_per_address_max = http.connections_per_address;
    settings.limits.header_bytes_max = http.header_max;
    settings.limits.body_bytes_max = http.body_max;
    settings.limits.header_timeout = http.header_timeout;
    settings.limits.body_timeout = http.body_timeout;
    settings.limits.write_timeout = http.write_timeout;
    settings.limits.keep_alive_timeout = http.keep_alive;
    settings.limits.handlers = http.handlers;
    settings.limits.rows_max = http.rows_max;
    return settings;
}

// Every association is a socket and an open blob, every HTTP connection a socket; the default of 1,024 is soon used up.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/// Reloads because of SIGHUP, on a thread of its own: neither another SIGHUP nor a stop waits until the lanes of an
/// exchange have ended. What is asked for during a reload is done once, after it. Ends with the reload in hand, which
/// the broker's stop cuts short.
class Reloader {
public:
    explicit Reloader(Configuring& configuring) : configuring_(configuring) {
        thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    }
    void ask() {
        {
            std::lock_guard lock(mutex_);
            is_asked_ = true;
        }
        asked_.notify_all();
    }

private:
    void run(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (asked_.wait(lock, stop, [this] { return is_asked_; }) && !stop.stop_requested()) {
            is_asked_ = false;
            lock.unlock();
            configuring_.reload_and_log();
            lock.lock();
        }
    }

    Configuring& configuring_;
    std::mutex mutex_;  ///< guards is_asked_
    std::condition_variable_any asked_;
    bool is_asked_ = false;
    std::jthread thread_;
};

/// What the page would show, but a person's words.
std::string heartbeat_body(const Broker& broker, const Knowledge& knowledge, const Clock& clock) {
    const outbox::Views views(broker.database());
    return boost::json::serialize(web::json::heartbeat(views.status(), knowledge, clock.now()));
}

void announce(Bridge& bridge) {
    const auto present = bridge.broker().config();
    const config::Config& config = *present;
    const StartReport& report = bridge.broker().start_report();
    std::string ports;
    for (auto each : bridge.broker().dicom_ports()) ports += (ports.empty() ? "" : ",") + std::to_string(each);
    const auto tls_port = bridge.broker().acceptor().tls_port();
    spdlog::info("event=started version={} node={} dicom={}:{} tls={} ae_title={} http={}:{} data_dir={} generation={}",
                 version, config.node.name, config.dicom.bind, ports, tls_port ? std::to_string(*tls_port) : "off",
                 config.dicom.ae_title, config.http.bind, bridge.http_port(), config.node.data_dir.string(),
                 report.generation.value);
    if (report.recovered.uncertain + report.recovered.queued > 0)
        spdlog::warn("event=recovered uncertain={} queued={}", report.recovered.uncertain, report.recovered.queued);
    if (report.destination_changes > 0) spdlog::warn("event=destinations_changed jobs={}", report.destination_changes);
    if (report.blobs_damaged > 0)
        spdlog::error(
            "event=blobs_damaged count={} checked={} what=\"missing or of the wrong size; their jobs are held\"",
            report.blobs_damaged, report.blobs_checked);
    // For whoever starts it. A journal keeps it, so it is void after an hour.
    if (const std::string link = bridge.setup_link(); !link.empty())
        std::cerr << "There is no user yet. Make the first admin here, once, within an hour: " << link << '\n'
                  << "Or on this machine: dicom-bridge user add NAME --role admin\n"
                  << std::flush;
    if (const std::string fingerprint = bridge.page_fingerprint(); !fingerprint.empty())
        spdlog::info("event=page_certificate kind={} fingerprint={}", config.http.tls ? "configured" : "self-signed",
                     fingerprint);
    if (config.dicom.bind == "127.0.0.1" || config.dicom.bind == "::1")
        spdlog::warn("event=loopback_only what=\"scanners cannot reach this bridge: [dicom] bind is {}\"",
                     config.dicom.bind);
}

/// All addresses of this machine: nobody can type that.
bool is_anywhere(const std::string& address) {
    return address == "0.0.0.0" || address == "::";
}

}  // namespace

Bridge::Bridge(const config::Config& config, const Clock& clock, Broker::OnFatal on_fatal)
    : Bridge(config, nullptr, {}, clock, std::move(on_fatal)) {}

Bridge::Bridge(const config::Loaded& loaded, const Source& source, const Clock& clock, Broker::OnFatal on_fatal)
    : Bridge(*loaded.config, &loaded, source, clock, std::move(on_fatal)) {}

Bridge::Bridge(const config::Config& config, const config::Loaded* loaded, const Source& source, const Clock& clock,
               Broker::OnFatal on_fatal)
    : clock_(clock),
      broker_(config, clock, std::move(on_fatal)),
      knowledge_(broker_, clock),
      hands_(broker_, clock),
      configuring_(loaded ? std::optional<Configuring>(std::in_place, broker_, source, *loaded,
                                                       [this](const config::Config& taken) { renew_tls(taken); })
                          : std::nullopt),
      reasons_(broker_),
      consulting_(broker_, knowledge_, clock),
      rendering_(broker_.previews(), broker_.committer().spool()),
      accounting_(broker_, clock),
      heartbeat_({.committer = broker_.committer(),
                  .clock = clock,
                  .config = [this] { return broker_.config(); },
                  .body = [this, &clock] { return heartbeat_body(broker_, knowledge_, clock); }}),
      server_(settings_of(config, broker_.database(), clock.now()),
              web::Running{knowledge_, &hands_, configuring(), &reasons_, &consulting_, &rendering_, &accounting_},
              [&clock] { return clock.now(); }) {}

Bridge::~Bridge() {
    stop();
}

void Bridge::start() {
    server_.start();
    broker_.start();
    heartbeat_.start();
}

void Bridge::stop() {
    // The pages go last, so that an admin can watch the stop; what acts is refused once the committer ended.
    heartbeat_.stop();
    broker_.stop();
    server_.stop();
}

std::string Bridge::setup_link() {
    const auto config = broker_.config();
    if (config->http.access != config::Access::users) return "";
    if (!outbox::Views(broker_.database()).users().empty()) return "";
    const bool is_v6 = config->http.bind.find(':') != std::string::npos;
    const std::string host = is_v6 ? "[" + config->http.bind + "]" : config->http.bind;
    return fmt::format("{}://{}:{}/setup.html#token={}", server_.fingerprint().empty() ? "http" : "https",
                       is_anywhere(config->http.bind) ? own_host_name() : host, http_port(), server_.open_setup());
}

void Bridge::renew_tls(const config::Config& taken) {
    // Files of the same names may hold other certificates or authorities by now, and our own one may be about to
    // expire. That they can be used was looked at before.
    try {
        const auto certificate = page_certificate(taken, clock_.now());
        if (!certificate) return;
        const web::Tls tls = web::make_tls(certificate->pem);
        if (tls.fingerprint != server_.fingerprint())
            spdlog::info("event=page_certificate_renewed fingerprint={}", tls.fingerprint);
        server_.renew_tls(tls);
    } catch (const web::Error& error) {
        spdlog::error("event=page_certificate_kept what=\"{}\"", error.what());
    }
}

int serve(const cli::ServeOptions& options, const Clock& clock) {
    start_log();
    ::umask(0077);
    raise_descriptor_limit();
    const Signals signals;
    const Source source{options.config.value_or(config::default_path), options.config.has_value()};
    const auto loaded = config::load_or_default(source.file, source.is_explicit);
    for (const config::Problem& each : loaded.problems) std::cerr << config::print(each) << '\n';
    if (!loaded.config) return 2;
    const Certificates certificates = read_certificates(*loaded.config);
    for (const config::Problem& each : certificates.problems) std::cerr << config::print(each) << '\n';
    if (!certificates.problems.empty()) return 2;
    for (const std::string& each : expiry_warnings(certificates.own, clock.now()))
        spdlog::warn("event=certificate_expires what=\"{}\"", each);
    for (const config::Problem& each : loaded.notices) spdlog::warn("event=notice what=\"{}\"", config::print(each));
    if (loaded.is_default)
        spdlog::warn("event=default_configuration what=\"there is no {}: embedded defaults, data in {}\"",
                     config::default_path, loaded.config->node.data_dir.string());

    // Dates that people type, and windows of the day, are the node's. Before any thread: setenv and getenv race.
    ::setenv("TZ", loaded.config->node.timezone.c_str(), 1);
    ::tzset();

    Bridge bridge(loaded, source, clock, [&signals](const std::string&) { signals.end(); });
    bridge.start();
    announce(bridge);
    Reloader reloader(*bridge.configuring());
    while (signals.wait(std::nullopt, clock) == Signals::Told::reload) reloader.ask();
    spdlog::info("event=stopping");
    bridge.stop();
    spdlog::info("event=stopped");
    return bridge.broker().failure().empty() ? 0 : 1;
}

}  // namespace broker
