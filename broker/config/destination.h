/// Destination: one configured place to deliver to, of any kind, with its limits, as plain values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/config/units.h"

namespace broker::config {

/// A secret is named, never held: it is read from its file or environment variable where it is used.
struct Secret {
    std::filesystem::path file;  ///< empty where the environment has it
    std::string env;
    bool operator==(const Secret&) const = default;
};

enum class DestinationKind { dicom, dicomweb, satusehat, folder };
enum class Confirm { none, commitment, query };
enum class OnNewVersion { send, hold, replace };
enum class Release { automatic, by_operator };
enum class Compress { none, jpeg_ls };
enum class DateTimeStyle { utc, offset };
enum class Upload { raw, multipart };
enum class Environment { dev, staging, production };

/// What an operator says that a status of this destination means, in place of the table in deliver/.
enum class Override { transient, hold };

/// A part of the day in the node's zone, minutes after midnight; it goes over midnight where `until` is not after
/// `from`.
struct DayWindow {
    unsigned from_minute = 0;
    unsigned until_minute = 0;
    bool operator==(const DayWindow&) const = default;
};

/// A rate for a part of the day; without `between`, for the rest of it.
struct Bandwidth {
    std::optional<DayWindow> between;
    Rate rate;
    bool operator==(const Bandwidth&) const = default;
};

/// A link that several destinations share.
struct Uplink {
    std::string name;
    std::vector<Bandwidth> bandwidth;
    bool operator==(const Uplink&) const = default;
};

/// TLS towards a destination. Present means required: there is no falling back to plain.
struct ClientTls {
    std::filesystem::path ca_file, certificate_file, key_file;
    std::string server_name;
    std::string pin;  ///< "sha256/…"
    bool operator==(const ClientTls&) const = default;
};

struct Webhook {
    std::string url, user;
    Secret password;
    bool operator==(const Webhook&) const = default;
};

enum class AuthKind { basic, bearer, oauth2 };

struct Auth {
    AuthKind kind = AuthKind::basic;
    std::string user;       ///< basic
    Secret password;        ///< basic
    Secret token;           ///< bearer
    std::string token_url;  ///< oauth2
    Secret client_id, client_secret;
    std::string scope;
    bool operator==(const Auth&) const = default;
};

struct Destination {
    std::string name;  ///< unique for ever: jobs and history refer to it
    DestinationKind kind = DestinationKind::dicom;

    // Every kind.
    unsigned parallel = 2;  ///< associations, connections or writers at once
    Duration timeout{60'000};
    OnNewVersion on_new_version = OnNewVersion::send;
    Confirm confirm = Confirm::none;
    bool resend_safe = true;        ///< false: an uncertain job that cannot be asked about is held
    Duration after_study_quiet{0};  ///< satusehat: 15 minutes unless set
    std::vector<DayWindow> send_between;
    std::vector<Bandwidth> bandwidth;
    std::string uplink;
    std::vector<std::string> failover;    ///< who stands in for it while it fails, the first one that works
    Duration failover_after{5 * 60'000};  ///< how long it must have been failing or held

    // kind = "dicom"
    std::string host;  ///< a name or an address, without a port
    std::uint16_t port = 0;
    std::string ae_title;          ///< the called AE title
    std::string calling_ae_title;  ///< `load` fills in that of [dicom]; not used where calling_is_sender
    bool calling_is_sender = false;
    bool decompress_if_refused = true;
    Compress compress =
        Compress::none;  ///< jpeg_ls: what is not compressed is sent as JPEG-LS lossless, for thin links
    std::map<std::uint16_t, Override> overrides;  ///< by DIMSE status
    std::optional<ClientTls> tls;

    // kind = "folder"
    std::filesystem::path path;

    // kind = "dicomweb"
    std::string url;
    std::optional<Auth> auth;
    std::string proxy;  ///< also of satusehat

    // kind = "satusehat"
    std::optional<Environment> environment;
    std::string base_url, dicom_url;
    std::string fhir_path = "/fhir-r4/v1";
    std::string dicom_path = "/dicom/v1/dicomWeb/studies";
    std::string token_path = "/oauth2/v1/accesstoken";
    std::string organization_id;
    Secret client_id, client_secret;
    std::string user_agent = "DICOM-Bridge";
    DateTimeStyle datetime_style = DateTimeStyle::utc;
    bool encounter = false;      ///< the ImagingStudy has the order's
    Duration index_lag{30'000};  ///< until a search shows what was written
    Upload upload = Upload::raw;
    Release release = Release::automatic;
    std::optional<Webhook> webhook;

    bool operator==(const Destination&) const = default;
};

}  // namespace broker::config
