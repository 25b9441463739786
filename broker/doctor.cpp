// The node's own steps.
#include "broker/doctor.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <future>
#include <system_error>

#include "broker/config/loop.h"
#include "broker/dicom/descriptor.h"
#include "broker/doctor_destination.h"
#include "broker/kernel_clock.h"
#include "broker/receive/space_watch.h"
#include "broker/route/network.h"

namespace broker {

namespace {

std::string because(int error) {
    return std::generic_category().message(error);
}

std::string gibibytes(std::uint64_t bytes) {
    return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / static_cast<double>(config::gib));
}

/// The folder itself, or the nearest above it that is there.
std::filesystem::path existing(std::filesystem::path path) {
    std::error_code failed;
    path = std::filesystem::absolute(path, failed);
    while (!std::filesystem::exists(path, failed) && path.has_parent_path() && path != path.parent_path())
        path = path.parent_path();
    return path;
}

void look_at_disk(Diagnoses& found, const config::Config& config) {
    const auto& folder = config.node.data_dir;
    const auto there = existing(folder);
    std::error_code failed;
    if (!std::filesystem::is_directory(there, failed))
        found.push_back(
            {"disk", "data_dir", Health::failed, there.string() + " is no folder", "name another data_dir"});
    else if (::access(there.c_str(), W_OK | X_OK) != 0)
        found.push_back({"disk", "data_dir", Health::failed, there.string() + " cannot be written: " + because(errno),
                         "give it to the user that the broker runs as, or run this command as that user"});
    else if (!std::filesystem::equivalent(there, folder, failed))
        found.push_back({"disk", "data_dir", Health::hint, folder.string() + " is not there yet: a start makes it"});
    else
        found.push_back({"disk", "data_dir", Health::well, folder.string() + " can be written"});
    struct statvfs told {};
    if (::statvfs(there.c_str(), &told) != 0) {
        found.push_back({"disk", "space", Health::failed, "the file system cannot be asked: " + because(errno)});
        return;
    }
    const spool::Space space{std::uint64_t{told.f_blocks} * told.f_frsize, std::uint64_t{told.f_bavail} * told.f_frsize,
                             told.f_files == 0 ? 1 : std::uint64_t{told.f_favail}};
    const std::string text = gibibytes(space.free_bytes) + " of " + gibibytes(space.total_bytes) + " are free";
    const std::string marks = " (refuse_below " + config::print_percent_or_size(config.spool.refuse_below) +
                              ", warn_below " + config::print_percent_or_size(config.spool.warn_below) + ")";
    switch (receive::judge(space, config.spool)) {
        case receive::SpaceState::ok:
            found.push_back({"disk", "space", Health::well, text});
            break;
        case receive::SpaceState::warn:
            found.push_back({"disk", "space", Health::hint, text + marks, "make room before images are refused"});
            break;
        case receive::SpaceState::refusing:
            found.push_back({"disk", "space", Health::failed, text + marks + ": images are refused (0xA700)",
                             "make room, or a larger disk"});
            break;
    }
}

void look_at_clock(Diagnoses& found, const Clock& clock) {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock.now());
    const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(now));
    const std::chrono::hh_mm_ss time(now - std::chrono::floor<std::chrono::days>(now));
    const std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}Z", int(day.year()), unsigned(day.month()),
                                         unsigned(day.day()), time.hours().count(), time.minutes().count());
    // Older than this program, or beyond what it is for: a battery that is empty.
    const bool is_sane = day.year() >= std::chrono::year(2025) && day.year() < std::chrono::year(2100);
    if (is_sane)
        found.push_back({"clock", "time", Health::well, "it is " + text});
    else
        found.push_back({"clock", "time", Health::failed, "it is said to be " + text,
                         "set the clock: times in the history and in what is registered come from it"});
    const auto is_kept = is_clock_kept();
    if (!is_kept)
        found.push_back({"clock", "sync", Health::hint, "whether a time service keeps the clock cannot be told"});
    else if (!*is_kept)
        found.push_back({"clock", "sync", Health::hint, "no time service keeps the clock, as far as the kernel knows",
                         "have NTP run: systemctl status systemd-timesyncd, or chrony"});
    else
        found.push_back({"clock", "sync", Health::well, "a time service keeps the clock"});
}

/// 0: the port could be listened on; else why not.
int try_to_listen(const std::string& address, std::uint16_t port) {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_in);
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
    } else if (::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        size = sizeof(sockaddr_in6);
    } else {
        return EINVAL;
    }
    const dicom::Descriptor socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket.get() < 0) return errno;
    // As the broker does: what a connection that has ended leaves behind is in nobody's way.
    const int on = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), size) != 0) return errno;
    return ::listen(socket.get(), 1) == 0 ? 0 : errno;
}

