// send_event_report: a scanner that takes the report, refuses it, or is not there.
#include "broker/deliver/dicom/event_report.h"

#include <doctest/doctest.h>

#include "tests/support/scp_commitment.h"

using namespace broker::deliver;
using namespace std::chrono_literals;
using broker::dicom::CommitmentReport;
using support::CommitmentScript;
using support::ScpCommitment;
using support::Script;
using support::StorageScp;

namespace {

const std::string ct = "1.2.840.10008.5.1.4.1.1.2";
const CommitmentReport whole{"2.25.1", {{ct, "1.2.3.4"}}, {}};
const CommitmentReport partial{"2.25.1", {{ct, "1.2.3.4"}}, {{{ct, "1.2.3.5"}, 0x0112}}};

struct Scanner {
    explicit Scanner(CommitmentScript commitment = {}, const std::function<void(Script&)>& change = {})
        : serving(std::move(commitment)), scp(script(change)) {}

    Script script(const std::function<void(Script&)>& change) {
        Script made;
        made.other = [this](const support::OtherMessage& message) { serving.serve(message); };
        if (change) change(made);
        return made;
    }
    ReportAnswer take(const CommitmentReport& report, const std::stop_token& stop = {}) {
        return send_event_report({{"127.0.0.1", scp.port()}, "CT1", "BRIDGE", {5s, 20s, 2s}}, report, stop);
    }

    ScpCommitment serving;
    StorageScp scp;
};

}  // namespace

TEST_CASE("event report: a scanner that takes it acknowledges, and we called as the SCP") {
    for (const bool implicit : {false, true})
        for (const CommitmentReport& report : {whole, partial}) {
            Scanner scanner({}, [&](Script& script) {
                script.context = [=](const std::string&, const std::string& syntax) {
                    return (syntax == "1.2.840.10008.1.2") == implicit ? std::uint8_t{0} : std::uint8_t{4};
                };
            });
            const ReportAnswer answer = scanner.take(report);
            CHECK(answer.is_acknowledged);
            CHECK_FALSE(answer.event);
            CHECK_FALSE(answer.status);
            CHECK(scanner.scp.last_roles() == support::role_item(support::commitment_class, 0, 1));
            CHECK(scanner.scp.last_calling_ae_title() == "BRIDGE");
            const auto requests = scanner.serving.requests();
            REQUIRE(requests.size() == 1);
            CHECK(support::command_number(requests[0].command, 0x0100) == 0x0100);
            CHECK(support::command_number(requests[0].command, 0x1002) == (report.failed.empty() ? 1 : 2));
            std::vector<support::Named> failed;
            if (!report.failed.empty()) failed = {{ct, "1.2.3.5", 0x0112}};
            CHECK(requests[0].data_set ==
                  support::report_data_set("2.25.1", {{ct, "1.2.3.4"}}, failed, {implicit, false, false}));
            CHECK(scanner.scp.release_count() == 1);
        }
}

TEST_CASE("event report: a status, a wrong answer, a dropped association and a refused context acknowledge nothing") {
    CommitmentScript refuses, answers_another;
    refuses.event_status = 0x0110;
    answers_another.answers_another = true;
    ReportAnswer answer = Scanner(refuses).take(whole);
    CHECK_FALSE(answer.is_acknowledged);
    CHECK(answer.status == 0x0110);
    answer = Scanner(answers_another).take(whole);
    CHECK_FALSE(answer.is_acknowledged);
    CHECK(answer.event == Event{Happening::violation, 0, false});
    answer = Scanner({}, [](Script& script) {
                 script.other = [](const support::OtherMessage& message) { message.close(); };
             }).take(whole);
    CHECK_FALSE(answer.is_acknowledged);
    CHECK(answer.event == Event{Happening::connection_lost, 0, false});
    answer = Scanner({}, [](Script& script) {
                 script.context = [](const std::string&, const std::string&) { return std::uint8_t{3}; };
             }).take(whole);
    CHECK_FALSE(answer.is_acknowledged);
    CHECK(answer.event == Event{Happening::context_refused, 3, false});
}

TEST_CASE("event report: a scanner that doesn't know role selection still gets its report") {
    CHECK(Scanner({}, [](Script& script) { script.answers_roles = false; }).take(whole).is_acknowledged);
}

TEST_CASE("event report: a stop cuts it off before it began, too") {
    std::stop_source stopped;
    stopped.request_stop();
    CHECK_FALSE(Scanner().take(whole, stopped.get_token()).is_acknowledged);
}
