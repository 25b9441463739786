/// Print: what is printed is read back as the same configuration.
#include "broker/config/print.h"

#include <doctest/doctest.h>

#include "tests/broker/config/files.h"

namespace broker::config {

namespace {

const char* const rich = R"toml([node]
name = "say \"hi\" \\ $${x} é"
[dicom]
port = [104, 105]
accept_called_ae_title = ["A", "B"]
min_rate = "2Mbit/s"
idle_timeout = "1500ms"
[[sender]]
name = "ct-1"
ae_title = "CT1"
address = "10.1.0.0/16"
host = "10.1.0.20"
port = 104
strict = true
[http]
access = "open"
[spool]
refuse_below = "10GiB"
warn_below = "20%"
[retention]
keep_for = "forever"
[alarm]
silent_sender = "off"
[[destination]]
name = "pacs a"
ae_title = "PACSA"
host = "::1"
port = 104
calling_ae_title = "sender"
overrides = { "0xC000" = "transient", "0xA900" = "hold" }
on_new_version = "hold"
compress = "jpeg-ls"
[[destination]]
name = "research"
kind = "folder"
path = "/srv/out"
parallel = 1
[[route]]
name = "first"
to = ["pacs a", "research"]
priority = "high"
last = true
[route.when]
Modality = ["CT", "DX"]
"(0009,1001)" = "a\"b*"
sender = "ct-1"
not = { ReferringPhysicianName = "*TEST*", StationName = { exists = true } }
StudyDescription = { regex = "tri\\\\.al$${x}", ignore_case = true }
SeriesDescription = { regex = '^\d+ "x"$' }
PatientName = { glob = ["doe*", "山田^太郎^"], ignore_case = true }
StudyDate = { min = "20260101", max = "2026" }
StudyTime = { max = "0700" }
Rows = { min = 512, max = "1024" }
SliceThickness = { min = 1.5e-7, max = 12345678901234567890.0 }
SpacingBetweenSlices = { min = 1e30 }
StudyID = { min = -0.5 }
"RequestAttributesSequence.ScheduledProcedureStepID" = "X"
'(0029,"SIEMENS CSA HEADER",08)' = "IMAGE*"
"(0029,\"O'NEIL ${x}\",08).(0009,1001)" = { exists = true }
any = [ { AccessionNumber = { exists = false } }, { all = [ { PatientID = "1*" }, { not = { address = "10.0.0.0/8" } } ] } ]
[[route]]
name = "rest"
otherwise = true
to = ["research"]
)toml";

}  // namespace

TEST_CASE("config: what is printed loads as the same configuration, and prints the same") {
    for (const std::string& text : {std::string{}, std::string{rich}}) {
        Files files;
        Loaded first = files.load_text(text);
        CAPTURE(joined(lines(first.problems)));
        REQUIRE(first.config);
        std::string printed = print(*first.config);
        CAPTURE(printed);
        Files elsewhere;
        Loaded second = elsewhere.load_text(printed);
        CAPTURE(joined(lines(second.problems)));
        REQUIRE(second.config);
        CHECK(*second.config == *first.config);
        CHECK(print(*second.config) == printed);
    }
}

TEST_CASE("config: every setting with a default is printed, also where nobody wrote it") {
    std::string printed = print(Config{});
    for (const char* line : {"[node]\n", "stop_within = \"10s\"\n", "port = 11112\n", "max_instance = \"4GiB\"\n",
                             "min_rate = \"1KiB/s\"\n", "commit_batch = 64\n", "keep_for = \"30d\"\n",
                             "purge_early_below = \"off\"\n", "backoff_max = \"15m\"\n", "refuse_below = \"5%\"\n",
                             "access = \"users\"\n", "interval = \"60s\"\n", "memory = \"2GiB\"\n"})
        CHECK_MESSAGE(printed.find(line) != std::string::npos, line);
}

TEST_CASE("config: only the names of secrets are printed") {
    Config config;
    Destination& national = config.destinations.emplace_back();
    national.name = "national";
    national.kind = DestinationKind::satusehat;
    national.client_secret.file = "/etc/bridge/secret";
    national.client_id.env = "CLIENT_ID";
    std::string printed = print(config);
    CHECK(printed.find("client_secret_file = \"/etc/bridge/secret\"\n") != std::string::npos);
    CHECK(printed.find("client_id_env = \"CLIENT_ID\"\n") != std::string::npos);
}

}  // namespace broker::config
