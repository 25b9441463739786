// What check, serve and the status say of the certificates that a configuration names.
#include "broker/certificates.h"

#include <doctest/doctest.h>

#include "tests/support/certificates.h"
#include "tests/support/temp_folder.h"

using namespace broker;
using namespace std::chrono_literals;

namespace {

config::Config config_with(const dicom::TlsFiles& server, const dicom::TlsFiles& client) {
    config::Config config;
    config.dicom.tls = config::ServerTls{2762, server.certificate_file, server.key_file, server.ca_file};
    config::Destination pacs;
    pacs.name = "pacs-a";
    pacs.host = "10.0.0.5";
    pacs.tls = config::ClientTls{client.ca_file, client.certificate_file, client.key_file, "", ""};
    config.destinations = {pacs};
    return config;
}

}  // namespace

TEST_CASE("certificates: each of ours is told with its place, its subject and its end") {
    support::TempFolder folder;
    support::Authority authority(folder.path(), "hospital");
    const auto found = read_certificates(
        config_with(authority.issue({"bridge", "", -1, 20}), authority.issue({"bridge as a client", "", -1, 400})));
    CHECK(found.problems.empty());
    REQUIRE(found.own.size() == 2);
    CHECK(found.own[0].where == "dicom.tls");
    CHECK(found.own[0].subject == "CN=bridge");
    CHECK(found.own[1].where == "destination pacs-a");
    CHECK(found.own[1].not_after - found.own[0].not_after >= 379 * 24h);
}

TEST_CASE("certificates: what cannot be used is a problem of its setting, and does not hide the others") {
    support::TempFolder folder;
    support::Authority authority(folder.path(), "hospital");
    auto server = authority.issue(), client = authority.issue();
    server.key_file = client.key_file;
    client.ca_file = folder.path() / "none.pem";
    const auto found = read_certificates(config_with(server, client));
    REQUIRE(found.problems.size() == 2);
    CHECK(found.problems[0].key == "dicom.tls.key_file");
    CHECK(found.problems[0].text.find("is not the key of") != std::string::npos);
    CHECK(found.problems[1].key == "destination[pacs-a].tls.ca_file");
    CHECK(found.problems[1].text.find("No such file") != std::string::npos);
}

TEST_CASE("certificates: days are whole ones, and below thirty of them there is a warning") {
    const outbox::Instant now{1'768'465'800'000ms};
    CHECK(days_left(now + 48h, now) == 2);
    CHECK(days_left(now + 47h, now) == 1);
    CHECK(days_left(now - 1s, now) == -1);
    const auto said =
        expiry_warnings({{"a", "CN=a", now + 720h}, {"b", "CN=b", now + 719h}, {"c", "CN=c", now - 1s}}, now);
    REQUIRE(said.size() == 2);
    CHECK(said[0].starts_with("the certificate of b (CN=b) expires in 29 days, on 2026-02-14: "));
    CHECK(said[1].starts_with("the certificate of c (CN=c) expired on 2026-01-15: "));
}
