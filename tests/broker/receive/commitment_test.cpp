// Storage Commitment from the acceptor's side, by hand: scanners that ask, and destinations that report.
#include "broker/receive/commitment.h"

#include <doctest/doctest.h>

#include "tests/broker/receive/bridge.h"
#include "tests/support/commitment_bytes.h"
#include "tests/support/raw_association.h"

using broker::dicom::CommitmentReport;
using broker::dicom::CommitmentRequest;
using broker::dicom::Reference;
using broker::receive::CommitmentPeer;
using receive_test::Bridge;
using support::RawAssociation;
using support::RawPdu;

namespace {

const std::string ct = "1.2.840.10008.5.1.4.1.1.2";
const std::string implicit_le = "1.2.840.10008.1.2", explicit_le = "1.2.840.10008.1.2.1";
constexpr std::uint16_t action_rsp = 0x8130, event_rq = 0x0100, event_rsp = 0x8100;

/// Answers what it is told to, and remembers what it was asked.
class ScriptedDesk : public broker::receive::CommitmentDesk {
public:
    std::uint16_t report(const CommitmentPeer& peer, const CommitmentReport& report) override {
        std::lock_guard lock(mutex_);
        if (throws) throw std::runtime_error("no database");
        seen_.last_peer = peer;
        seen_.reports.push_back(report);
        return report_status_;
    }
    std::uint16_t request(const CommitmentPeer& peer, const CommitmentRequest& request) override {
        std::lock_guard lock(mutex_);
        if (throws) throw std::runtime_error("no database");
        seen_.last_peer = peer;
        seen_.requests.push_back(request);
        return request_status;
    }
    Taken take_report(const CommitmentPeer&, const std::string& transaction_uid) override {
        std::lock_guard lock(mutex_);
        ++seen_.takes;
        if (!reports_here || seen_.takes <= unready_takes) return {std::nullopt, unready_takes > 0};
        return {CommitmentReport{transaction_uid, {{ct, "1.2.3"}}, failed_ones}, false};
    }
    void reported(const CommitmentPeer&, const std::string& transaction_uid, bool is_acknowledged) override {
        std::lock_guard lock(mutex_);
        outcomes.emplace_back(transaction_uid, is_acknowledged);
    }
    /// What came so far.
    struct Seen {
        std::vector<CommitmentRequest> requests;
        std::vector<CommitmentReport> reports;
        CommitmentPeer last_peer;
        int takes = 0;
    };
    Seen seen() const {
        std::lock_guard lock(mutex_);
        return seen_;
    }
    void answer_reports_with(std::uint16_t status) {
        std::lock_guard lock(mutex_);
        report_status_ = status;
    }
    using Outcomes = std::vector<std::pair<std::string, bool>>;
    Outcomes told() const {
        std::lock_guard lock(mutex_);
        return outcomes;
    }

