// Who gets an association, who doesn't, and that nobody can hold up the others.
#include "broker/receive/acceptor.h"

#include <doctest/doctest.h>

#include <fstream>
#include <future>
#include <list>

#include "tests/broker/receive/bridge.h"
#include "tests/support/raw_association.h"
#include "tests/support/synthetic.h"

using namespace std::chrono_literals;
using receive_test::Bridge;
using support::RawAssociation;

namespace {

const std::string ct{support::ct_image_storage};

support::RawRequest request() {
    support::RawRequest request;
    request.contexts = {{1, ct, {"1.2.840.10008.1.2.1"}}, {3, "1.2.840.10008.1.1", {"1.2.840.10008.1.2"}}};
    return request;
}

bool echoes(std::uint16_t port) {
    RawAssociation peer(port);
    const auto answer = peer.associate(request());
    if (!answer || answer->type != 2) return false;
    return peer.send_pdv({3, true, true}, support::echo_command(1)) && peer.status() == 0x0000 && peer.release();
}

std::vector<int> rejected(std::uint16_t port, const support::RawRequest& with) {
    RawAssociation peer(port);
    const auto answer = peer.associate(with);
    if (!answer || answer->type != 3) return {};
    return {answer->body[1], answer->body[2], answer->body[3]};
}

}  // namespace

TEST_CASE("acceptor: C-ECHO is answered on every port") {
    Bridge bridge([](auto& config) { config.dicom.port = {0, 0}; });
    REQUIRE(bridge.acceptor->ports().size() == 2);
    for (const auto port : bridge.acceptor->ports()) CHECK(echoes(port));
}

TEST_CASE("acceptor: a port that is taken is named") {
    Bridge bridge;
    try {
        Bridge second([&](auto& config) { config.dicom.port = {bridge.port()}; });
        FAIL("listened twice");
    } catch (const std::system_error& error) {
        CHECK(std::string(error.what()).find(std::to_string(bridge.port())) != std::string::npos);
    }
}

TEST_CASE("acceptor: who is not let in is told why, by the numbers of PS3.8 9.3.4") {
    Bridge bridge([](auto& config) {
        config.dicom.accept_called_ae_title.rule = broker::config::CalledAeTitles::Rule::own;
        config.dicom.accept_unknown_senders = false;
        broker::config::Sender sender;
        sender.ae_title = "CT1";
        config.senders = {sender};
    });
    using Numbers = std::vector<int>;
    auto called = request();
    called.called_ae_title = "OTHER";
    CHECK(rejected(bridge.port(), called) == Numbers{1, 1, 7});
    auto calling = request();
    calling.calling_ae_title = "STRANGER";
    CHECK(rejected(bridge.port(), calling) == Numbers{1, 1, 3});
    auto application = request();
    application.application_context = "1.2.3";
    CHECK(rejected(bridge.port(), application) == Numbers{1, 1, 2});
    auto protocol = request();
    protocol.protocol_version = 2;
    CHECK(rejected(bridge.port(), protocol) == Numbers{1, 2, 2});
    CHECK(bridge.refusals() ==
          std::vector<std::string>{"called_ae_title", "calling_ae_title", "application_context", "protocol_version"});
    CHECK(bridge.statistics.rejected == 4);
    CHECK(echoes(bridge.port()));
}

TEST_CASE("acceptor: over max_associations the answer is 2/3/2, and room is used again") {
    Bridge bridge([](auto& config) { config.dicom.max_associations = 2; });
    std::list<RawAssociation> open;
    for (int i = 0; i < 2; ++i) REQUIRE(open.emplace_back(bridge.port()).associate(request())->type == 2);
    CHECK(rejected(bridge.port(), request()) == std::vector<int>{2, 3, 2});
    CHECK(open.front().release());
    open.pop_front();
    CHECK(Bridge::eventually([&] { return bridge.acceptor->associations_open() == 1; }));
    CHECK(echoes(bridge.port()));
}

TEST_CASE("acceptor: over associations_per_address, too") {
    Bridge bridge([](auto& config) { config.dicom.associations_per_address = 1; });
    RawAssociation first(bridge.port());
    REQUIRE(first.associate(request())->type == 2);
    CHECK(rejected(bridge.port(), request()) == std::vector<int>{2, 3, 2});
}

TEST_CASE("acceptor: a malformed request gets an A-ABORT from the provider, an endless one at once") {
    Bridge bridge;
    std::string overlong = support::request_pdu(request());
    overlong[76] = '\x7F';
    for (const std::string& bytes : {overlong, std::string("\1\0\x7F\xFF\xFF\xFF and so on", 16),
                                     std::string("GET / HTTP/1.1\r\n\r\n"), std::string("\4\0\0\0\0\2ab", 8)}) {
        RawAssociation peer(bridge.port());
        REQUIRE(peer.send(bytes));
        const auto answer = peer.receive();
        REQUIRE(answer);
        CHECK(answer->type == 7);
        CHECK(answer->body[2] == 2);
        CHECK(peer.is_closed_by_peer());
    }
    CHECK(bridge.refusals() == std::vector<std::string>{"malformed_lengths", "malformed_too_long",
                                                        "malformed_not_an_associate_request",
                                                        "malformed_not_an_associate_request"});
    CHECK(echoes(bridge.port()));
}

