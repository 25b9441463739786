// TLS at the door and towards a destination, each with the other: our sender and our acceptor.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "broker/deliver/dicom/dicom_sender.h"
#include "broker/receive/acceptor.h"
#include "tests/broker/deliver/ledger.h"
#include "tests/broker/receive/bridge.h"
#include "tests/support/certificates.h"
#include "tests/support/raw_association.h"
#include "tests/support/synthetic.h"

using namespace std::chrono_literals;
using broker::deliver::DicomSender;
using broker::deliver::Event;
using broker::deliver::Happening;
using broker::dicom::TlsClient;
using broker::dicom::TlsFault;
using broker::dicom::TlsFiles;
using receive_test::Bridge;

namespace {

constexpr auto ct = "1.2.840.10008.5.1.4.1.1.2", explicit_little = "1.2.840.10008.1.2.1";

/// An authority, and a bridge that asks for its certificates.
struct Hospital {
    explicit Hospital(bool wants_certificates = true, std::chrono::milliseconds associate_timeout = 10s)
        : server(authority.issue({"bridge", "IP:127.0.0.1"})), bridge([&](broker::config::Config& config) {
              config.dicom.tls = broker::config::ServerTls{0, server.certificate_file, server.key_file,
                                                           wants_certificates ? server.ca_file : ""};
              config.dicom.associate_timeout = associate_timeout;
          }) {}
    std::uint16_t port() const { return bridge.acceptor->tls_port().value(); }

    support::TempFolder folder;
    support::Authority authority{folder.path(), "hospital"}, stranger{folder.path(), "stranger"};
    TlsFiles server;
    Bridge bridge;
};

std::shared_ptr<const TlsClient> client(const TlsFiles& files, const TlsClient::Peer& peer = {"127.0.0.1", "", ""}) {
    return std::make_shared<const TlsClient>(files, peer);
}

broker::deliver::DicomPeer peer_at(std::uint16_t port, std::shared_ptr<const TlsClient> tls,
                                   std::chrono::milliseconds connect = 5s) {
    broker::deliver::DicomPeer peer;
    peer.endpoint = {"127.0.0.1", port, std::move(tls)};
    peer.ae_title = "BRIDGE";
    peer.calling_ae_title = "CT1";
    peer.timeouts = {connect, 10s, 2s};
    return peer;
}

/// What opening an association comes to.
std::optional<Event> opened(const broker::deliver::DicomPeer& peer) {
    DicomSender sender(peer);
    auto event = sender.open({{{ct, explicit_little}}, ""});
    sender.close();
    return event;
}

std::optional<Event> failed(TlsFault fault) {
    return Event{Happening::tls_refused, static_cast<std::uint32_t>(fault), false};
}

}  // namespace

TEST_CASE("tls both ways: instances of every size arrive byte for byte, and the receipt names the certificate") {
    Hospital at;
    support::Ledger ledger;
    DicomSender sender(peer_at(at.port(), client(at.authority.issue({"CT in room 3", ""}))));
    REQUIRE_FALSE(sender.open({{{ct, explicit_little}}, ""}));
    CHECK_FALSE(sender.verify());
    std::size_t count = 0;
    for (std::size_t size : {16, 16'384, 131'072, 3'000'000}) {
        const std::string uid = "1.2.3." + std::to_string(++count);
        support::Identity identity;
        identity.sop_instance_uid = uid;
        const auto data = support::ct_image(identity, size);
        const auto job = ledger.keep(uid, data.bytes());
        CHECK(sender.send(job, ledger.open(job)).event == Event{Happening::status, 0, true});
        REQUIRE(at.bridge.receipts().size() == count);
        const auto receipt = at.bridge.receipts().back();
        CHECK(at.bridge.data_set(receipt) == data.text());
        CHECK(receipt.association.tls_subject == "CN=CT in room 3");
        CHECK(receipt.association.address == "127.0.0.1");
    }
    sender.close();
    CHECK(Bridge::eventually([&] { return at.bridge.acceptor->associations_open() == 0; }));
    CHECK(at.bridge.refusals().empty());
}