    // Set before the bridge runs.
    bool reports_here = true, throws = false;
    std::uint16_t request_status = 0;
    std::vector<broker::dicom::FailedReference> failed_ones;
    int unready_takes = 0;

private:
    mutable std::mutex mutex_;  ///< guards what follows
    Seen seen_;
    std::uint16_t report_status_ = 0;
    Outcomes outcomes;
};

/// A scanner, or an archive that reports.
struct Peer {
    explicit Peer(const Bridge& bridge, std::string roles = "", std::vector<std::string> syntaxes = {explicit_le})
        : wire(bridge.port()) {
        support::RawRequest request;
        request.contexts = {{1, support::commitment_class, std::move(syntaxes)},
                            {3, "1.2.840.10008.1.1", {implicit_le}}};
        request.user_items = std::move(roles);
        const auto pdu = wire.associate(request);
        REQUIRE(pdu);
        REQUIRE(pdu->type == 2);
        accept = pdu->body;
    }
    /// The result of a context in the A-ASSOCIATE-AC.
    int result(char context) const {
        const auto at = accept.find(std::string{0x21, 0});
        for (auto item = at; item + 8 <= accept.size() && accept[item] == 0x21;) {
            if (accept[item + 4] == context) return accept[item + 6];
            item += 4 + static_cast<unsigned char>(accept[item + 3]);
        }
        return -1;
    }
    std::size_t role_items() const {
        std::size_t count = 0;
        const std::string head{0x54, 0};
        for (auto at = accept.find(head); at != std::string::npos; at = accept.find(head, at + 1)) ++count;
        return count;
    }
    void send(const std::string& command, const std::string& data, std::uint8_t context = 1) {
        REQUIRE(wire.send_pdv({context, true, true}, command));
        if (!data.empty()) REQUIRE(wire.send_pdv({context, false, true}, data));
    }
    void ask(const std::string& transaction, std::uint16_t message_id = 1, const support::Spelling& spelling = {}) {
        send(support::action_command({message_id}),
             support::request_data_set(transaction, {{ct, "1.2.3"}, {ct, "1.2.4"}}, spelling));
    }
    void report(const std::string& transaction, std::uint16_t event_type = 1,
                const std::vector<support::Named>& failed = {}) {
        send(support::event_command({7, event_type}),
             support::report_data_set(transaction, {{ct, "1.2.3"}}, failed, {}));
    }
    /// One PDV of the next PDU: its command set or data set, or "" where none comes.
    std::string next() {
        const auto pdu = wire.receive();
        return pdu && pdu->type == 4 && pdu->body.size() > 6 ? pdu->body.substr(6) : std::string();
    }
    std::uint16_t status_of(std::uint16_t field) {
        const std::string command = next();
        CHECK(support::command_number(command, 0x0100) == field);
        return support::command_number(command, 0x0900);
    }
    /// Takes a whole N-EVENT-REPORT-RQ: its command, with the data set kept.
    std::string take_report() {
        const std::string command = next();
        REQUIRE(support::command_number(command, 0x0100) == event_rq);
        data_set = next();
        return command;
    }
    void acknowledge(const std::string& command, std::uint16_t status = 0) {
        send(support::response_command({event_rsp, support::command_number(command, 0x0110), status}), "");
    }

    RawAssociation wire;
    std::string accept, data_set;
};

}  // namespace

TEST_CASE("receive commitment: roles are answered as proposed, for this class only, and not at all where none were") {
    ScriptedDesk desk;
    Bridge bridge({}, {}, &desk);
    for (const auto& [scu, scp] : {std::pair{1, 0}, {0, 1}, {1, 1}}) {
        CAPTURE(scu);
        CAPTURE(scp);
        const std::string item = support::role_item(support::commitment_class, scu, scp);
        Peer peer(bridge, item + support::role_item(ct, 0, 1));
        CHECK(peer.result(1) == 0);
        CHECK(peer.accept.find(item) != std::string::npos);
        CHECK(peer.role_items() == 1);
        CHECK(peer.wire.release());
    }
    for (const std::string& nothing :
         {std::string(), support::role_item(support::commitment_class, 0, 0), std::string("\x54\0\0\x03\0\x20x", 7)}) {
        Peer peer(bridge, nothing);
        CHECK(peer.result(1) == 0);
        CHECK(peer.role_items() == 0);
        CHECK(peer.wire.release());
    }
}

TEST_CASE("receive commitment: the roles of a class in two contexts are answered once") {
    ScriptedDesk desk;
    Bridge bridge({}, {}, &desk);
    RawAssociation wire(bridge.port());
    support::RawRequest request;
    request.contexts = {{1, support::commitment_class, {explicit_le}}, {3, support::commitment_class, {implicit_le}}};
    request.user_items = support::role_item(support::commitment_class, 0, 1);
    const auto pdu = wire.associate(request);
    REQUIRE(pdu);
    const auto first = pdu->body.find(request.user_items);
    REQUIRE(first != std::string::npos);
    CHECK(pdu->body.find(request.user_items, first + 1) == std::string::npos);
}

