/// Configuring: the file that a broker was started with, read anew when somebody asks.
///
/// Any thread. The broker must outlive it.
#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <vector>

#include "broker/broker.h"
#include "broker/config/load.h"
#include "web/configure.h"

namespace broker {

/// Where the configuration comes from.
struct Source {
    std::filesystem::path file;
    bool is_explicit = true;  ///< else its absence means the embedded defaults
};

class Configuring : public web::Configure {
public:
    /// `loaded`: what was read from there for the start. `on_taken` is told of each configuration that was taken.
    Configuring(Broker& broker, Source source, const config::Loaded& loaded,
                std::function<void(const config::Config&)> on_taken);

    web::Configuration configuration() const override;
    web::Reloaded reload(bool is_dry_run, const outbox::Actor& actor) override;

    /// The same because of SIGHUP; what came of it goes into the log. Throws nothing.
    void reload_and_log();

private:
    Broker& broker_;
    const Source source_;
    const std::function<void(const config::Config&)> on_taken_;

    std::mutex reload_mutex_;  ///< one reload at a time, from the file to the lanes

    mutable std::mutex mutex_;  ///< guards the rest
    std::vector<std::filesystem::path> files_;
    std::vector<config::Problem> notices_;
};

}  // namespace broker
