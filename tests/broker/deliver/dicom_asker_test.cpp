// DicomAsker: what a PACS's answers prove, and what they don't.
#include "broker/deliver/dicom/dicom_asker.h"

#include <doctest/doctest.h>

#include <future>

#include "tests/support/scp_commitment.h"
#include "tests/support/scp_query.h"

using namespace broker::deliver;
using namespace std::chrono_literals;
using broker::dicom::CommitmentReport;
using support::CommitmentScript;
using support::Named;
using support::QueryScript;
using support::Report;
using support::ScpCommitment;
using support::ScpQuery;
using support::Script;
using support::StorageScp;

namespace {

const std::string ct = "1.2.840.10008.5.1.4.1.1.2", implicit_le = "1.2.840.10008.1.2",
                  find_class = "1.2.840.10008.5.1.4.1.2.2.1";
const Question question{{1}, ct, "1.2.3.4", "1.2.3", "1.2.3.1"};
const Question other_question{{2}, ct, "1.2.3.55", "1.2.3", "1.2.3.1"};

DicomPeer peer_at(std::uint16_t port, std::chrono::milliseconds answer = 20s) {
    DicomPeer peer;
    peer.endpoint = {"127.0.0.1", port};
    peer.ae_title = "PACSA";
    peer.calling_ae_title = "BRIDGE";
    peer.timeouts = {5s, answer, 2s};
    return peer;
}

template <class Serving>
Script served_by(Serving& serving) {
    Script script;
    script.other = [&](const support::OtherMessage& message) { serving.serve(message); };
    return script;
}

/// Accepts a context in Implicit VR only.
std::uint8_t implicit_only(const std::string&, const std::string& transfer_syntax) {
    return transfer_syntax == implicit_le ? 0 : 4;
}

Answers query(const QueryScript& script, std::vector<Question> questions = {question}) {
    ScpQuery serving(script);
    StorageScp scp(served_by(serving));
    return DicomAsker(peer_at(scp.port())).query(questions);
}

/// One request for commitment of two instances, and what came of it.
struct Asked {
    explicit Asked(CommitmentScript commitment, std::chrono::milliseconds linger = 20s, std::uint16_t our_answer = 0,
                   const std::function<void(Script&)>& change = {}) {
        ScpCommitment serving(std::move(commitment));
        Script script = served_by(serving);
        if (change) change(script);
        StorageScp scp(script);
        answers = DicomAsker(peer_at(scp.port()))
                      .request_commitment("2.25.1", std::vector{question, other_question}, linger,
                                          [&](const CommitmentReport& report) {
                                              reports.push_back(report);
                                              return our_answer;
                                          });
        // A connection that was dropped is no release.
        if (!answers.event)
            scp.wait_until([&](const StorageScp&) { return serving.answers().size() == reports.size(); });
        requests = serving.requests();
        our_answers = serving.answers();
        roles = scp.last_roles();
        releases = scp.release_count();
        aborts = scp.abort_count();
    }
    Answers answers;
    std::vector<CommitmentReport> reports;
    std::vector<ScpCommitment::Seen> requests;
    std::vector<std::uint16_t> our_answers;
    std::string roles;
    int releases = 0, aborts = 0;
};

bool is_taken(const Answers& answers) {
    return answers.is_offered && !answers.event && !answers.status;
}

}  // namespace

TEST_CASE("asker: C-FIND that matches the instance proves it, in either encoding and among others") {
    for (const bool implicit : {false, true}) {
        for (const std::vector<std::string>& matches :
             {std::vector<std::string>{"asked"}, {"1.2.3.99", "asked"}, {"asked", "asked", "1.2.3.98"}}) {
            ScpQuery serving({matches});
            Script script = served_by(serving);
            if (implicit) script.context = implicit_only;
            StorageScp scp(script);
            const Answers answers = DicomAsker(peer_at(scp.port())).query(std::vector{question});
            CHECK(answers.is_offered);
            CHECK_FALSE(answers.event);
            CHECK_FALSE(answers.status);
            CHECK(answers.findings == std::vector{Finding::present});
            CHECK(scp.release_count() == 1);
            CHECK(scp.last_roles().empty());
        }
    }
}

