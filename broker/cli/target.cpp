/// Target: the path and query of a call, spelled so that no value can change its meaning.
#include "broker/cli/target.h"

#include <fmt/format.h>

namespace broker::cli {

std::string encoded(std::string_view text) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string out;
    for (const char c : text) {
        if (plain.find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

std::string target(std::string path, const Terms& terms) {
    char separator = '?';
    for (const auto& [name, value] : terms) {
        path += separator + encoded(name) + '=' + encoded(value);
        separator = '&';
    }
    return path;
}

}  // namespace broker::cli
