#include "broker/certificates.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <fstream>
#include <span>

#include "broker/deliver/satusehat/platform_settings.h"
#include "broker/dicom/tls.h"

namespace broker {
namespace {

/// Where it is, for people and as a key of the configuration.
struct Place {
    std::string where, key;
};

spool::Digest contents_of(const dicom::TlsFiles& files) {
    spool::Hasher hasher;
    for (const auto* each : {&files.certificate_file, &files.key_file, &files.ca_file}) {
        std::ifstream file(*each, std::ios::binary);
        std::array<char, 4096> piece{};
        while (file.read(piece.data(), piece.size()), file.gcount() > 0)
            hasher.update(std::as_bytes(std::span(piece.data(), static_cast<std::size_t>(file.gcount()))));
        hasher.update(std::as_bytes(std::span("|", 1)));
    }
    return hasher.finish();
}

/// Makes the context as the broker will, which is the check.
template <class Make>
void read(Certificates& into, const Place& place, const dicom::TlsFiles& files, const Make& make) {
    try {
        const auto context = make(files);
        into.contents.emplace(place.where, contents_of(files));
        if (const auto& own = context.certificate()) into.own.push_back({place.where, own->subject, own->not_after});
    } catch (const dicom::TlsError& error) {
        into.problems.push_back({"", 0, place.key + "." + error.key(), error.what()});
    }
}

}  // namespace

std::string where_of(const config::Destination& destination) {
    return "destination " + destination.name;
}

Certificates read_certificates(const config::Config& config) {
    Certificates all;
    if (const auto& tls = config.dicom.tls)
        read(all, {std::string(where_of_dicom), "dicom.tls"}, {tls->certificate_file, tls->key_file, tls->ca_file},
             [](const dicom::TlsFiles& files) { return dicom::TlsServer(files); });
    // The pages' own TLS is made elsewhere (web/tls.h) and asks for no less.
    if (const auto& tls = config.http.tls)
        read(all, {std::string(where_of_pages), "http.tls"}, {tls->certificate_file, tls->key_file, tls->ca_file},
             [](const dicom::TlsFiles& files) { return dicom::TlsServer(files); });
    for (const config::Destination& each : config.destinations) {
        const auto& tls = each.tls;
        const bool is_national = each.kind == config::DestinationKind::satusehat;
        if (!tls || (each.kind != config::DestinationKind::dicom && !is_national)) continue;
        const std::string host =
            is_national ? deliver::satusehat::platform_settings(each, config).server.origin.host() : each.host;
        read(all, {where_of(each), "destination[" + each.name + "].tls"},
             {tls->certificate_file, tls->key_file, tls->ca_file}, [&](const dicom::TlsFiles& files) {
                 return dicom::TlsClient(files, {host, tls->server_name, tls->pin});
             });
    }
    return all;
}

std::int64_t days_left(outbox::Instant not_after, outbox::Instant now) {
    return std::chrono::floor<std::chrono::days>(not_after - now).count();
}

std::vector<std::string> expiry_warnings(const std::vector<Certificate>& certificates, outbox::Instant now) {
    std::vector<std::string> warnings;
    for (const Certificate& each : certificates) {
        const std::int64_t days = days_left(each.not_after, now);
        if (days >= expiry_warned_days) continue;
        const auto date =
            fmt::format("{:%Y-%m-%d}", fmt::gmtime(each.not_after.time_since_epoch() / std::chrono::seconds(1)));
        const std::string when =
            days < 0 ? fmt::format("expired on {}", date) : fmt::format("expires in {} days, on {}", days, date);
        warnings.push_back(fmt::format("the certificate of {} ({}) {}: have it renewed, then `dicom-bridge reload`",
                                       each.where, each.subject, when));
    }
    return warnings;
}

}  // namespace broker
