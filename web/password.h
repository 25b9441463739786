/// Password: what is kept of a password, and whether another one is the same (scrypt, RFC 7914).
///
/// Any thread. One hash takes about a quarter of a second and 32 MiB: `hashes_max` are made at once, whoever comes
/// beside them is told that it is busy, so that nobody uses up the machine by guessing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace web {

inline constexpr std::size_t password_bytes_min = 12;
inline constexpr std::size_t password_bytes_max = 256;
inline constexpr int hashes_max = 2;

/// "" when a user of that name may have this password, else what is wrong with it.
std::string password_fault(std::string_view password, std::string_view user_name);

/// "$scrypt$ln=15,r=8,p=3$salt$hash", with a new salt. Nothing: busy.
std::optional<std::string> hash_password(std::string_view password);

enum class PasswordCheck { right, wrong, busy };
/// Takes as long for "" in place of a hash (there is no such user) as for any other one. What is no such hash is wrong.
PasswordCheck check_password(std::string_view password, std::string_view hash);

}  // namespace web
