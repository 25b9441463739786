// DicomSender: what becomes of an instance at a PACS in every kind of trouble.
#include "broker/deliver/dicom/dicom_sender.h"

#include <doctest/doctest.h>

#include "broker/deliver/lanes.h"
#include "tests/broker/deliver/ledger.h"
#include "tests/support/storage_scp.h"

using namespace broker::deliver;
using namespace std::chrono_literals;
using support::Act;
using support::data_set;
using support::Reception;
using support::Script;
using support::StorageScp;
using support::StoreScript;

namespace {

constexpr auto explicit_little = "1.2.840.10008.1.2.1";
constexpr auto ct_storage = "1.2.840.10008.5.1.4.1.1.2";
const Pair ct_pair{ct_storage, explicit_little};

DicomPeer peer_at(std::uint16_t port, std::chrono::milliseconds answer = 20s, std::chrono::milliseconds leave = 5s) {
    DicomPeer peer;
    peer.endpoint = {"127.0.0.1", port};
    peer.ae_title = "PACSA";
    peer.calling_ae_title = "BRIDGE";
    peer.timeouts = {5s, answer, leave};
    return peer;
}

Script always(StoreScript store) {
    Script script;
    script.store = [store](const support::Stored&) { return store; };
    return script;
}

/// One instance sent to a peer that does what the script says.
struct Try {
    explicit Try(Script script, std::chrono::milliseconds answer = 20s, std::size_t size = 100'000)
        : scp(std::move(script)),
          sender(peer_at(scp.port(), answer)),
          job(ledger.keep("1.2.3.4.5", data_set(1, size))) {
        refused = sender.open({{ct_pair}, ""});
    }
    Sent send() {
        REQUIRE_FALSE(refused);
        return sender.send(job, ledger.open(job));
    }

    support::Ledger ledger;
    StorageScp scp;
    DicomSender sender;
    outbox::ClaimedJob job;
    std::optional<Event> refused;
};

}  // namespace

TEST_CASE(
    "dicom sender: data sets of every size around the PDU and chunk limits arrive byte for byte, over one "
    "association") {
    support::Ledger ledger;
    Script script;
    script.pdu_max = 4096;
    StorageScp scp(script);
    DicomSender sender(peer_at(scp.port()));
    REQUIRE_FALSE(sender.open({{ct_pair}, ""}));
    unsigned seed = 0;
    for (std::size_t size : {2, 4088, 4090, 4092, 8180, 65536, 262'144 - 400, 262'144, 262'146, 1'000'000, 999'999}) {
        const auto bytes = data_set(++seed, size);
        auto job = ledger.keep("1.2.3." + std::to_string(seed), bytes);
        const Sent sent = sender.send(job, ledger.open(job));
        CHECK(sent.event == Event{Happening::status, 0, true});
        CHECK(sent.bytes == static_cast<std::int64_t>(size));
        auto stored = scp.stored(job.sop_instance_uid);
        REQUIRE(stored);
        CHECK(stored->data_set == bytes);
        CHECK(stored->count == 1);
        CHECK(stored->message_id == seed);
        CHECK(stored->sop_class_uid == ct_storage);
    }
    sender.close();
    CHECK(scp.wait_until([](const StorageScp& all) { return all.release_count() == 1; }));
    CHECK(scp.association_count() == 1);
}

TEST_CASE("dicom sender: a peer that takes any PDU length, or hardly any, gets the same bytes") {
    for (std::uint32_t pdu_max : {0u, 64u, 129u, 131'072u, 0xFFFFFFFFu}) {
        CAPTURE(pdu_max);
        Script script;
        script.pdu_max = pdu_max;
        Try attempt(script, 20s, 30'001);
        CHECK(attempt.send().event == Event{Happening::status, 0, true});
        CHECK(attempt.scp.stored("1.2.3.4.5")->data_set == data_set(1, 30'001));
    }
}

TEST_CASE("dicom sender: the PDU length of the configuration is announced, and a longer answer is no DICOM") {
    support::Ledger ledger;
    StorageScp scp(always({Act::answer, 0xC000, "a comment that makes the answer longer", {}, 0, 0}));
    broker::config::Config config;
    config.dicom.max_pdu = 4096;
    broker::config::Destination destination;
    destination.kind = broker::config::DestinationKind::dicom;
    destination.host = "127.0.0.1";
    destination.port = scp.port();
    destination.ae_title = "PACSA";
    auto configured = sender_maker(destination, config)();
    REQUIRE_FALSE(configured->open({{ct_pair}, ""}));
    CHECK(scp.last_pdu_max() == 4096);
    auto job = ledger.keep("1.2.15", data_set(1, 10));
    CHECK(configured->send(job, ledger.open(job)).event.number == 0xC000);

    DicomPeer narrow = peer_at(scp.port());
    narrow.pdu_max = 100;
    DicomSender sender(narrow);
    // The answer to the request is longer than that, and may be.
    REQUIRE_FALSE(sender.open({{ct_pair}, ""}));
    CHECK(sender.send(job, ledger.open(job)).event == Event{Happening::violation, 0, true});
}

TEST_CASE("dicom sender: a private SOP class in an unknown transfer syntax goes out as it is stored") {
    support::Ledger ledger;
    StorageScp scp;
    DicomSender sender(peer_at(scp.port()));
    const Pair pair{"1.3.12.2.1107.5.9.1", "1.2.840.10008.1.2.4.201"};
    REQUIRE_FALSE(sender.open({{ct_pair, pair}, ""}));
    auto job = ledger.keep("1.2.9", data_set(9, 5000), pair.transfer_syntax_uid, pair.sop_class_uid);
    CHECK(sender.covers(job));
    CHECK(sender.send(job, ledger.open(job)).event.number == 0);
    CHECK(scp.stored("1.2.9")->transfer_syntax_uid == pair.transfer_syntax_uid);
    CHECK(scp.stored("1.2.9")->data_set == data_set(9, 5000));
}

TEST_CASE("dicom sender: 64 pairs and Verification fit into one association, and a new pair is not covered") {
    support::Ledger ledger;
    StorageScp scp;
    DicomSender sender(peer_at(scp.port()));
    Opening opening;
    for (std::size_t n = 0; n < pairs_max; ++n)
        opening.pairs.push_back({"1.2.826.0.1." + std::to_string(n), explicit_little});
    REQUIRE_FALSE(sender.open(opening));
    CHECK_FALSE(sender.verify());
    CHECK(scp.echo_count() == 1);
    auto job = ledger.keep("1.2.10", data_set(1, 10), explicit_little, "1.2.826.0.1.63");
    CHECK(sender.covers(job));
    CHECK(sender.send(job, ledger.open(job)).event.number == 0);
    job.transfer_syntax_uid = "1.2.840.10008.1.2";
    CHECK_FALSE(sender.covers(job));
}

TEST_CASE(
    "dicom sender: the sender's AE title is passed on where the destination wants it, and needs its own association") {
    support::Ledger ledger;
    StorageScp scp;
    DicomPeer peer = peer_at(scp.port());
    peer.calling_is_sender = true;
    DicomSender sender(peer);
    REQUIRE_FALSE(sender.open({{ct_pair}, "CT1"}));
    auto job = ledger.keep("1.2.11", data_set(1, 10));
    CHECK(sender.covers(job));
    CHECK(sender.send(job, ledger.open(job)).event.number == 0);
    CHECK(scp.last_calling_ae_title() == "CT1");
    job.calling_ae_title = "MR1";
    CHECK_FALSE(sender.covers(job));
}

TEST_CASE("dicom sender: what the peer answers is reported with its comment") {
    for (std::uint16_t code : {0xA700, 0xB000, 0xC000, 0x0110, 0x0122}) {
        Try attempt(always({Act::answer, code, "disk is full", {}}));
        const Sent sent = attempt.send();
        CHECK(sent.event == Event{Happening::status, code, true});
        CHECK(sent.status == code);
        CHECK(sent.comment == "disk is full");
        CHECK(attempt.sender.is_open());
    }
}

TEST_CASE("dicom sender: a pending answer is waited past") {
    Try attempt(always({Act::answer_pending_first, 0, "", {}}));
    CHECK(attempt.send().event == Event{Happening::status, 0, true});
}

TEST_CASE("dicom sender: an end before the last byte says so, with the abort's source and reason") {
    struct Case {
        Act act;
        Event event;
    };
    for (const Case& each : {Case{Act::abort, {Happening::aborted, abort_of(2, 6), false}},
                             Case{Act::close, {Happening::connection_lost, 0, false}},
                             Case{Act::release, {Happening::released, 0, false}}}) {
        StoreScript store{each.act, 0, "", 10'000, 2, 6};
        // More than the sockets' buffers hold, so that the sender is still sending.
        Try attempt(always(store), 20s, 40'000'000);
        const Sent sent = attempt.send();
        CAPTURE(describe(sent.event));
        CHECK(sent.event == each.event);
        CHECK(attempt.scp.receive_count() == 0);
        CHECK_FALSE(attempt.sender.is_open());
    }
}

TEST_CASE("dicom sender: an end after the last byte leaves it open whether the peer has the instance") {
    struct Case {
        Act act;
        Happening happening;
    };
    for (const Case& each :
         {Case{Act::abort, Happening::aborted}, Case{Act::close, Happening::connection_lost},
          Case{Act::release, Happening::released}, Case{Act::hang, Happening::no_response},
          Case{Act::garbage, Happening::violation}, Case{Act::answer_wrong_id, Happening::wrong_response},
          Case{Act::answer_wrong_instance, Happening::wrong_response}}) {
        Try attempt(always({each.act, 0, "", {}}), each.act == Act::hang ? 300ms : 20s);
        const Sent sent = attempt.send();
        CAPTURE(describe(sent.event));
        CHECK(sent.event.happening == each.happening);
        CHECK(sent.event.last_byte_sent);
        CHECK_FALSE(attempt.sender.is_open());
        CHECK(attempt.scp.stored("1.2.3.4.5")->count == 1);
    }
}

TEST_CASE("dicom sender: a wrong answer is met with an abort") {
    Try attempt(always({Act::answer_wrong_id, 0, "", {}}));
    attempt.send();
    CHECK(attempt.scp.wait_until([](const StorageScp& all) { return all.abort_count() == 1; }));
}

TEST_CASE("dicom sender: an answer that comes before the last byte, from a peer that then stops reading, counts") {
    Script script = always({Act::answer, 0xA700, "", 10'000});
    script.store = [](const support::Stored&) { return StoreScript{Act::answer, 0xA700, "", 10'000, 0, 0}; };
    Try attempt(script, 20s, 100'000);
    const Sent sent = attempt.send();
    CHECK(sent.event.number == 0xA700);
}

TEST_CASE("dicom sender: whoever claims to have stored half an instance is not believed") {
    for (std::uint16_t code : {0x0000, 0x0001, 0x0107, 0xB000, 0xB006, 0xB007, 0xB123}) {
        CAPTURE(code);
        // So large that it cannot all lie in the buffers between us.
        Try attempt(always({Act::answer, code, "", 10'000}), 20s, 40'000'000);
        const Sent sent = attempt.send();
        CHECK(sent.event == Event{Happening::status, code, false});
        CHECK(broker::deliver::classify(sent.event, {}).verdict == broker::deliver::Verdict::transient);
        CHECK_FALSE(attempt.sender.is_open());
    }
}

TEST_CASE("dicom sender: a peer that takes no more bytes is given up after the time-out") {
    Try attempt(always({Act::hang, 0, "", 10'000}), 300ms, 40'000'000);
    CHECK(attempt.send().event == Event{Happening::connection_lost, 0, false});
}

TEST_CASE("dicom sender: a peer that never closes after our abort keeps us no longer than the release time-out") {
    Script script = always({Act::answer_wrong_id, 0, "", {}});
    script.closes_after_abort = false;
    support::Ledger ledger;
    StorageScp scp(script);
    DicomSender sender(peer_at(scp.port(), 20s, 200ms));
    REQUIRE_FALSE(sender.open({{ct_pair}, ""}));
    auto job = ledger.keep("1.2.12", data_set(1, 10));
    const auto before = std::chrono::steady_clock::now();
    CHECK(sender.send(job, ledger.open(job)).event.happening == Happening::wrong_response);
    CHECK(std::chrono::steady_clock::now() - before < 5s);
    CHECK_FALSE(sender.is_open());
    CHECK(scp.wait_until([](const StorageScp& all) { return all.abort_count() == 1; }));
}

TEST_CASE("dicom sender: a damaged blob never reaches the peer whole, wherever the damage is") {
    for (std::size_t from_end : {1u, 50'000u, 300'000u}) {
        support::Ledger ledger;
        StorageScp scp;
        DicomSender sender(peer_at(scp.port()));
        REQUIRE_FALSE(sender.open({{ct_pair}, ""}));
        auto job = ledger.keep("1.2.13", data_set(1, 300'000));
        ledger.damage(job, from_end);
        CHECK(sender.send(job, ledger.open(job)).event == Event{Happening::damaged, 0, false});
        CHECK_FALSE(sender.is_open());
        CHECK(scp.wait_until([](const StorageScp& all) { return all.abort_count() == 1; }));
        CHECK(scp.receive_count() == 0);
    }
}

TEST_CASE("dicom sender: refused contexts are told apart, and the others of the association work") {
    support::Ledger ledger;
    Script script;
    script.context = [](const std::string& abstract, const std::string& transfer) -> std::uint8_t {
        if (transfer == "1.2.840.10008.1.2.4.50") return 4;
        return abstract == ct_storage ? 0 : 3;
    };
    StorageScp scp(script);
    DicomSender sender(peer_at(scp.port()));
    const Pair jpeg{ct_storage, "1.2.840.10008.1.2.4.50"}, report{"1.2.840.10008.5.1.4.1.1.88.11", explicit_little};
    REQUIRE_FALSE(sender.open({{ct_pair, jpeg, report}, ""}));
    auto send = [&](const Pair& pair) {
        auto job = ledger.keep("1.2.14", data_set(1, 10), pair.transfer_syntax_uid, pair.sop_class_uid);
        return sender.send(job, ledger.open(job)).event;
    };
    CHECK(send(jpeg) == Event{Happening::context_refused, 4, false});
    CHECK(send(report) == Event{Happening::context_refused, 3, false});
    CHECK(send(ct_pair) == Event{Happening::status, 0, true});
    CHECK(scp.receive_count() == 1);
}

TEST_CASE("dicom sender: an association that doesn't come about says why") {
    struct Case {
        Reception reception;
        Event event;
    };
    for (const Case& each : {Case{Reception::reject, {Happening::rejected, rejection(1, 1, 7), false}},
                             Case{Reception::hang, {Happening::not_accepted, 0, false}},
                             Case{Reception::close, {Happening::not_accepted, 0, false}},
                             Case{Reception::abort, {Happening::not_accepted, 0, false}},
                             Case{Reception::garbage, {Happening::violation, 0, false}}}) {
        Script script;
        script.reception = each.reception;
        script.reject_reason = 7;
        Try attempt(script, each.reception == Reception::hang ? 300ms : 20s);
        REQUIRE(attempt.refused);
        CAPTURE(describe(*attempt.refused));
        CHECK(*attempt.refused == each.event);
        CHECK_FALSE(attempt.sender.is_open());
    }
}

TEST_CASE("dicom sender: a closed port and a name that doesn't exist are told apart") {
    StorageScp scp;
    scp.go_down();
    DicomSender refused(peer_at(scp.port()));
    CHECK(refused.open({}) == Event{Happening::unreachable, std::uint32_t(Unreachable::refused), false});
    DicomPeer nowhere = peer_at(104);
    nowhere.endpoint.host = "no-such-host.invalid";
    nowhere.timeouts.connect = 2s;
    auto event = DicomSender(nowhere).open({});
    REQUIRE(event);
    CHECK(event->happening == Happening::unreachable);
}

TEST_CASE("dicom sender: an interrupt ends a wait for an answer, and every later opening") {
    Try attempt(always({Act::hang, 0, "", {}}));
    std::thread interrupter([&] {
        attempt.scp.wait_until([](const StorageScp& all) { return all.receive_count() == 1; });
        attempt.sender.interrupt();
    });
    const Sent sent = attempt.send();
    interrupter.join();
    CHECK(sent.event == Event{Happening::connection_lost, 0, true});
    CHECK(attempt.sender.open({}));
}

TEST_CASE("dicom sender: a peer without Verification is alive, one that is silent to a C-ECHO isn't") {
    Script without;
    without.refuses_verification = true;
    Try alive(without);
    CHECK_FALSE(alive.sender.verify());
    CHECK(alive.scp.echo_count() == 0);
    Script silent;
    silent.echo_status = std::nullopt;
    Try dead(silent, 300ms);
    CHECK(dead.sender.verify() == Event{Happening::no_response, 0, false});
}