TEST_CASE("asker: the identifier asks at IMAGE level with the three UIDs as keys") {
    ScpQuery serving({{"asked"}});
    StorageScp scp(served_by(serving));
    DicomAsker(peer_at(scp.port())).query(std::vector{question});
    using namespace std::string_literals;
    CHECK(serving.identifiers() ==
          std::vector{"\x08\0\x18\0UI\x08\0"s + "1.2.3.4\0"s + "\x08\0\x52\0CS\x06\0IMAGE "s + "\x20\0\x0D\0UI\x06\0"s +
                      "1.2.3\0"s + "\x20\0\x0E\0UI\x08\0"s + "1.2.3.1\0"s});
}

TEST_CASE("asker: success without a match is absent; matches of other instances only, and failures, prove nothing") {
    struct Row {
        QueryScript script;
        Finding finding;
        std::optional<std::int32_t> status;
    };
    for (const Row& row : {
             Row{{}, Finding::absent, {}},
             Row{{{"1.2.3.99"}}, Finding::unknown, {}},
             Row{{{"1.2.3.99", "1.2.3.98", "1.2.3.97"}}, Finding::unknown, {}},
             Row{{{""}}, Finding::unknown, {}},
             Row{{{}, 0xA700}, Finding::unknown, 0xA700},
             Row{{{}, 0xC001}, Finding::unknown, 0xC001},
             Row{{{}, 0xFE00}, Finding::unknown, 0xFE00},
             Row{{{"asked"}, 0xA700}, Finding::present, 0xA700},
             Row{{{"asked"}, 0, 0xFF01}, Finding::present, {}},
         }) {
        const Answers answers = query(row.script);
        CHECK(answers.is_offered);
        CHECK_FALSE(answers.event);
        CHECK(answers.status == row.status);
        CHECK(answers.findings == std::vector{row.finding});
    }
}

