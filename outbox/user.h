/// User: who may log in, the tokens that programs come with, and what the history says of both.
///
/// Values without behaviour. The words of a role are those of the database, the API and the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "outbox/ids.h"

namespace outbox {

using UserId = Id<struct UserRow>;
using TokenId = Id<struct TokenRow>;

/// What somebody may do; who may what is web's to say (web/permission.h).
enum class Role {
    viewer,
    operating,  ///< "operator", which C++ keeps for itself
    auditor,
    admin,
    monitor,  ///< of tokens only: counts, without anybody's data
};

std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view word);

struct NewUser {
    std::string name;  ///< 1 to 64 bytes
    Role role = Role::viewer;
    std::string password;  ///< what a password hash made of it (web/password.h), never the password
};

struct UserView {
    UserId id;
    std::string name;
    Role role = Role::viewer;
    std::string password;  ///< as of NewUser
    Instant added_at, password_at;
    std::string added_by, password_by;
};

struct NewToken {
    std::string name;  ///< 1 to 64 bytes
    Role role = Role::monitor;
    Digest hash{};                    ///< SHA-256 of the token
    std::optional<UserId> user = {};  ///< whose it is; nothing: made on this machine
    Instant expires_at;
};

struct TokenView {
    TokenId id;
    std::string name;
    Role role = Role::monitor;
    std::string user;  ///< whose it is, or ""
    Instant added_at, expires_at;
    std::string added_by;
};

/// A look at patients' data, as the history keeps it. What was looked for is not told: it may be a patient's number.
struct Look {
    std::string actor;                  ///< "user:alice"
    std::string what;                   ///< the route's pattern: "/api/v1/studies/{uid}"
    std::string study = {};             ///< Study Instance UID, where it was one study
    std::string sop_instance_uid = {};  ///< where it was one instance
    std::string filters = {};           ///< names of what a list was asked for by: "patient date"; never the values
};

/// What happened at the door of the pages, without a password or what somebody typed in its place.
struct Entry {
    std::string event;    ///< "logged_in", "logged_out", "login_failed"
    std::string actor;    ///< "user:alice", or "bridge" where nobody was let in
    std::string user;     ///< a user's name; "" where there is none of that name
    std::string address;  ///< where they came from
};

}  // namespace outbox