TEST_CASE("receive commitment: without a desk the class is refused, and so are encodings that are not read") {
    ScriptedDesk desk;
    Bridge without, with({}, {}, &desk);
    CHECK(Peer(without, support::role_item(support::commitment_class, 1, 0)).result(1) == 3);
    CHECK(Peer(with, "", {"1.2.840.10008.1.2.2", "1.2.840.10008.1.2.4.50"}).result(1) == 4);
    CHECK(Peer(with, "", {"1.2.840.10008.1.2.1.99", implicit_le}).result(1) == 0);
}

TEST_CASE("receive commitment: a scanner's request is answered, reported on and acknowledged, in both encodings") {
    for (const bool implicit : {false, true}) {
        ScriptedDesk desk;
        desk.failed_ones = {{{ct, "1.2.4"}, 0x0112}};
        Bridge bridge({}, {}, &desk);
        Peer peer(bridge, support::role_item(support::commitment_class, 1, 0), {implicit ? implicit_le : explicit_le});
        const support::Spelling spelling{implicit, implicit, !implicit};
        peer.ask("2.25.1", 9, spelling);
        const std::string response = peer.next();
        CHECK(support::command_number(response, 0x0100) == action_rsp);
        CHECK(support::command_number(response, 0x0120) == 9);
        CHECK(support::command_number(response, 0x0900) == 0);
        const std::string event = peer.take_report();
        CHECK(support::command_number(event, 0x1002) == 2);
        CHECK(peer.data_set ==
              support::report_data_set("2.25.1", {{ct, "1.2.3"}}, {{ct, "1.2.4", 0x0112}}, {implicit, false, false}));
        CHECK(desk.told().empty());
        peer.acknowledge(event);
        CHECK(Bridge::eventually([&] { return desk.told() == ScriptedDesk::Outcomes{{"2.25.1", true}}; }));
        CHECK(peer.wire.release());
        const auto seen = desk.seen();
        REQUIRE(seen.requests.size() == 1);
        CHECK(seen.requests[0].references == std::vector<Reference>{{ct, "1.2.3"}, {ct, "1.2.4"}});
        CHECK(seen.last_peer.calling_ae_title == "CT1");
        CHECK(seen.last_peer.called_ae_title == "BRIDGE");
        CHECK(seen.last_peer.address == "127.0.0.1");
    }
}

TEST_CASE("receive commitment: several requests before the first acknowledgement are reported on one after the other") {
    ScriptedDesk desk;
    Bridge bridge({}, {}, &desk);
    Peer peer(bridge);
    for (std::uint16_t n = 1; n <= 3; ++n) peer.ask("2.25." + std::to_string(n), n);
    CHECK(peer.status_of(action_rsp) == 0);
    std::vector<std::string> reports{peer.take_report()};
    CHECK(peer.status_of(action_rsp) == 0);
    CHECK(peer.status_of(action_rsp) == 0);
    // An echo is answered while a report is outstanding.
    peer.send(support::echo_command(5), "", 3);
    CHECK(peer.status_of(0x8030) == 0);
    peer.acknowledge(reports[0]);
    for (int n = 1; n < 3; ++n) {
        reports.push_back(peer.take_report());
        peer.acknowledge(reports.back());
    }
    CHECK(Bridge::eventually([&] {
        return desk.told() == ScriptedDesk::Outcomes{{"2.25.1", true}, {"2.25.2", true}, {"2.25.3", true}};
    }));
    CHECK(peer.wire.release());
}

TEST_CASE("receive commitment: a report that can't be made now or here is not sent, and nothing is told of it") {
    ScriptedDesk desk;
    desk.reports_here = false;
    Bridge bridge({}, {}, &desk);
    Peer peer(bridge);
    peer.ask("2.25.1");
    CHECK(peer.status_of(action_rsp) == 0);
    CHECK(peer.wire.release());
    CHECK(desk.seen().takes == 1);
    CHECK(desk.told().empty());
}