TEST_CASE("acceptor: malformed requests cost no memory, of which DCMTK alone would lose 190 kB each") {
    Bridge bridge;
    // One context of 1,400 transfer syntaxes, the last of them longer than its item.
    support::RawRequest large = request();
    large.contexts[0].transfer_syntaxes.assign(1'400, "1.2.840.10008.1.2.1");
    std::string bytes = support::request_pdu(large);
    const auto resident_kib = [] {
        std::ifstream status("/proc/self/status");
        for (std::string word; status >> word;)
            if (word == "VmRSS:" && status >> word) return std::stol(word);
        return 0L;
    };
    const long before = resident_kib();
    REQUIRE(before > 0);
    for (int i = 0; i < 400; ++i) {
        RawAssociation peer(bridge.port());
        REQUIRE(peer.send(bytes));
        CHECK(peer.receive()->type == 7);
    }
    CHECK(resident_kib() - before < 20 * 1024);
}

TEST_CASE("acceptor: who is slow with its request is closed at the deadline, and holds nobody up") {
    Bridge bridge([](auto& config) { config.dicom.associate_timeout = 300ms; });
    std::list<RawAssociation> slow;
    for (int i = 0; i < 50; ++i) {
        auto& peer = slow.emplace_back(bridge.port());
        if (i % 2 == 0) peer.send(support::request_pdu(request()).substr(0, static_cast<std::size_t>(i)));
    }
    const auto started = std::chrono::steady_clock::now();
    CHECK(echoes(bridge.port()));
    CHECK(std::chrono::steady_clock::now() - started < 1s);
    for (auto& peer : slow) CHECK(peer.is_closed_by_peer());
}

TEST_CASE("acceptor: an association that asks nothing is aborted, after the first message and before it") {
    Bridge bridge([](auto& config) {
        config.dicom.first_message_timeout = 200ms;
        config.dicom.idle_timeout = 300ms;
    });
    RawAssociation silent(bridge.port());
    REQUIRE(silent.associate(request())->type == 2);
    const auto first = silent.receive();
    REQUIRE(first);
    CHECK(first->type == 7);
    RawAssociation idle(bridge.port());
    REQUIRE(idle.associate(request())->type == 2);
    REQUIRE(idle.send_pdv({3, true, true}, support::echo_command(1)));
    CHECK(idle.status() == 0x0000);
    // A byte now and then is no message.
    idle.send("\4");
    const auto second = idle.receive();
    REQUIRE(second);
    CHECK(second->type == 7);
}

TEST_CASE("acceptor: a data set slower than min_rate is cut off and leaves nothing") {
    Bridge bridge([](auto& config) {
        config.dicom.min_rate = {1'000'000};
        config.dicom.min_rate_window = 200ms;
        config.dicom.idle_timeout = 5s;
    });
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request())->type == 2);
    REQUIRE(peer.send_pdv({1, true, true}, support::store_command({ct, "1.2.3"})));
    REQUIRE(peer.send_pdv({1, false, false}, support::ct_image().text()));
    const auto started = std::chrono::steady_clock::now();
    CHECK(peer.is_closed_by_peer());
    CHECK(std::chrono::steady_clock::now() - started < 4s);
    CHECK(Bridge::eventually([&] { return bridge.acceptor->associations_open() == 0; }));
    CHECK(bridge.files() == 0);
}

TEST_CASE("acceptor: a peer that never closes after our abort costs no thread for long") {
    Bridge bridge([](auto& config) { config.dicom.associate_timeout = 500ms; });
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request())->type == 2);
    REQUIRE(peer.send_pdv({5, true, true}, support::echo_command(1)));  // a context that was not accepted
    const auto answer = peer.receive();
    REQUIRE(answer);
    CHECK(answer->type == 7);
    CHECK(Bridge::eventually([&] { return bridge.acceptor->associations_open() == 0; }));
}

