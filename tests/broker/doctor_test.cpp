// The doctor: each step says what it found, a failed one ends its way, and a test object says that it is one.
#include "broker/doctor.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "broker/doctor_destination.h"
#include "broker/test_object.h"
#include "tests/support/http_server.h"
#include "tests/support/storage_scp.h"
#include "tests/support/temp_folder.h"

using namespace broker;
using namespace std::chrono_literals;

namespace {

const SystemClock machine_clock;

config::Destination pacs_at(std::uint16_t port) {
    config::Destination destination;
    destination.name = "pacs";
    destination.host = "127.0.0.1";
    destination.port = port;
    destination.ae_title = "PACS";
    destination.timeout = 5s;
    return destination;
}

/// "well tcp", "failed echo", …
std::vector<std::string> words_of(const Diagnoses& found) {
    std::vector<std::string> words;
    for (const Diagnosis& each : found) {
        const char* health = each.health == Health::well     ? "well "
                             : each.health == Health::failed ? "failed "
                                                             : "hint ";
        words.push_back(health + each.step);
    }
    return words;
}

const Diagnosis& step_of(const Diagnoses& found, const std::string& step) {
    const auto at = std::ranges::find(found, step, &Diagnosis::step);
    REQUIRE(at != found.end());
    return *at;
}

Diagnoses examine_one(const config::Destination& destination, bool sends_test = false) {
    config::Config config;
    config.destinations.push_back(destination);
    return examine_destination(config.destinations.front(), config, sends_test, machine_clock, {});
}

using Words = std::vector<std::string>;

class SetClock : public Clock {
public:
    explicit SetClock(outbox::Instant now) : now_(now) {}
    outbox::Instant now() const override { return now_; }
    Monotonic monotonic() const override { return {}; }

private:
    const outbox::Instant now_;
};

}  // namespace

TEST_CASE("doctor: a PACS that answers is well at every step, and gets a test object only where that was asked for") {
    support::StorageScp scp;
    const auto found = examine_one(pacs_at(scp.port()));
    CHECK(words_of(found) == Words{"well name", "well tcp", "well echo"});
    for (const Diagnosis& each : found) CHECK(each.subject == "destination pacs");
    CHECK(scp.echo_count() == 1);
    CHECK(scp.stored_count() == 0);
    const auto sent = examine_one(pacs_at(scp.port()), true);
    CHECK(words_of(sent) == Words{"well name", "well tcp", "well echo", "well test object"});
    CHECK(scp.stored_count() == 1);
    CHECK(scp.receive_count() == 1);
}

TEST_CASE("doctor: at a port where nobody listens, and behind a name that is none, the way ends") {
    const auto dead = examine_one(pacs_at(support::free_port()), true);
    CHECK(words_of(dead) == Words{"well name", "failed tcp"});
    CHECK_FALSE(step_of(dead, "tcp").text.empty());
    auto nameless = pacs_at(104);
    nameless.host = "no-such-host.invalid";
    CHECK(words_of(examine_one(nameless)) == Words{"failed name"});
}

TEST_CASE("doctor: a PACS that rejects us, or refuses the test object, is told in the words of the lane") {
    support::Script rejects;
    rejects.reception = support::Reception::reject;
    rejects.reject_reason = 7;  // called AE title not recognized
    support::StorageScp scp(rejects);
    const auto found = examine_one(pacs_at(scp.port()), true);
    CHECK(words_of(found) == Words{"well name", "well tcp", "failed echo"});
    CHECK(step_of(found, "echo").text.find("AE title") != std::string::npos);
    support::Script full;
    full.store = [](const support::Stored&) {
        support::StoreScript script;
        script.status = 0xA700;
        return script;
    };
    scp.set(full);
    const auto refused = examine_one(pacs_at(scp.port()), true);
    CHECK(words_of(refused).back() == "failed test object");
    CHECK(step_of(refused, "test object").text.find("0xA700") != std::string::npos);
}

