/// Reload: what another configuration changes in the running broker, and what became of it.
///
/// Values. What is done in which order, and what a failure at each step leaves, is a table in README.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "broker/certificates.h"
#include "broker/config/changes.h"
#include "broker/config/config.h"
#include "broker/config/problem.h"

namespace broker {

/// Jobs of a destination that leaves the configuration, or comes back into it.
struct Affected {
    std::string name;
    std::int64_t jobs = 0;
};

struct Reload {
    std::vector<config::Problem> problems;   ///< files that cannot be used: nothing was changed
    std::vector<config::KeyChange> restart;  ///< what a running broker cannot take, by whole keys: nothing was changed
    std::vector<config::Change> changes;
    std::vector<Affected> removed;    ///< with how many of their jobs are to be held
    std::vector<Affected> returned;   ///< with how many of their jobs are to go on
    std::int64_t jobs_held = 0;       ///< of those that left; of a dry run: that would be
    std::vector<std::string> ending;  ///< destinations whose lanes had not ended when it returned
    bool is_applied = false;          ///< the configuration is in force, also where nothing had to be changed

    bool is_refused() const { return !problems.empty() || !restart.empty(); }
};

/// What differs, files whose content was renewed under the same name included: those have the key "tls files".
std::vector<config::Change> changes_between(const config::Config& before, const Certificates& certificates_before,
                                            const config::Config& after, const Certificates& certificates_after);

/// The detail of the history's row "configuration": the digest of the settings, what changed, and whose jobs are held.
std::string configuration_detail(const config::Config& config, const Reload& reload, const std::string& note);

/// By destination, as its lane wants to know them.
std::map<std::string, spool::Digest, std::less<>> file_contents(const config::Config& config,
                                                                const Certificates& certificates);

/// Of all settings as printed, in hexadecimal digits: what the history and the API know a configuration by.
std::string digest_of(const config::Config& config);

}  // namespace broker
