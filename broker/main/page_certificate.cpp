// Reading, or making, the certificate of the pages.
#include "broker/main/page_certificate.h"

#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "broker/route/network.h"
#include "web/error.h"

namespace broker {
namespace {

constexpr std::uintmax_t pem_bytes_max = 1024 * 1024;

std::string read_file(const std::filesystem::path& path, const char* key) {
    std::error_code code;
    const auto size = std::filesystem::file_size(path, code);
    std::ifstream file(path, std::ios::binary);
    if (code || !file)
        throw web::Error(web::Errc::unsuited, std::string("[http.tls] ") + key + ": " + path.string() +
                                                  " cannot be read: " + (code ? code.message() : "no permission"));
    if (size > pem_bytes_max)
        throw web::Error(web::Errc::unsuited,
                         std::string("[http.tls] ") + key + ": " + path.string() + " is no PEM file");
    return {std::istreambuf_iterator<char>(file), {}};
}

[[noreturn]] void fail(const std::filesystem::path& path) {
    throw web::Error(web::Errc::io, "cannot write " + path.string() + ": " + std::strerror(errno));
}

/// Whole and durable under its name, or not there: a key that was half written would keep the pages from coming up.
void write_file(const std::filesystem::path& path, const std::string& text) {
    const std::filesystem::path half = path.string() + ".new";
    const int file = ::open(half.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) fail(half);
    const bool is_written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
    if (::close(file) != 0 || !is_written) fail(half);
    if (::rename(half.c_str(), path.c_str()) != 0) fail(path);
    const int folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || ::fsync(folder) != 0) fail(path.parent_path());
    ::close(folder);
}

/// Of this machine, but for loopback, which is added by name.
std::vector<std::string> own_addresses() {
    std::vector<std::string> all{"127.0.0.1", "::1"};
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return all;
    for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr || (each->ifa_flags & IFF_LOOPBACK) != 0) continue;
        const int family = each->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6) continue;
        const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
        std::array<char, NI_MAXHOST> text{};
        if (::getnameinfo(each->ifa_addr, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) continue;
        std::string address = text.data();
        // An address of one link only means something there.
        if (address.find('%') == std::string::npos) all.push_back(std::move(address));
    }
    ::freeifaddrs(first);
    return all;
}

web::TlsPem make_one(const config::Config& config, outbox::Instant now) {
    web::SelfSigned wanted;
    wanted.common_name = config.node.name;
    wanted.host_names = config.http.names;
    wanted.host_names.push_back("localhost");
    wanted.host_names.push_back(own_host_name());
    wanted.addresses = own_addresses();
    // A clock that is a little behind ours shall take it, too.
    wanted.not_before = now - std::chrono::days(1);
    wanted.not_after = now + self_signed_lasts;
    return web::make_self_signed(wanted);
}

/// The one that was made before, unless it is broken or about to expire.
std::optional<web::TlsPem> kept_one(const std::filesystem::path& folder, outbox::Instant now) {
    if (!std::filesystem::exists(folder / "page.key")) return std::nullopt;
    try {
        web::TlsPem pem{read_file(folder / "page.pem", "made"), read_file(folder / "page.key", "made"), ""};
        if (web::make_tls(pem).not_after - now < self_signed_renewed) return std::nullopt;
        return pem;
    } catch (const web::Error&) {
        return std::nullopt;
    }
}

}  // namespace

std::optional<PageCertificate> page_certificate(const config::Config& config, outbox::Instant now) {
    if (const auto& tls = config.http.tls) {
        web::TlsPem pem{read_file(tls->certificate_file, "certificate_file"), read_file(tls->key_file, "key_file"), ""};
        if (!tls->ca_file.empty()) pem.authorities = read_file(tls->ca_file, "ca_file");
        return PageCertificate{pem, false};
    }
    if (route::is_loopback(config.http.bind)) return std::nullopt;
    const std::filesystem::path folder = config.node.data_dir / "tls";
    std::filesystem::create_directories(folder);
    if (const auto kept = kept_one(folder, now)) return PageCertificate{*kept, true};
    const web::TlsPem made = make_one(config, now);
    // The certificate last: without it, the key is no use and another pair is made.
    write_file(folder / "page.key", made.key);
    write_file(folder / "page.pem", made.certificate);
    return PageCertificate{made, true};
}

std::string own_host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

}  // namespace broker