void look_whether_free(Diagnoses& found, const std::string& step, const std::string& address, std::uint16_t port) {
    const std::string where = address + " port " + std::to_string(port);
    const int error = try_to_listen(address, port);
    if (error == 0) {
        found.push_back({"ports", step, Health::well, where + " is free for the broker"});
        return;
    }
    std::string advice;
    if (error == EADDRINUSE) advice = "another program listens there: stop it, or take another port";
    if (error == EACCES) advice = "ports below 1024 need CAP_NET_BIND_SERVICE, as the packaged service has it";
    if (error == EADDRNOTAVAIL) advice = "no interface of this machine has that address";
    found.push_back({"ports", step, Health::failed, where + " cannot be listened on: " + because(error), advice});
}

void look_at_ports(Diagnoses& found, const config::Config& config, const RunningNode* running) {
    const config::Dicom& dicom = config.dicom;
    if (running == nullptr) {
        for (const std::uint16_t port : dicom.port) look_whether_free(found, "dicom", dicom.bind, port);
        if (dicom.tls) look_whether_free(found, "dicom tls", dicom.bind, dicom.tls->port);
        look_whether_free(found, "http", config.http.bind, config.http.port);
    } else {
        for (const std::uint16_t port : running->dicom_ports)
            found.push_back(
                {"ports", "dicom", Health::well, "listens on " + dicom.bind + " port " + std::to_string(port)});
        if (running->tls_port)
            found.push_back({"ports", "dicom tls", Health::well,
                             "listens on " + dicom.bind + " port " + std::to_string(*running->tls_port)});
        found.push_back({"ports", "http", Health::well,
                         "listens on " + config.http.bind + " port " + std::to_string(config.http.port)});
        if (!running->not_accepting.empty())
            found.push_back(
                {"ports", "accepting", Health::failed, "no images are taken in: " + running->not_accepting});
    }
    if (route::is_loopback(dicom.bind))
        found.push_back({"ports", "loopback", Health::hint,
                         "ONLY THIS MACHINE CAN SEND IMAGES: [dicom] bind is " + dicom.bind,
                         "set bind = \"0.0.0.0\" for scanners on the network"});
}

void say_what_to_type(Diagnoses& found, const config::Config& config, const RunningNode* running) {
    const config::Dicom& dicom = config.dicom;
    std::string title = dicom.ae_title;
    if (dicom.accept_called_ae_title.rule == config::CalledAeTitles::Rule::any) title += " (any other is taken, too)";
    if (dicom.accept_called_ae_title.rule == config::CalledAeTitles::Rule::listed) {
        title.clear();
        for (const std::string& each : dicom.accept_called_ae_title.listed) title += (title.empty() ? "" : ", ") + each;
    }
    found.push_back({"scanner", "ae title", Health::well, title});
    std::string addresses;
    const bool is_everywhere = dicom.bind == "0.0.0.0" || dicom.bind == "::";
    if (is_everywhere) {
        for (const std::string& each : config::own_addresses())
            if (!route::is_loopback(each) && !each.starts_with("fe80:"))
                addresses += (addresses.empty() ? "" : ", ") + each;
    } else {
        addresses = dicom.bind;
    }
    if (addresses.empty())
        found.push_back({"scanner", "address", Health::failed, "this machine has no address on a network",
                         "connect it, and give it a fixed address"});
    else
        found.push_back({"scanner", "address", Health::well, addresses});
    std::string ports;
    for (const std::uint16_t each : running != nullptr ? running->dicom_ports : dicom.port)
        ports += (ports.empty() ? "" : " or ") + std::to_string(each);
    const auto tls = running != nullptr ? running->tls_port : dicom.tls ? std::optional(dicom.tls->port) : std::nullopt;
    if (tls) ports += ", with TLS " + std::to_string(*tls);
    found.push_back({"scanner", "port", Health::well, ports});
}

}  // namespace

Diagnoses examine_node(const config::Config& config, const RunningNode* running, const Clock& clock) {
    Diagnoses found;
    look_at_disk(found, config);
    look_at_clock(found, clock);
    look_at_ports(found, config, running);
    say_what_to_type(found, config, running);
    return found;
}

Diagnoses examine(const config::Config& config, const Examination& wanted, const RunningNode* running,
                  const Clock& clock, const std::stop_token& stop) {
    std::vector<std::future<Diagnoses>> destinations;
    for (const config::Destination& each : config.destinations) {
        if (wanted.destination && *wanted.destination != each.name) continue;
        destinations.push_back(std::async(std::launch::async, [&destination = each, &config, &wanted, &clock, &stop] {
            return examine_destination(destination, config, wanted.sends_test, clock, stop);
        }));
    }
    Diagnoses found;
    if (!wanted.destination) found = examine_node(config, running, clock);
    if (!wanted.destination && config.destinations.empty())
        found.push_back({"destinations", "", Health::hint, "there is none: what arrives is kept and goes nowhere",
                         "write a [[destination]] and a [[route]]"});
    for (auto& each : destinations) {
        Diagnoses some = each.get();
        std::move(some.begin(), some.end(), std::back_inserter(found));
    }
    return found;
}

}  // namespace broker
