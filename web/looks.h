/// Looks: whose data an answer will show, for the history; the same look again is no news for a while.
///
/// Any thread. A page asks anew every few seconds, and a study's pictures are a hundred calls: that is one look.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "outbox/user.h"
#include "outbox/views.h"
#include "web/exchange.h"
#include "web/router.h"

namespace web {

/// What the request will show, if that is anybody's data: of one study its UID, of a list the names of its filters.
/// Nothing, too, where there is no such thing. Throws outbox::Error.
std::optional<outbox::Look> look_of(const Route& route, const Request& request, const outbox::Views& views);
/// The same as far as the path itself tells: of a study.
std::optional<outbox::Look> study_look_of(const Route& route, const Request& request);

class Looks {
public:
    /// Whether it was recorded a moment ago: then nobody needs to look whether there is such a study at all.
    bool is_known(const outbox::Look& look, const Request& request, outbox::Instant now) const;
    /// Whether the look is to be recorded: it was not for `look_again`. The same query of a list is the same look.
    bool is_new(const outbox::Look& look, const Request& request, outbox::Instant now);
    /// It could not be recorded: it is new again.
    void forget(const outbox::Look& look, const Request& request);

private:
    mutable std::mutex mutex_;  ///< guards begun_
    std::map<std::string, outbox::Instant> begun_;
};

}  // namespace web