TEST_CASE("receive commitment: a report that only this association can bring follows when it can be made") {
    ScriptedDesk desk;
    desk.unready_takes = 2;
    Bridge bridge({}, {}, &desk);
    Peer peer(bridge);
    peer.ask("2.25.1");
    CHECK(peer.status_of(action_rsp) == 0);
    // Messages are served meanwhile, and don't make the desk be asked more often.
    for (std::uint16_t n = 2; n < 12; ++n) {
        peer.send(support::echo_command(n), "", 3);
        CHECK(peer.status_of(0x8030) == 0);
    }
    CHECK(desk.seen().takes <= 2);
    peer.acknowledge(peer.take_report());
    CHECK(Bridge::eventually([&] { return desk.told() == ScriptedDesk::Outcomes{{"2.25.1", true}}; }));
    CHECK(desk.seen().takes == 3);
    CHECK(peer.wire.release());
}

TEST_CASE("receive commitment: an association that waits for a report is idle after a while, and a stop ends it") {
    for (const bool is_stopped : {false, true}) {
        ScriptedDesk desk;
        desk.reports_here = false;
        desk.unready_takes = 1;
        Bridge bridge(
            [&](auto& config) {
                config.dicom.idle_timeout =
                    is_stopped ? std::chrono::milliseconds(60'000) : std::chrono::milliseconds(2'500);
            },
            {}, &desk);
        Peer peer(bridge);
        peer.ask("2.25.1");
        CHECK(peer.status_of(action_rsp) == 0);
        if (is_stopped) bridge.acceptor->stop(std::chrono::minutes(2));  // cut off only then
        CHECK(peer.wire.is_cut_off());
        CHECK(desk.told().empty());
    }
}

TEST_CASE("receive commitment: a scanner that leaves, breaks off, refuses or keeps silent has acknowledged nothing") {
    enum class Way { releases, closes, refuses, silent, answers_another };
    for (const Way way : {Way::releases, Way::closes, Way::refuses, Way::silent, Way::answers_another}) {
        CAPTURE(static_cast<int>(way));
        ScriptedDesk desk;
        Bridge bridge([](auto& config) { config.dicom.idle_timeout = std::chrono::milliseconds(300); }, {}, &desk);
        Peer peer(bridge);
        peer.ask("2.25.1");
        CHECK(peer.status_of(action_rsp) == 0);
        const std::string event = peer.take_report();
        if (way == Way::releases) CHECK(peer.wire.release());
        if (way == Way::closes) peer.wire.close();
        if (way == Way::refuses) peer.acknowledge(event, 0x0110);
        if (way == Way::answers_another) peer.send(support::response_command({event_rsp, 99, 0}), "");
        if (way == Way::silent || way == Way::answers_another) CHECK(peer.wire.is_cut_off());
        CHECK(Bridge::eventually([&] { return desk.told() == ScriptedDesk::Outcomes{{"2.25.1", false}}; }));
    }
}

TEST_CASE("receive commitment: a scanner that releases at once is let go, and has acknowledged nothing") {
    ScriptedDesk desk;
    Bridge bridge({}, {}, &desk);
    Peer peer(bridge);
    peer.ask("2.25.1");
    REQUIRE(peer.wire.send(std::string("\x05\0\0\0\0\x04\0\0\0\0", 10)));
    CHECK(peer.status_of(action_rsp) == 0);
    std::optional<RawPdu> pdu;
    while ((pdu = peer.wire.receive()) && pdu->type == 4) {
    }
    REQUIRE(pdu);
    CHECK(pdu->type == 6);
    CHECK(Bridge::eventually([&] { return desk.told() == ScriptedDesk::Outcomes{{"2.25.1", false}}; }));
}

TEST_CASE("receive commitment: what the desk declines is answered with its status, and not reported on") {
    for (const std::uint16_t status : {0x0131, 0x0213}) {
        ScriptedDesk desk;
        desk.request_status = status;
        Bridge bridge({}, {}, &desk);
        Peer peer(bridge);
        peer.ask("2.25.1");
        CHECK(peer.status_of(action_rsp) == status);
        CHECK(peer.wire.release());
        CHECK(desk.seen().takes == 0);
        CHECK(bridge.refusals() == std::vector<std::string>{"commitment_declined"});
    }
}