TEST_CASE("doctor: TLS that fails is a step of its own") {
    support::HttpServer plain([](support::HttpPeer& peer) {
        peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
        peer.hang();
    });
    auto destination = pacs_at(plain.port());
    destination.tls.emplace();
    CHECK(words_of(examine_one(destination)) == Words{"well name", "well tcp", "failed tls"});
    destination.tls->ca_file = "/no/such/ca.pem";
    const auto found = examine_one(destination);
    CHECK(words_of(found).back() == "failed tls");
    CHECK(step_of(found, "tls").text.find("/no/such/ca.pem") != std::string::npos);
}

TEST_CASE("doctor: a folder takes a test object, and one that is not there says so") {
    const support::TempFolder folder;
    config::Destination shelf;
    shelf.name = "shelf";
    shelf.kind = config::DestinationKind::folder;
    shelf.path = folder.path();
    CHECK(words_of(examine_one(shelf)) == Words{"well folder"});
    CHECK(std::filesystem::is_empty(folder.path()));
    CHECK(words_of(examine_one(shelf, true)) == Words{"well folder", "well test object"});
    int files = 0;
    for (const auto& each : std::filesystem::recursive_directory_iterator(folder.path()))
        files += each.is_regular_file();
    CHECK(files == 1);
    shelf.path /= "missing";
    CHECK(words_of(examine_one(shelf, true)) == Words{"failed folder"});
}

TEST_CASE("doctor: a test object is a whole file that names its patient as a test") {
    const TestObject object = make_test_object(outbox::Instant(std::chrono::milliseconds(1'768'465'800'250)));
    const std::string text(reinterpret_cast<const char*>(object.file.data()), object.file.size());
    CHECK(text.substr(128, 4) == "DICM");
    CHECK(text.find("TEST^DICOM BRIDGE") != std::string::npos);
    CHECK(text.find("DICOM-BRIDGE-TEST") != std::string::npos);
    CHECK(text.find("20260115") != std::string::npos);
    CHECK(text.find(object.study_instance_uid) != std::string::npos);
    CHECK(make_test_object({}).sop_instance_uid != object.sop_instance_uid);
}

TEST_CASE("doctor: secrets that cannot be read are told by their files, never by what is in them") {
    const support::TempFolder folder;
    const auto id = folder.path() / "id";
    std::ofstream(id) << "the-client-id\n";
    config::Destination national;
    national.name = "national";
    national.kind = config::DestinationKind::satusehat;
    national.base_url = "http://127.0.0.1:" + std::to_string(support::free_port());
    national.organization_id = "100099901";
    national.client_id.file = id;
    national.client_secret.file = folder.path() / "secret";
    national.webhook = config::Webhook{"http://127.0.0.1:" + std::to_string(support::free_port()) + "/x", "simrs", {}};
    national.webhook->password.file = folder.path() / "hook";
    const auto found = examine_one(national, true);
    CHECK(words_of(found) == Words{"well name", "failed tcp", "failed secrets", "well webhook name",
                                   "failed webhook tcp", "failed webhook secret", "hint worklist", "hint test object"});
    CHECK(step_of(found, "secrets").text.find((folder.path() / "secret").string()) != std::string::npos);
    for (const Diagnosis& each : found) CHECK(each.text.find("the-client-id") == std::string::npos);
}

