// What we accept, row by row.
#include "broker/receive/negotiation.h"

#include <doctest/doctest.h>

#include "broker/receive/rejection.h"
#include "broker/receive/services.h"

namespace receive = broker::receive;

TEST_CASE("negotiation: storage takes every abstract syntax but those of the standard's other services") {
    struct Row {
        const char* abstract_syntax;
        bool is_accepted;
    };
    for (const Row& row : {
             Row{"1.2.840.10008.1.1", true},               // Verification
             Row{"1.2.840.10008.5.1.4.1.1.2", true},       // CT Image Storage
             Row{"1.2.840.10008.5.1.4.1.1.200.1", true},   // CT Defined Procedure Protocol Storage
             Row{"1.2.840.10008.5.1.4.1.1.200.4", false},  // Protocol Approval FIND
             Row{"1.2.840.10008.5.1.4.1.1.200.40", true},  // a future one: no prefix of digits counts
             Row{"1.2.840.10008.5.1.4.34.7", true},        // RT Beams Delivery Instruction Storage
             Row{"1.2.840.10008.5.1.4.34.6.1", false},     // UPS Push
             Row{"1.2.840.10008.5.1.4.38.1", true},        // Hanging Protocol Storage
             Row{"1.2.840.10008.5.1.4.38.2", false},       // Hanging Protocol FIND
             Row{"1.2.840.10008.5.1.4.1.2.2.1", false},    // Study Root FIND
             Row{"1.2.840.10008.5.1.4.31", false},         // Modality Worklist
             Row{"1.2.840.10008.3.1.2.3.3", false},        // MPPS
             Row{"1.2.840.10008.5.1.1.9", false},          // Print
             Row{"1.2.840.10008.5.1.1.30", true},          // Hardcopy Color Image Storage
             Row{"1.2.840.10008.1.20.1", false},           // Storage Commitment, where nobody keeps it
             Row{"1.2.840.10008.5.1.4.45.1", true},        // Implant Template Group Storage
             Row{"1.3.12.2.1107.5.9.1", true},             // Siemens CSA Non-Image, private
             Row{"1.2.3.4", true},
         }) {
        CAPTURE(row.abstract_syntax);
        const auto contexts = receive::negotiate({{1, row.abstract_syntax, {"1.2.840.10008.1.2"}}});
        CHECK(contexts.contains(1) == row.is_accepted);
    }
}

TEST_CASE("negotiation: of several transfer syntaxes the first, explicit before implicit, big endian last") {
    using Syntaxes = std::vector<std::string>;
    const std::string implicit = "1.2.840.10008.1.2", explicit_le = "1.2.840.10008.1.2.1", big = "1.2.840.10008.1.2.2",
                      htj2k = "1.2.840.10008.1.2.4.201", unknown = "1.2.3.4.5";
    CHECK(receive::choose_transfer_syntax(Syntaxes{implicit, explicit_le}) == explicit_le);
    CHECK(receive::choose_transfer_syntax(Syntaxes{big, implicit}) == implicit);
    CHECK(receive::choose_transfer_syntax(Syntaxes{big, implicit, unknown}) == unknown);
    CHECK(receive::choose_transfer_syntax(Syntaxes{htj2k, explicit_le}) == htj2k);
    CHECK(receive::choose_transfer_syntax(Syntaxes{explicit_le, htj2k}) == explicit_le);
    CHECK(receive::choose_transfer_syntax(Syntaxes{big}) == big);
}

TEST_CASE("rejection: the sixteen combinations of titles that are known or not") {
    for (const bool any_called : {true, false})
        for (const bool called_is_ours : {true, false})
            for (const bool unknown_welcome : {true, false})
                for (const bool sender_is_known : {true, false}) {
                    CAPTURE(any_called);
                    CAPTURE(called_is_ours);
                    CAPTURE(unknown_welcome);
                    CAPTURE(sender_is_known);
                    receive::Rules rules;
                    if (!any_called)
                        rules.dicom.accept_called_ae_title.rule = broker::config::CalledAeTitles::Rule::own;
                    rules.dicom.accept_unknown_senders = unknown_welcome;
                    broker::config::Sender sender;
                    sender.ae_title = "CT1";
                    sender.address = "10.1.0.0/16";
                    rules.senders.push_back(sender);
                    receive::AssociateRequest request;
                    request.application_context = "1.2.840.10008.3.1.1.1";
                    request.called_ae_title = called_is_ours ? "BRIDGE" : "OTHER";
                    request.calling_ae_title = "CT1";
                    const receive::Caller caller{"CT1", sender_is_known ? "10.1.2.3" : "10.2.2.3"};
                    const auto rejection = receive::check(request, caller, rules);
                    if (!any_called && !called_is_ours) {
                        REQUIRE(rejection);
                        CHECK(rejection->reason == 7);
                    } else if (!unknown_welcome && !sender_is_known) {
                        REQUIRE(rejection);
                        CHECK(rejection->reason == 3);
                    } else {
                        CHECK_FALSE(rejection);
                    }
                }
}

TEST_CASE("rejection: another application context or protocol version is refused as the standard says") {
    receive::Rules rules;
    receive::AssociateRequest request;
    request.application_context = "1.2.3";
    CHECK(receive::check(request, {"CT1", "::1"}, rules)->reason == 2);
    request.protocol_version = 2;
    CHECK(receive::check(request, {"CT1", "::1"}, rules)->source == 2);
    const auto pdu = receive::reject_pdu(receive::too_many_associations);
    CHECK(pdu[0] == std::byte(3));
    CHECK(pdu[7] == std::byte(2));
    CHECK(pdu[8] == std::byte(3));
    CHECK(pdu[9] == std::byte(2));
}