TEST_CASE("tls both ways: without a certificate, or with a stranger's, both sides say so") {
    Hospital at;
    TlsFiles bare, strange = at.stranger.issue(), old = at.authority.issue({"ct-1", "", -10, -1});
    bare.ca_file = strange.ca_file = at.authority.ca_file();
    CHECK(opened(peer_at(at.port(), client(bare))) == failed(TlsFault::own_certificate_missing));
    CHECK(opened(peer_at(at.port(), client(strange))) == failed(TlsFault::own_certificate_refused));
    CHECK(opened(peer_at(at.port(), client(old))) == failed(TlsFault::own_certificate_refused));
    CHECK(Bridge::eventually([&] { return at.bridge.refusals().size() == 3; }));
    CHECK(at.bridge.refusals() == std::vector<std::string>{"tls_failed", "tls_failed", "tls_failed"});
    CHECK_FALSE(opened(peer_at(at.port(), client(at.authority.issue()))));
}

TEST_CASE("tls both ways: an authority, a name or a pin that is wrong is said to be, and a right pin will do") {
    Hospital at(false);
    const TlsFiles trusting{{}, {}, at.authority.ca_file()}, misled{{}, {}, at.stranger.ca_file()};
    const auto pin = support::pin_of(at.server.certificate_file);
    const auto with = [&](const TlsFiles& files, const std::string& name, const std::string& pinned) {
        return opened(peer_at(at.port(), client(files, {"127.0.0.1", name, pinned})));
    };
    CHECK_FALSE(with(trusting, "", ""));
    CHECK_FALSE(with({}, "", pin));
    CHECK(with(misled, "", "") == failed(TlsFault::unknown_authority));
    CHECK(with(trusting, "pacs.example", "") == failed(TlsFault::name_mismatch));
    CHECK(with({}, "", support::pin_of(at.stranger.ca_file())) == failed(TlsFault::pin_mismatch));
    CHECK(Bridge::eventually([&] { return at.bridge.refusals().size() == 3; }));
}

TEST_CASE("tls both ways: plain to the TLS port and TLS to the plain port are refused at once, and counted") {
    Hospital at(false, 60s);
    const TlsFiles trusting{{}, {}, at.authority.ca_file()};
    CHECK(opened(peer_at(at.port(), nullptr)) == Event{Happening::not_accepted, 0, false});
    CHECK(opened(peer_at(at.bridge.port(), client(trusting))) == failed(TlsFault::not_tls));
    CHECK(at.bridge.refusals() == std::vector<std::string>{"tls_failed", "tls_on_plain_port"});
    CHECK_FALSE(opened(peer_at(at.bridge.port(), nullptr)));
    CHECK_FALSE(opened(peer_at(at.port(), client(trusting))));
}

TEST_CASE("tls: who is not let in is told so under TLS") {
    Hospital at(false);
    auto peer = peer_at(at.port(), client({{}, {}, at.authority.ca_file()}));
    auto stricter = at.bridge.config;
    stricter.dicom.accept_called_ae_title.rule = broker::config::CalledAeTitles::Rule::own;
    at.bridge.acceptor->set_rules(broker::receive::rules_of(stricter, {}));
    peer.ae_title = "OTHER";
    CHECK(opened(peer) == Event{Happening::rejected, broker::deliver::rejection(1, 1, 7), false});
    stricter.dicom.max_associations = 0;
    at.bridge.acceptor->set_rules(broker::receive::rules_of(stricter, {}));
    peer.ae_title = "BRIDGE";
    CHECK(opened(peer) == Event{Happening::rejected, broker::deliver::rejection(2, 3, 2), false});
}