TEST_CASE("acceptor: stop lets the instance in hand finish, aborts who is idle, and cuts off who takes too long") {
    Bridge bridge;
    const std::string image = support::ct_image({}, 50'000).text();
    RawAssociation idle(bridge.port()), busy(bridge.port()), stuck(bridge.port());
    for (RawAssociation* each : {&idle, &busy, &stuck}) REQUIRE(each->associate(request())->type == 2);
    for (RawAssociation* each : {&busy, &stuck}) {
        REQUIRE(each->send_pdv({1, true, true}, support::store_command({ct, support::Identity{}.sop_instance_uid})));
        REQUIRE(each->send_pdv({1, false, false}, std::string_view(image).substr(0, 10'000)));
    }
    const auto started = std::chrono::steady_clock::now();
    auto stopped = std::async(std::launch::async, [&] { bridge.acceptor->stop(2s); });
    const auto told = idle.receive();
    REQUIRE(told);
    CHECK(told->type == 7);
    REQUIRE(busy.send_pdv({1, false, true}, std::string_view(image).substr(10'000)));
    CHECK(busy.status() == 0x0000);
    CHECK(stuck.is_closed_by_peer());
    stopped.get();
    CHECK(std::chrono::steady_clock::now() - started < 6s);
    CHECK(bridge.receipts().size() == 1);
    CHECK(bridge.acceptor->associations_open() == 0);
    CHECK_THROWS(RawAssociation(bridge.port()));
    bridge.acceptor->stop(0s);
}

TEST_CASE("acceptor: stop before start is legal") {
    Bridge bridge;
    broker::receive::Acceptor never(
        {bridge.spool, bridge.custody, bridge.clock, *bridge.space, bridge.statistics, {}, {}, {}},
        broker::receive::rules_of(bridge.config, {}));
    never.stop(0s);
    CHECK(never.ports().empty());
}

TEST_CASE("acceptor: new rules hold for the next association") {
    Bridge bridge;
    CHECK(echoes(bridge.port()));
    auto changed = bridge.config;
    changed.dicom.accept_called_ae_title.rule = broker::config::CalledAeTitles::Rule::listed;
    bridge.acceptor->set_rules(broker::receive::rules_of(changed, {}));
    CHECK(rejected(bridge.port(), request()) == std::vector<int>{1, 1, 7});
}

namespace {

/// Rules with one route of that name, to nowhere in particular.
std::shared_ptr<const broker::receive::Rules> routing(broker::config::Config config, const std::string& route) {
    broker::route::Route one;
    one.name = route;
    config.routes.push_back(one);
    return broker::receive::rules_of(config, {});
}

}  // namespace

TEST_CASE("acceptor: an open association follows new rules from one instance to the next, and is not dropped") {
    Bridge bridge;
    bridge.acceptor->set_rules(routing(bridge.config, "first"));
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request())->type == 2);
    const auto store = [&](int number) {
        support::Identity identity;
        identity.sop_instance_uid += "." + std::to_string(number);
        return peer.store(1, {ct, identity.sop_instance_uid}, support::ct_image(identity).text());
    };
    CHECK(store(1) == 0x0000);
    auto stricter = bridge.config;
    stricter.senders.emplace_back().name = "scanner 1";
    stricter.senders.front().ae_title = "CT1";
    bridge.acceptor->set_rules(routing(stricter, "second"));
    CHECK(store(2) == 0x0000);
    // Who is no longer let in may finish.
    stricter.senders.front().ae_title = "OTHER";
    stricter.dicom.accept_unknown_senders = false;
    bridge.acceptor->set_rules(routing(stricter, "third"));
    CHECK(store(3) == 0x0000);
    CHECK(rejected(bridge.port(), request()) == std::vector<int>{1, 1, 3});
    const auto receipts = bridge.receipts();
    REQUIRE(receipts.size() == 3);
    CHECK(receipts[0].routes == std::vector<std::string>{"first"});
    CHECK(receipts[0].association.sender.empty());
    CHECK(receipts[1].routes == std::vector<std::string>{"second"});
    CHECK(receipts[1].association.sender == "scanner 1");
    CHECK(receipts[2].routes == std::vector<std::string>{"third"});
    CHECK(peer.release());
}

TEST_CASE("acceptor: an instance that is coming in while the rules change is routed by those that it began with") {
    Bridge bridge;
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request())->type == 2);
    const auto first = routing(bridge.config, "first");
    bridge.acceptor->set_rules(first);
    const std::string image = support::ct_image({}, 50'000).text();
    REQUIRE(peer.send_pdv({1, true, true}, support::store_command({ct, support::Identity{}.sop_instance_uid})));
    REQUIRE(peer.send_pdv({1, false, false}, std::string_view(image).substr(0, 10'000)));
    // Held by us, by the acceptor, and then by the instance that is coming in.
    REQUIRE(Bridge::eventually([&] { return first.use_count() == 3; }));
    bridge.acceptor->set_rules(routing(bridge.config, "second"));
    REQUIRE(peer.send_pdv({1, false, true}, std::string_view(image).substr(10'000)));
    CHECK(peer.status() == 0x0000);
    REQUIRE(bridge.receipts().size() == 1);
    CHECK(bridge.receipts().front().routes == std::vector<std::string>{"first"});
}
