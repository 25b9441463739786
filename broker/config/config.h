/// Config: every setting of the bridge as plain values with units and defaults; each limit has its name here.
///
/// A value: read once by `load`, then shared read-only by any thread. What `load` returns has been checked whole
/// (check.h), so its readers do not check again. A member is spelled as its TOML key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config/destination.h"
#include "broker/config/units.h"
#include "broker/route/route.h"

namespace broker::config {

inline constexpr std::uint64_t kib = 1024, mib = 1024 * kib, gib = 1024 * mib;

struct Node {
    std::string name = "dicom-bridge";  ///< shown on pages and in the history
    std::filesystem::path data_dir = "/var/lib/dicom-bridge";
    std::string timezone = "Asia/Jakarta";
    Duration stop_within{10'000};  ///< a stop finishes or hands back what it holds within this
    bool operator==(const Node&) const = default;
};

/// TLS where we listen. Present with a ca_file: client certificates are required.
struct ServerTls {
    std::uint16_t port = 2762;  ///< of [dicom.tls] only; [http.tls] takes over [http] port
    std::filesystem::path certificate_file, key_file, ca_file;
    bool operator==(const ServerTls&) const = default;
};

/// Which called AE titles we answer to.
struct CalledAeTitles {
    enum class Rule { any, own, listed } rule = Rule::any;
    std::vector<std::string> listed;
    bool operator==(const CalledAeTitles&) const = default;
};

struct Dicom {
    std::string ae_title = "BRIDGE";
    std::string bind = "127.0.0.1";             ///< an address, not a name
    std::vector<std::uint16_t> port = {11112};  ///< each is listened on; in memory 0 takes a free one
    CalledAeTitles accept_called_ae_title;
    bool accept_unknown_senders = true;
    unsigned max_associations = 64;
    unsigned associations_per_address = 64;
    std::uint64_t max_instance = 4 * gib;
    std::uint64_t max_pdu = 128 * kib;
    Duration idle_timeout{60'000};
    Duration associate_timeout{10'000};      ///< from accept to the whole A-ASSOCIATE-RQ
    Duration first_message_timeout{30'000};  ///< from A-ASSOCIATE-AC to the first command
    Rate min_rate{1024};                     ///< a peer inside a message that is slower over min_rate_window is cut off
    Duration min_rate_window{30'000};
    unsigned max_contexts = 128;                ///< presentation contexts of one association
    unsigned max_transfer_syntaxes = 50;        ///< of one presentation context
    std::uint64_t max_associate_rq = 64 * kib;  ///< bytes of one A-ASSOCIATE-RQ
    unsigned max_header_elements = 100'000;     ///< elements that the header scan looks at
    unsigned max_header_depth = 64;             ///< nested sequences that the header scan follows
    std::uint64_t max_header_value = 64 * kib;  ///< bytes of one value that the header scan reads
    unsigned commit_batch = 64;                 ///< accepts, claims and settlements per commit
    unsigned commit_queue = 1024;               ///< requests that may wait for the committer
    unsigned commit_wal_pages = 1000;        ///< of the write-ahead log; a checkpoint follows the commit that goes over
    unsigned max_handshakes = 1024;          ///< connections without a whole A-ASSOCIATE-RQ; more are closed at once
    std::uint64_t max_commitment = 8 * mib;  ///< bytes of one commitment request or report
    std::uint64_t max_drain = 64 * mib;      ///< read beyond max_instance to answer in order, before we rather abort
    std::optional<ServerTls> tls;
    bool operator==(const Dicom&) const = default;
};

enum class CommitWhen { custody, delivered };

/// A scanner that we know by name.
struct Sender {
    std::string name;
    std::string ae_title;     ///< empty: any
    std::string address;      ///< literal or CIDR; empty: any
    std::string certificate;  ///< a glob on its subject, or "sha256/…" of its public key; empty: any, or none
    std::string host;         ///< where a commitment report goes; empty: on the sender's own association
    std::uint16_t port = 0;
    CommitWhen commit_when = CommitWhen::custody;
    bool strict = false;  ///< refuses what is else only flagged
    bool operator==(const Sender&) const = default;
};

enum class Access { users, open };

struct Http {
    std::string bind = "127.0.0.1";
    std::uint16_t port = 8080;  ///< in memory 0 takes a free one
    Access access = Access::users;
    unsigned connections_max = 256;
    unsigned connections_per_address = 64;
    /// Requests answered at once, each with a read-only database connection; for pictures half as many more.
    unsigned handlers = 4;
    std::uint64_t header_max = 8 * kib;
    std::uint64_t body_max = 64 * kib;
    Duration header_timeout{10'000};
    Duration body_timeout{30'000};
    Duration write_timeout{30'000};
    Duration keep_alive{15'000};
    unsigned rows_max = 1000;             ///< `limit` of a list
    std::vector<std::string> names;       ///< host names that the pages are reached by, beside this machine's own
    Duration session_idle{15 * 60'000};   ///< a login ends when nothing was asked for so long,
    Duration session_for{8 * 3'600'000};  ///< and in any case after this
    std::optional<ServerTls> tls;
    bool operator==(const Http&) const = default;
};

struct Spool {
    PercentOrBytes refuse_below = Percent{5};
    PercentOrBytes warn_below = Percent{15};
    std::uint64_t ballast = 64 * mib;      ///< released when the disk is full, so that outcomes can still be recorded
    Duration orphans_for{24 * 3'600'000};  ///< how long a blob that no row names is kept aside
    bool operator==(const Spool&) const = default;
};

struct Retention {
    std::optional<Duration> keep_for = Duration{30LL * 24 * 3'600'000};  ///< nothing: for ever
    std::optional<PercentOrBytes> purge_early_below;                     ///< nothing: off
    bool operator==(const Retention&) const = default;
};

/// Pictures to look at. The helper processes that make them take [worker] memory and cpu, each.
struct Preview {
    bool enabled = true;
    std::uint64_t cache = 2 * gib;
    unsigned parallel = 3;              ///< helper processes, one of them for what somebody waits for
    unsigned max_pixels = 100'000'000;  ///< of one frame
    unsigned max_waiting = 10'000;      ///< that may wait to be made in advance; more are made when asked for
    unsigned jobs_per_helper = 500;     ///< then a helper is replaced
    Duration timeout{20'000};           ///< for one; a helper that takes longer is killed
    bool operator==(const Preview&) const = default;
};

/// The limits that all lanes share.
struct Delivery {
    Duration backoff_base{5'000};
    Duration backoff_max{15 * 60'000};
    Duration breaker_base{15'000};
    Duration breaker_max{30 * 60'000};
    Duration held_probe_every{30 * 60'000};  ///< a held destination is tried again this often
    Duration connect_timeout{10'000};
    Duration release_timeout{5'000};    ///< how long an abort or release waits for the peer
    unsigned batch = 8;                 ///< jobs claimed per association
    Duration linger_for{1'000};         ///< an association is kept open for work that comes this soon
    Duration due_horizon{172'800'000};  ///< no try is put off further, but by design: what is, was by a wrong clock
    Duration look_every{30'000};        ///< a lane looks for work at least so often, should the wall clock jump
    Duration error_pause{5'000};        ///< a lane rests for this long after the database failed
    Duration make_again{60'000};        ///< a blob that could not be made for now is tried again after this
    Duration ask_after{5'000};          ///< an uncertain job is asked about after this: archives index what they take
    Duration ask_again{60'000};         ///< a denial, or no answer, is asked about again after this
    unsigned denials_min = 3;           ///< only so many denials in a row,
    Duration denials_over{120'000};     ///< over at least this long, prove that an instance is not there
    Duration report_linger{5'000};      ///< a commitment report on the same association is waited for this long
    Duration report_wait{60'000};       ///< then, without a report, C-FIND is asked as well
    Duration report_patience{24LL * 3'600'000};  ///< without a report, commitment is asked for anew
    Duration confirm_after{10'000};              ///< `confirm` asks so long after the delivery
    unsigned ask_batch = 256;                    ///< jobs asked about over one association
    Duration failover_look_every{5'000};         ///< how soon another destination stands in, and how soon that ends
    Duration pledge_look_every{10'000};  ///< how soon a scanner hears that what it asked us to commit to is delivered
    unsigned strikes_max = 3;            ///< associations that one instance may cost while others pass, then it is held
    unsigned suspects_max = 1024;        ///< instances of a lane whose strikes are remembered
    unsigned lost_max = 3;  ///< associations lost in a row without an answer, then the destination is failing
    unsigned override_attempts_max = 3;  ///< tries of a status that `overrides` calls transient, then it is held
    unsigned retry_per_second = 50;      ///< jobs of a destination that one act of an operator makes due per second
    bool operator==(const Delivery&) const = default;
};

struct Janitor {
    Duration interval{60'000};
    unsigned batch = 500;             ///< rows per slice of bulk work
    Duration sweep_every{3'600'000};  ///< how often blobs are looked for that no row names
    Duration orphan_grace{600'000};   ///< a younger file may be one whose commit has not come yet
    Duration verify_back{
        3'600'000};  ///< after an unclean end, what came so long before the last receipt is hashed again
    bool operator==(const Janitor&) const = default;
};

/// The helper processes that read pixel data.
struct Worker {
    unsigned parallel = 2;           ///< at once
    std::uint64_t memory = 2 * gib;  ///< of address space, each; no result is larger
    Duration cpu{120'000};           ///< processor time of one, in whole seconds
    Duration timeout{300'000};       ///< from start to end of one
    bool operator==(const Worker&) const = default;
};

/// Each alarm: nothing means off.
struct Alarm {
    std::optional<Duration> oldest_undelivered = Duration{3'600'000};
    std::optional<Duration> disk_full_within = Duration{14LL * 24 * 3'600'000};
    std::optional<Duration> silent_sender = Duration{12 * 3'600'000};
    bool unrouted = true;                                          ///< while an instance is here that no route took
    bool refusing = true;                                          ///< while scanners are refused
    bool held = true;                                              ///< while a job or a destination waits for a person
    std::optional<Duration> breaker_open = Duration{15 * 60'000};  ///< a destination fails for so long
    std::optional<Duration> forgotten_pause = Duration{24 * 3'600'000};
    std::optional<Duration> certificate_expires_within = Duration{30LL * 24 * 3'600'000};
    std::optional<Duration> clock_skew = Duration{120'000};  ///< against what answers that have a date say
    Duration clear_after{120'000};  ///< what is over for so long is cleared; what comes back sooner never went
    bool operator==(const Alarm&) const = default;
};

enum class NotifyKind { webhook, smtp };
/// How a mail goes on its way.
enum class MailSecurity { starttls, tls, none };

struct Notify {
    NotifyKind kind = NotifyKind::webhook;
    std::string url;   ///< webhook
    Secret token;      ///< webhook: as bearer
    std::string host;  ///< smtp, with the rest
    std::uint16_t port = 587;
    std::string from;
    std::vector<std::string> to;
    std::string user;
    Secret password;
    MailSecurity security = MailSecurity::starttls;
    bool operator==(const Notify&) const = default;
};

/// Where the status is posted, so that a dark site does not look calm.
struct Heartbeat {
    std::string url;
    Duration every{60'000};
    Secret token;
    bool operator==(const Heartbeat&) const = default;
};

struct Config {
    Node node;
    Dicom dicom;
    std::vector<Sender> senders;
    Http http;
    Spool spool;
    Retention retention;
    Preview preview;
    Delivery delivery;
    Janitor janitor;
    Worker worker;
    std::vector<Uplink> uplinks;
    std::vector<Destination> destinations;
    std::vector<route::Route> routes;
    Alarm alarm;
    std::vector<Notify> notify;
    std::optional<Heartbeat> heartbeat;
    bool operator==(const Config&) const = default;

    /// The destination of that name, or null.
    const Destination* destination(std::string_view name) const {
        for (const Destination& each : destinations)
            if (each.name == name) return &each;
        return nullptr;
    }
};

}  // namespace broker::config
