/// LocalUser: who is at the other end of the Unix socket, and whether that user may.
#include "web/local_user.h"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace web {
namespace {

constexpr const char* group_name = "dicom-bridge";
constexpr std::size_t entry_bytes = 64 * 1024;  ///< of one line of the user or group database
constexpr int groups_max = 4096;

struct Account {
    std::string name;
    gid_t group = 0;
};

std::optional<Account> account_of(uid_t user_id) {
    std::vector<char> buffer(entry_bytes);
    passwd entry{};
    passwd* found = nullptr;
    if (getpwuid_r(user_id, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return std::nullopt;
    return Account{entry.pw_name, entry.pw_gid};
}

bool is_member(const Account& account) {
    std::vector<char> buffer(entry_bytes);
    group entry{};
    group* found = nullptr;
    if (getgrnam_r(group_name, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return false;
    std::vector<gid_t> groups(groups_max);
    int count = groups_max;
    if (getgrouplist(account.name.c_str(), account.group, groups.data(), &count) < 0) return false;
    groups.resize(static_cast<std::size_t>(count));
    return std::ranges::find(groups, entry.gr_gid) != groups.end();
}

}  // namespace

LocalUser local_user(unsigned user_id) {
    const auto account = account_of(user_id);
    LocalUser user{account ? account->name : "uid " + std::to_string(user_id), false};
    user.is_allowed = user_id == 0 || user_id == geteuid() || (account && is_member(*account));
    return user;
}

std::optional<unsigned> peer_user_id(int socket) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
    return credentials.uid;
}

}  // namespace web