TEST_CASE("asker: a peer that answers with its whole archive is given up, and nothing is known") {
    QueryScript script;
    script.matches.assign(90'000, "1.2.3.77");
    ScpQuery serving(script);
    StorageScp scp(served_by(serving));
    const Answers answers = DicomAsker(peer_at(scp.port(), 100ms)).query(std::vector{question});
    REQUIRE(answers.event);
    CHECK(answers.event->happening == broker::deliver::Happening::violation);
    CHECK(answers.findings.front() == Finding::unknown);
}

TEST_CASE("asker: questions are asked one after the other on one association; one without its keys is unknown") {
    ScpQuery serving({{"asked"}});
    StorageScp scp(served_by(serving));
    Question keyless = question;
    keyless.study_instance_uid = "";
    const std::vector questions{question, keyless, other_question};
    const Answers answers = DicomAsker(peer_at(scp.port())).query(questions);
    CHECK(answers.findings == std::vector{Finding::present, Finding::unknown, Finding::present});
    CHECK(scp.association_count() == 1);
    CHECK(serving.identifiers().size() == 2);
}

TEST_CASE("asker: where C-FIND is not offered nothing is known, and nothing went wrong") {
    Script script;
    script.context = [](const std::string& abstract_syntax, const std::string&) {
        return abstract_syntax == find_class ? std::uint8_t{3} : std::uint8_t{0};
    };
    StorageScp scp(script);
    const Answers answers = DicomAsker(peer_at(scp.port())).query(std::vector{question});
    CHECK_FALSE(answers.is_offered);
    CHECK_FALSE(answers.event);
    CHECK(answers.findings == std::vector{Finding::unknown});
    CHECK(scp.wait_until([](const StorageScp& seen) { return seen.release_count() == 1; }));
}

TEST_CASE("asker: an association that ends early leaves what was not answered unknown, and a match is still one") {
    QueryScript script{{"asked"}};
    script.closes_after_matches = true;
    Answers answers = query(script, {question, other_question});
    CHECK(answers.is_offered);
    CHECK(answers.event == Event{Happening::connection_lost, 0, false});
    CHECK(answers.findings == std::vector{Finding::present, Finding::unknown});
    script.matches = {};
    answers = query(script);
    CHECK(answers.event == Event{Happening::connection_lost, 0, false});
    CHECK(answers.findings == std::vector{Finding::unknown});
    script = {};
    script.wrong_id = true;
    answers = query(script);
    CHECK(answers.event == Event{Happening::violation, 0, false});
    CHECK(answers.findings == std::vector{Finding::unknown});
}

TEST_CASE("asker: nobody there, or a rejection, is an event and no refusal of the service") {
    StorageScp scp;
    const auto port = scp.port();
    Script script;
    script.reception = support::Reception::reject;
    scp.set(script);
    Answers answers = DicomAsker(peer_at(port)).query(std::vector{question});
    CHECK_FALSE(answers.is_offered);
    CHECK(answers.event == Event{Happening::rejected, rejection(1, 1, 1), false});
    scp.go_down();
    const auto never = [](const CommitmentReport&) { return std::uint16_t{0}; };
    answers = DicomAsker(peer_at(port)).request_commitment("2.25.1", std::vector{question}, 1s, never);
    CHECK_FALSE(answers.is_offered);
    REQUIRE(answers.event);
    CHECK(answers.event->happening == Happening::unreachable);
    CHECK(answers.findings == std::vector{Finding::unknown});
}

TEST_CASE("asker: a request for commitment says what the standard says, and proposes to be the SCU") {
    for (const bool implicit : {false, true}) {
        const Asked asked({}, 0ms, 0, [&](Script& script) {
            if (implicit) script.context = implicit_only;
        });
        CHECK(is_taken(asked.answers));
        CHECK(asked.answers.findings == std::vector{Finding::unknown, Finding::unknown});
        CHECK(asked.roles == support::role_item(support::commitment_class, 1, 0));
        REQUIRE(asked.requests.size() == 1);
        CHECK(asked.requests[0].is_implicit == implicit);
        CHECK(asked.requests[0].data_set ==
              support::request_data_set("2.25.1", {{ct, "1.2.3.4"}, {ct, "1.2.3.55"}}, {implicit, false, false}));
        std::string command = support::action_command({1, 1});
        const std::string follows("\0\0\0\x08\x02\0\0\0\0", 9);
        command[command.find(follows) + 8] = 1;
        CHECK(asked.requests[0].command == command);
        CHECK(asked.releases == 1);
    }
}

TEST_CASE("asker: reports before and after the response are given on, answered, and end the wait once it is ours") {
    const std::vector<Named> both{{ct, "1.2.3.4"}, {ct, "1.2.3.55"}};
    CommitmentScript before, after;
    before.before = {{"", both, {}}};
    after.after = {{"", both, {}}};
    for (const CommitmentScript& script : {before, after}) {
        const auto began = std::chrono::steady_clock::now();
        const Asked asked(script, 60s);
        CHECK(std::chrono::steady_clock::now() - began < 30s);
        CHECK(is_taken(asked.answers));
        REQUIRE(asked.reports.size() == 1);
        CHECK(asked.reports[0].transaction_uid == "2.25.1");
        CHECK(asked.reports[0].committed.size() == 2);
        CHECK(asked.our_answers == std::vector<std::uint16_t>{0});
    }
}

TEST_CASE("asker: foreign, repeated and partial reports are given on as they are, with the answer that they get") {
    CommitmentScript script;
    script.before = {{"2.25.666", {{ct, "1.2.3.4"}}, {}}};
    script.after = {{"2.25.667", {}, {{ct, "1.2.3.4", 0x0110}}}, {"", {{ct, "1.2.3.4"}}, {{ct, "1.2.3.55", 0x0112}}}};
    const Asked asked(script, 20s, 0x0117);
    CHECK(is_taken(asked.answers));
    REQUIRE(asked.reports.size() == 3);
    CHECK(asked.reports[0].transaction_uid == "2.25.666");
    CHECK(asked.reports[1].transaction_uid == "2.25.667");
    CHECK(asked.reports[2].transaction_uid == "2.25.1");
    CHECK(asked.reports[2].failed == std::vector<broker::dicom::FailedReference>{{{ct, "1.2.3.55"}, 0x0112}});
    CHECK(asked.our_answers == std::vector<std::uint16_t>{0x0117, 0x0117, 0x0117});
    CommitmentScript repeated;
    repeated.before = {{"", {{ct, "1.2.3.4"}}, {}}, {"", {{ct, "1.2.3.4"}}, {}}};
    CHECK(Asked(repeated).reports.size() == 2);
}

TEST_CASE("asker: a report that can't be read is answered as such and not given on") {
    CommitmentScript script;
    script.before = {{"", {{ct, "1.2.3.4"}}, {}, true}};
    ScpCommitment serving(script);
    StorageScp scp(served_by(serving));
    bool is_given = false;
    const Answers answers = DicomAsker(peer_at(scp.port()))
                                .request_commitment("2.25.1", std::vector{question}, 0ms, [&](const CommitmentReport&) {
                                    is_given = true;
                                    return std::uint16_t{0};
                                });
    CHECK(is_taken(answers));
    CHECK_FALSE(is_given);
    CHECK(scp.wait_until([&](const StorageScp&) { return serving.answers() == std::vector<std::uint16_t>{0x0115}; }));
}

TEST_CASE("asker: a refused N-ACTION is a status; no reports are waited for") {
    for (const std::uint16_t status : {0x0131, 0x0110, 0x0213}) {
        CommitmentScript script;
        script.status = status;
        const auto began = std::chrono::steady_clock::now();
        const Asked asked(script, 60s);
        CHECK(std::chrono::steady_clock::now() - began < 30s);
        CHECK(asked.answers.is_offered);
        CHECK_FALSE(asked.answers.event);
        CHECK(asked.answers.status == status);
        CHECK(asked.releases == 1);
    }
}

TEST_CASE("asker: a peer that drops the association instead of responding took nothing, one that does so later did") {
    CommitmentScript drops;
    drops.closes_after_request = true;
    Asked asked(drops);
    CHECK(asked.answers.is_offered);
    CHECK(asked.answers.event == Event{Happening::connection_lost, 0, false});
    CommitmentScript leaves;
    leaves.closes_after_response = true;
    const Asked later(leaves);
    CHECK(is_taken(later.answers));
    CHECK(later.reports.empty());
}

TEST_CASE("asker: a peer that reports on another association is waited for as long as `linger` and no longer") {
    const auto began = std::chrono::steady_clock::now();
    const Asked asked({}, 150ms);
    const auto took = std::chrono::steady_clock::now() - began;
    CHECK(is_taken(asked.answers));
    CHECK(asked.reports.empty());
    CHECK(took >= 150ms);
    CHECK(took < 10s);
    CHECK(asked.releases == 1);
}

TEST_CASE(
    "asker: a peer without commitment, or that denies us the role, doesn't offer it; one that ignores roles does") {
    const Asked refused({}, 0ms, 0, [](Script& script) {
        script.context = [](const std::string&, const std::string&) { return std::uint8_t{3}; };
    });
    CHECK_FALSE(refused.answers.is_offered);
    CHECK_FALSE(refused.answers.event);
    CHECK(refused.releases == 1);
    const Asked ignored({}, 0ms, 0, [](Script& script) { script.answers_roles = false; });
    CHECK(is_taken(ignored.answers));
}

TEST_CASE("asker: what runs is ended by an interrupt, from another thread") {
    ScpCommitment serving({});
    StorageScp scp(served_by(serving));
    DicomAsker asker(peer_at(scp.port()));
    auto running = std::async(std::launch::async, [&] {
        return asker.request_commitment("2.25.1", std::vector{question}, 600s,
                                        [](const CommitmentReport&) { return std::uint16_t{0}; });
    });
    CHECK(scp.wait_until([&](const StorageScp&) { return serving.requests().size() == 1; }));
    asker.interrupt();
    REQUIRE(running.wait_for(20s) == std::future_status::ready);
    CHECK(running.get().is_offered);
}
