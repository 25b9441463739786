/// Configure: the configuration of the running broker, shown and read anew; web declares it, the broker implements it.
///
/// Any thread, several at once. Throws web::Error, unavailable (the broker is stopping, or its disk is full), and what
/// the outbox throws. No value that may hold a patient's name or a password is in a change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outbox/ids.h"
#include "outbox/outbox.h"

namespace web {

/// Something that is wrong, or worth a word, and where it stands.
struct ConfigurationProblem {
    std::string file;
    unsigned line = 0;  ///< 0: the file as a whole
    std::string key, text;
};

struct KeyChange {
    std::string key;
    std::optional<std::string> from, to;  ///< nothing: it was or is not there, or its values are not told
};

struct ConfigurationChange {
    std::string where;  ///< "destination pacs-a", "[retention]"
    std::string what;   ///< "added", "removed", "changed"
    std::vector<KeyChange> keys;
};

/// A destination that leaves or comes back, and jobs of it.
struct AffectedDestination {
    std::string name;
    std::int64_t jobs = 0;
};

/// What reading the files anew came to.
struct Reloaded {
    std::vector<ConfigurationProblem> problems;  ///< any: nothing was changed
    std::vector<KeyChange> restart;              ///< any: only a restart can change these, nothing was changed
    std::vector<ConfigurationChange> changes;
    std::vector<AffectedDestination> removed;   ///< whose jobs are held
    std::vector<AffectedDestination> returned;  ///< whose jobs go on
    std::int64_t jobs_held = 0;                 ///< of a dry run: that would be
    std::vector<std::string> ending;            ///< destinations that still have something in hand
    std::vector<std::string> files;             ///< that were read; none: the embedded defaults
    bool is_applied = false;
};

struct Configuration {
    std::string text;  ///< every setting as understood, as TOML
    std::string sha256;
    std::vector<std::string> files;  ///< that it was read from; none: the embedded defaults
    outbox::Instant loaded_at;
    std::vector<ConfigurationProblem> notices;
};

class Configure {
public:
    Configure() = default;
    Configure(const Configure&) = delete;
    Configure& operator=(const Configure&) = delete;
    virtual ~Configure() = default;

    /// That which is in force.
    virtual Configuration configuration() const = 0;
    /// Reads the files that the broker was started with, and takes them whole or not at all.
    virtual Reloaded reload(bool is_dry_run, const outbox::Actor& actor) = 0;
};

}  // namespace web
