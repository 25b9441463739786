#include "broker/config/loop.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>

namespace broker::config {

std::set<std::string> own_addresses() {
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return {};
    std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner{list, freeifaddrs};
    std::set<std::string> addresses;
    for (const ifaddrs* each = list; each; each = each->ifa_next) {
        int family = each->ifa_addr ? each->ifa_addr->sa_family : AF_UNSPEC;
        if (family != AF_INET && family != AF_INET6) continue;
        socklen_t length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
        char text[NI_MAXHOST];
        if (getnameinfo(each->ifa_addr, length, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0)
            addresses.insert(text);
    }
    return addresses;
}

bool is_own_door(const Config& config, const std::string& host, std::uint16_t port,
                 const std::set<std::string>& own_addresses) {
    const std::vector<std::uint16_t>& ports = config.dicom.port;
    const bool is_tls_port = config.dicom.tls && config.dicom.tls->port == port;
    if (!is_tls_port && std::find(ports.begin(), ports.end(), port) == ports.end()) return false;
    const std::string address = host == "localhost" ? "127.0.0.1" : host;
    if (route::in_network(config.dicom.bind, address)) return true;
    const bool listens_everywhere = config.dicom.bind == "0.0.0.0" || config.dicom.bind == "::";
    const bool is_everywhere = route::in_network("0.0.0.0", address) || route::in_network("::", address);
    const bool is_own = std::any_of(own_addresses.begin(), own_addresses.end(),
                                    [&](const std::string& own) { return route::in_network(own, address); });
    return is_everywhere || (listens_everywhere && (route::is_loopback(address) || is_own));
}

}  // namespace broker::config