TEST_CASE("tls: an allow list by certificate lets in who has it, and tells the others that they are not recognized") {
    Hospital at;
    const auto ct = at.authority.issue({"CT in room 3", ""}), mr = at.authority.issue({"MR", ""});
    auto listed = at.bridge.config;
    listed.dicom.accept_unknown_senders = false;
    broker::config::Sender by_subject, by_pin;
    by_subject.name = "by subject";
    by_subject.certificate = "CN=CT in room ?";
    by_pin.name = "by pin";
    by_pin.certificate = support::pin_of(mr.certificate_file);
    listed.senders = {by_subject};
    at.bridge.acceptor->set_rules(broker::receive::rules_of(listed, {}));
    const auto unknown = Event{Happening::rejected, broker::deliver::rejection(1, 1, 3), false};
    CHECK_FALSE(opened(peer_at(at.port(), client(ct))));
    CHECK(opened(peer_at(at.port(), client(mr))) == unknown);
    CHECK(opened(peer_at(at.bridge.port(), nullptr)) == unknown);  // who calls in plain shows none
    listed.senders = {by_subject, by_pin};
    at.bridge.acceptor->set_rules(broker::receive::rules_of(listed, {}));
    CHECK_FALSE(opened(peer_at(at.port(), client(mr))));
    CHECK(at.bridge.refusals() == std::vector<std::string>{"calling_ae_title", "calling_ae_title"});
    CHECK(Bridge::eventually([&] { return at.bridge.sightings().size() == 4; }));
    std::vector<std::string> told;
    for (const auto& each : at.bridge.sightings()) told.push_back(each.sender + "|" + each.refused_by);
    std::sort(told.begin(), told.end());
    CHECK(told == std::vector<std::string>{"by pin|", "by subject|", "|calling_ae_title", "|calling_ae_title"});
}

TEST_CASE("tls: a certificate that is renewed under the same name is shown to the next peer, and nobody is dropped") {
    Hospital at(false);
    const auto pin = support::pin_of(at.server.certificate_file);
    const auto with = [&](const std::string& pinned) {
        return opened(peer_at(at.port(), client({}, {"127.0.0.1", "", pinned})));
    };
    DicomSender before(peer_at(at.port(), client({}, {"127.0.0.1", "", pin})));
    REQUIRE_FALSE(before.open({{{ct, explicit_little}}, ""}));
    const TlsFiles renewed = at.authority.issue({"bridge", "IP:127.0.0.1"});
    const auto over = std::filesystem::copy_options::overwrite_existing;
    std::filesystem::copy_file(renewed.certificate_file, at.server.certificate_file, over);
    std::filesystem::copy_file(renewed.key_file, at.server.key_file, over);
    const auto new_pin = support::pin_of(at.server.certificate_file);
    CHECK_FALSE(with(pin));  // the files alone change nothing
    at.bridge.acceptor->set_rules(broker::receive::rules_of(at.bridge.config, {}),
                                  broker::receive::tls_server_of(at.bridge.config.dicom));
    CHECK_FALSE(with(new_pin));
    CHECK(with(pin) == failed(TlsFault::pin_mismatch));
    support::Ledger ledger;
    const auto data = support::ct_image({}, 1000);
    const auto job = ledger.keep(support::Identity{}.sop_instance_uid, data.bytes());
    CHECK(before.send(job, ledger.open(job)).event == Event{Happening::status, 0, true});
    before.close();
}

TEST_CASE("tls: a handshake that is not finished ends by associate_timeout and holds nobody up") {
    Hospital at(false, 300ms);
    support::RawAssociation silent(at.port()), stuck(at.port());
    REQUIRE(stuck.send(std::string("\x16\3\1\2\0", 5)));
    CHECK_FALSE(opened(peer_at(at.port(), client({{}, {}, at.authority.ca_file()}))));
    CHECK(silent.is_closed_by_peer());
    CHECK(stuck.is_closed_by_peer());
    CHECK(Bridge::eventually([&] { return !at.bridge.refusals().empty(); }));
    CHECK(at.bridge.refusals() == std::vector<std::string>{"tls_failed"});
}

TEST_CASE("tls: a destination that never answers the handshake is given up within the connect time-out") {
    Hospital at;
    broker::dicom::Descriptor listener(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener.get(), any, size) == 0);
    REQUIRE(::listen(listener.get(), 1) == 0);
    REQUIRE(::getsockname(listener.get(), any, &size) == 0);
    const auto tls = client({{}, {}, at.authority.ca_file()});
    CHECK(opened(peer_at(ntohs(address.sin_port), tls, 200ms)) == failed(TlsFault::timed_out));
}