TEST_CASE("receive commitment: a desk that fails is answered as a failure, never as a success") {
    ScriptedDesk desk;
    desk.throws = true;
    Bridge bridge({}, {}, &desk);
    Peer peer(bridge);
    peer.ask("2.25.1");
    CHECK(peer.status_of(action_rsp) == 0x0110);
    peer.report("2.25.1");
    CHECK(peer.status_of(event_rsp) == 0x0110);
    CHECK(peer.wire.release());
}

TEST_CASE("receive commitment: a destination's reports reach the desk, whole, partial, repeated and foreign") {
    ScriptedDesk desk;
    Bridge bridge({}, {}, &desk);
    Peer peer(bridge, support::role_item(support::commitment_class, 0, 1));
    peer.report("2.25.1");
    CHECK(peer.status_of(event_rsp) == 0);
    peer.report("2.25.1");
    CHECK(peer.status_of(event_rsp) == 0);
    peer.report("2.25.1", 2, {{ct, "1.2.4", 0x0112}});
    CHECK(peer.status_of(event_rsp) == 0);
    desk.answer_reports_with(0x0117);
    peer.report("2.25.666");
    CHECK(peer.status_of(event_rsp) == 0x0117);
    CHECK(peer.wire.release());
    const auto seen = desk.seen();
    REQUIRE(seen.reports.size() == 4);
    CHECK(seen.reports[0].committed == std::vector<Reference>{{ct, "1.2.3"}});
    CHECK(seen.reports[2].failed == std::vector<broker::dicom::FailedReference>{{{ct, "1.2.4"}, 0x0112}});
    CHECK(seen.reports[3].transaction_uid == "2.25.666");
    CHECK(bridge.refusals() == std::vector<std::string>{"commitment_declined"});
}

TEST_CASE("receive commitment: what is malformed or about something else is refused, and the association goes on") {
    ScriptedDesk desk;
    Bridge bridge({}, {}, &desk);
    Peer peer(bridge);
    const std::string request = support::request_data_set("2.25.1", {{ct, "1.2.3"}}, {});
    const std::string report = support::report_data_set("2.25.1", {{ct, "1.2.3"}}, {}, {});
    struct Row {
        std::string command, data_set;
        std::uint16_t field, status;
    };
    for (const Row& row : {
             Row{support::action_command({1, 2}), request, action_rsp, 0x0123},
             Row{support::action_command({1, 1, "1.2.3"}), request, action_rsp, 0x0118},
             Row{support::action_command({1, 1, support::commitment_class, "1.2.3"}), request, action_rsp, 0x0112},
             Row{support::action_command({}), request.substr(0, request.size() - 1), action_rsp, 0x0115},
             Row{support::action_command({}), support::request_data_set("2.25.1", {}, {}), action_rsp, 0x0115},
             Row{support::event_command({1, 3}), report, event_rsp, 0x0113},
             Row{support::event_command({}), std::string(100, 'x'), event_rsp, 0x0115},
         }) {
        peer.send(row.command, row.data_set);
        CHECK(peer.status_of(row.field) == row.status);
    }
    CHECK(peer.wire.release());
    CHECK(desk.seen().requests.empty());
    CHECK(desk.seen().reports.empty());
}

TEST_CASE("receive commitment: a request beyond max_commitment is read and refused, one beyond any patience cut off") {
    ScriptedDesk desk;
    Bridge bridge(
        [](auto& config) {
            config.dicom.max_commitment = 2000;
            config.dicom.max_drain = 10'000;
        },
        {}, &desk);
    Peer peer(bridge);
    peer.send(support::action_command({}), std::string(5000, 'x'));
    CHECK(peer.status_of(action_rsp) == 0x0213);
    peer.send(support::action_command({}), std::string(14'000, 'x'));
    CHECK(peer.wire.is_cut_off());
    CHECK(desk.seen().requests.empty());
}
