/// LocalUser: who is at the other end of the Unix socket, and whether that user may.
#pragma once

#include <optional>
#include <string>

namespace web {

struct LocalUser {
    std::string name;
    bool is_allowed = false;  ///< root, the process's own user, or a member of the group dicom-bridge
};

/// Looks the user up in the system's user database: may block; any thread.
LocalUser local_user(unsigned user_id);

/// The user at the other end of a connected Unix socket (SO_PEERCRED), as the kernel noted it at connect.
std::optional<unsigned> peer_user_id(int socket);

}  // namespace web
