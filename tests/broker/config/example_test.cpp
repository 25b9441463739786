/// Example: a file with every setting that the documentation names is understood, key by key.
#include <doctest/doctest.h>

#include "tests/broker/config/files.h"

namespace broker::config {

namespace {

/// Every key of the documented example, and the kinds' others.
const char* const everything = R"([node]
name = "rs-contoh"
data_dir = "/var/lib/dicom-bridge"
timezone = "Asia/Jakarta"
[dicom]
ae_title = "BRIDGE"
bind = "127.0.0.1"
port = [104, 11112]
accept_called_ae_title = ["BRIDGE", "OLD_PACS"]
accept_unknown_senders = true
max_associations = 64
max_instance = "4GiB"
max_pdu = "128KiB"
idle_timeout = "60s"
[dicom.tls]
port = 2762
certificate_file = "/etc/bridge/cert.pem"
key_file = "/etc/bridge/key.pem"
ca_file = "/etc/bridge/ca.pem"
[[sender]]
name = "ct-1"
ae_title = "CT1"
address = "10.1.0.0/16"
host = "10.1.0.20"
port = 104
commit_when = "custody"
strict = false
[http]
bind = "127.0.0.1"
port = 8080
access = "users"
[http.tls]
certificate_file = "/etc/bridge/cert.pem"
key_file = "/etc/bridge/key.pem"
[spool]
refuse_below = "5%"
warn_below = "15%"
[retention]
keep_for = "30d"
purge_early_below = "off"
[preview]
enabled = true
cache = "2GiB"
[[uplink]]
name = "internet"
bandwidth = [ { between = "07:00-19:00", rate = "2Mbit/s" }, { rate = "8Mbit/s" } ]
[[destination]]
name = "pacs-a"
kind = "dicom"
ae_title = "PACSA"
host = "10.0.0.5"
port = 104
calling_ae_title = "sender"
parallel = 2
confirm = "none"
resend_safe = true
decompress_if_refused = true
compress = "none"
on_new_version = "send"
timeout = "60s"
overrides = { "0xC000" = "transient" }
[destination.tls]
ca_file = "/etc/bridge/ca.pem"
certificate_file = "/etc/bridge/cert.pem"
key_file = "/etc/bridge/key.pem"
server_name = "pacs.example"
[[destination]]
name = "satusehat"
kind = "satusehat"
environment = "staging"
organization_id = "100099901"
client_id_file = "/etc/bridge/id"
client_secret_file = "/etc/bridge/secret"
after_study_quiet = "15m"
release = "auto"
uplink = "internet"
send_between = ["20:00-06:00"]
[destination.webhook]
url = "https://hospital.example/hook"
user = "bridge"
password_file = "/etc/bridge/hook"
[[destination]]
name = "cloud"
kind = "dicomweb"
url = "https://pacs.example/dicom-web"
auth = { kind = "basic", user = "u", password_file = "/etc/bridge/cloud" }
proxy = "http://10.0.0.1:3128"
bandwidth = "2Mbit/s"
failover = ["cloud-2"]
[[destination]]
name = "cloud-2"
kind = "dicomweb"
url = "https://pacs2.example/dicom-web"
auth = { kind = "oauth2", token_url = "https://id.example/token", client_id_env = "ID", client_secret_env = "SECRET" }
[[destination]]
name = "research"
kind = "folder"
path = "/srv/research"
[[route]]
name = "trauma first"
to = ["pacs-a", "cloud"]
priority = "high"
[route.when]
Modality = ["CT", "DX"]
StationName = "ER*"
not = { ReferringPhysicianName = "*TEST*" }
[[route]]
name = "national"
to = ["satusehat"]
[[route]]
name = "research copies"
to = ["research"]
edit = [ { remove = "PatientName" }, { prefix = "PatientID", with = "RSC-" } ]
[route.when]
any = [ { StudyDescription = { regex = "(?i)trial" } }, { AccessionNumber = { exists = true } } ]
[[route]]
name = "what nothing else took"
otherwise = true
to = ["pacs-a"]
[alarm]
oldest_undelivered = "1h"
disk_full_within = "14d"
silent_sender = "12h"
[[notify]]
kind = "webhook"
url = "https://hospital.example/alarm"
[heartbeat]
url = "https://group.example/heartbeat"
every = "1m"
)";

}  // namespace

TEST_CASE("config: the documented example is understood; only what this version lacks is refused") {
    Loaded loaded = Files{}.load_text(everything);
    for (const Problem& problem : loaded.problems) {
        CAPTURE(print(problem));
        CHECK(problem.text.ends_with("is not available in this version"));
    }
    std::vector<std::string> keys;
    for (const Problem& problem : loaded.problems) keys.push_back(problem.key);
    CHECK(keys == std::vector<std::string>{"destination[cloud].kind", "destination[cloud-2].kind"});
    CHECK(loaded.notices.empty());
}

TEST_CASE("config: a written default is the default") {
    Loaded loaded = Files{}.load_text(R"([node]
data_dir = "/var/lib/dicom-bridge"
timezone = "Asia/Jakarta"
[dicom]
ae_title = "BRIDGE"
bind = "127.0.0.1"
port = 11112
accept_called_ae_title = "any"
accept_unknown_senders = true
max_associations = 64
max_instance = "4GiB"
max_pdu = "128KiB"
idle_timeout = "60s"
[http]
bind = "127.0.0.1"
port = 8080
access = "users"
[spool]
refuse_below = "5%"
warn_below = "15%"
[retention]
keep_for = "30d"
purge_early_below = "off"
[preview]
enabled = true
cache = "2GiB"
[worker]
parallel = 2
memory = "2GiB"
cpu = "120s"
timeout = "300s"
[alarm]
oldest_undelivered = "1h"
disk_full_within = "14d"
silent_sender = "12h"
)");
    CAPTURE(joined(lines(loaded.problems)));
    REQUIRE(loaded.config);
    CHECK(*loaded.config == Config{});
}

TEST_CASE("config: a destination takes the calling AE title of [dicom] unless it has its own") {
    const std::string text =
        "[dicom]\nae_title = \"HOSPITAL\"\n[[destination]]\nname = \"p\"\nae_title = \"P\"\nhost = \"h\"\nport = "
        "104\n";
    Loaded plain = Files{}.load_text(text), own = Files{}.load_text(text + "calling_ae_title = \"OTHER\"\n"),
           passed_on = Files{}.load_text(text + "calling_ae_title = \"sender\"\n");
    REQUIRE(plain.config);
    REQUIRE(own.config);
    REQUIRE(passed_on.config);
    CHECK(plain.config->destinations[0].calling_ae_title == "HOSPITAL");
    CHECK(own.config->destinations[0].calling_ae_title == "OTHER");
    CHECK(passed_on.config->destinations[0].calling_is_sender);
    CHECK(plain.config->destinations[0].overrides.empty());
}

}  // namespace broker::config