TEST_CASE("doctor: a platform that refuses the token is told in words, with what to look at") {
    const support::TempFolder folder;
    std::ofstream(folder.path() / "id") << "i\n";
    std::ofstream(folder.path() / "secret") << "s\n";
    support::HttpServer server([](support::HttpPeer& peer) {
        for (;;) {
            peer.read_request();
            peer.send("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
        }
    });
    config::Destination national;
    national.name = "national";
    national.kind = config::DestinationKind::satusehat;
    national.base_url = "http://127.0.0.1:" + std::to_string(server.port());
    national.organization_id = "100099901";
    national.client_id.file = folder.path() / "id";
    national.client_secret.file = folder.path() / "secret";
    const auto found = examine_one(national);
    CHECK(words_of(found) == Words{"well name", "well tcp", "well secrets", "failed token", "hint worklist"});
    CHECK(step_of(found, "token").text.find("[HTTP 500]") != std::string::npos);
    CHECK(step_of(found, "token").advice.find("Indonesia") != std::string::npos);
}

TEST_CASE("doctor: the node says its disk, its clock, its ports and what to type into a scanner") {
    const support::TempFolder folder;
    config::Config config;
    config.node.data_dir = folder.path();
    config.dicom.bind = "0.0.0.0";
    config.dicom.port = {support::free_port()};
    config.http.port = support::free_port();
    config.spool.refuse_below = config.spool.warn_below = std::uint64_t{0};
    auto found = examine_node(config, nullptr, machine_clock);
    CHECK(std::ranges::none_of(
        found, [](const auto& each) { return each.health == Health::failed && each.step != "address"; }));
    CHECK(step_of(found, "ae title").text.find("BRIDGE") == 0);
    CHECK(step_of(found, "port").text == std::to_string(config.dicom.port.front()));
    CHECK(std::ranges::count(found, "loopback", &Diagnosis::step) == 0);

    // Taken ports, a disk that is full by its marks, a clock that stands in another century.
    support::HttpServer other([](support::HttpPeer& peer) { peer.hang(); });
    config.dicom.bind = "127.0.0.1";
    config.dicom.port = {other.port()};
    config.spool.refuse_below = config::Percent{100};
    found = examine_node(config, nullptr,
                         SetClock(outbox::Instant(std::chrono::sys_days(std::chrono::year(1970) / 1 / 1))));
    CHECK(step_of(found, "dicom").health == Health::failed);
    CHECK(step_of(found, "dicom").advice.find("another program") == 0);
    CHECK(step_of(found, "loopback").text.find("ONLY THIS MACHINE") == 0);
    CHECK(step_of(found, "space").health == Health::failed);
    CHECK(step_of(found, "time").health == Health::failed);

    // A broker that runs has its ports.
    const RunningNode running{{11112}, 2762, ""};
    found = examine_node(config, &running, machine_clock);
    CHECK(step_of(found, "dicom").health == Health::well);
    CHECK(step_of(found, "port").text == "11112, with TLS 2762");
    const RunningNode full{{11112}, std::nullopt, "the disk is full"};
    CHECK(step_of(examine_node(config, &full, machine_clock), "accepting").health == Health::failed);

    config.node.data_dir = folder.path() / "not" / "there";
    CHECK(step_of(examine_node(config, nullptr, machine_clock), "data_dir").health == Health::hint);
    std::ofstream(folder.path() / "file") << "x";
    config.node.data_dir = folder.path() / "file" / "data";
    CHECK(step_of(examine_node(config, nullptr, machine_clock), "data_dir").health == Health::failed);
}

TEST_CASE("doctor: destinations are told in the order of the configuration, one of them alone where it is named") {
    const support::TempFolder folder;
    config::Config config;
    config.node.data_dir = folder.path();
    for (const char* name : {"b", "a", "c"}) {
        config::Destination shelf;
        shelf.name = name;
        shelf.kind = config::DestinationKind::folder;
        shelf.path = folder.path();
        config.destinations.push_back(shelf);
    }
    const auto all = examine(config, {}, nullptr, machine_clock, {});
    std::vector<std::string> subjects;
    for (const Diagnosis& each : all)
        if (each.subject.starts_with(destination_subject)) subjects.push_back(each.subject);
    CHECK(subjects == Words{"destination b", "destination a", "destination c"});
    CHECK(all.front().subject == "disk");
    CHECK(words_of(examine(config, {"a", false}, nullptr, machine_clock, {})) == Words{"well folder"});
}
