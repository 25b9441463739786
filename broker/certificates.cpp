#include "broker/certificates.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "broker/dicom/tls.h"

namespace broker {
namespace {

/// Where it is, for people and as a key of the configuration.
struct Place {
    std::string where, key;
};

/// Makes the context as the broker will, which is the check.
template <class Make>
void read(Certificates& into, const Place& place, const Make& make) {
    try {
        const auto context = make();
        if (const auto& own = context.certificate()) into.own.push_back({place.where, own->subject, own->not_after});
    } catch (const dicom::TlsError& error) {
        into.problems.push_back({"", 0, place.key + "." + error.key(), error.what()});
    }
}

}  // namespace

Certificates read_certificates(const config::Config& config) {
    Certificates all;
    if (const auto& tls = config.dicom.tls)
        read(all, {"dicom.tls", "dicom.tls"}, [&] {
            return dicom::TlsServer({tls->certificate_file, tls->key_file, tls->ca_file});
        });
    for (const config::Destination& each : config.destinations) {
        const auto& tls = each.tls;
        if (!tls || each.kind != config::DestinationKind::dicom) continue;
        read(all, {"destination " + each.name, "destination[" + each.name + "].tls"}, [&] {
            return dicom::TlsClient({tls->certificate_file, tls->key_file, tls->ca_file},
                                    {each.host, tls->server_name, tls->pin});
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
        warnings.push_back(fmt::format("the certificate of {} ({}) {}: have it renewed, and restart the bridge",
                                       each.where, each.subject, when));
    }
    return warnings;
}

}  // namespace broker
