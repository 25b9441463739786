/// Permission: what a call asks of whoever makes it, and which roles have it.
///
/// Pure; any thread.
#pragma once

#include <string_view>

#include "outbox/user.h"

namespace web {

enum class Permission {
    anyone,      ///< no login: whether the process serves, our pages' fixed bytes, and logging in itself
    known,       ///< whoever is logged in: who they are, their own password, the end of their login
    watch,       ///< counts and states, without anybody's data
    look,        ///< studies and their pictures
    inspect,     ///< jobs, receipts, the history: what was promised, and what became of it
    audit,       ///< all of the history at once, the settings as understood
    operate,     ///< what an operator presses
    administer,  ///< configuration, users, tokens
};

bool may(outbox::Role role, Permission permission);

std::string_view to_string(Permission permission);

/// What a route needs. It has no default: a row of the table that does not say it does not compile.
class Needs {
public:
    constexpr Needs(Permission permission) : permission_(permission) {}
    constexpr operator Permission() const { return permission_; }

private:
    Permission permission_;
};

}  // namespace web
