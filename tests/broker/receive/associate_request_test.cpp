// The parser that meets every A-ASSOCIATE-RQ first.
#include "broker/receive/associate_request.h"

#include <doctest/doctest.h>

#include <random>

#include "tests/support/raw_association.h"
#include "tests/support/synthetic.h"

namespace receive = broker::receive;
using receive::Malformed;

namespace {

support::RawRequest good() {
    support::RawRequest request;
    request.contexts = {{1, "1.2.840.10008.1.1", {"1.2.840.10008.1.2"}},
                        {3, "1.2.840.10008.5.1.4.1.1.2", {"1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.1"}}};
    return request;
}

auto parsed(const std::string& pdu, const receive::AssociateLimits& limits = {}) {
    return receive::parse_associate_request(support::to_bytes(pdu), limits);
}

Malformed wrong(const support::RawRequest& request) {
    const auto result = parsed(support::request_pdu(request));
    REQUIRE(std::holds_alternative<Malformed>(result));
    return std::get<Malformed>(result);
}

}  // namespace

TEST_CASE("associate request: a good one is taken apart") {
    const auto result = parsed(support::request_pdu(good()));
    REQUIRE(std::holds_alternative<receive::AssociateRequest>(result));
    const auto& request = std::get<receive::AssociateRequest>(result);
    CHECK(request.called_ae_title == "BRIDGE");
    CHECK(request.calling_ae_title == "CT1");
    CHECK(request.application_context == "1.2.840.10008.3.1.1.1");
    CHECK(request.max_pdu == 16384);
    REQUIRE(request.contexts.size() == 2);
    CHECK(request.contexts[1].id == 3);
    CHECK(request.contexts[1].transfer_syntaxes.size() == 2);
}

TEST_CASE("associate request: what DCMTK is given says the same") {
    const auto request = std::get<receive::AssociateRequest>(parsed(support::request_pdu(good())));
    const auto again = receive::parse_associate_request(receive::canonical(request), {});
    REQUIRE(std::holds_alternative<receive::AssociateRequest>(again));
    CHECK(receive::canonical(std::get<receive::AssociateRequest>(again)) == receive::canonical(request));
    CHECK(std::get<receive::AssociateRequest>(again).contexts[1].transfer_syntaxes ==
          request.contexts[1].transfer_syntaxes);
}

TEST_CASE("associate request: each rule that is broken has its word") {
    auto request = good();
    request.calling_ae_title = "CT\x01";
    CHECK(wrong(request) == Malformed::ae_title);
    request = good();
    request.contexts[1].id = 1;
    CHECK(wrong(request) == Malformed::contexts);
    request.contexts[1].id = 2;
    CHECK(wrong(request) == Malformed::contexts);
    request.contexts.clear();
    CHECK(wrong(request) == Malformed::contexts);
    request = good();
    request.contexts[0].transfer_syntaxes.clear();
    CHECK(wrong(request) == Malformed::transfer_syntaxes);
    request.contexts[0].transfer_syntaxes.assign(51, "1.2.840.10008.1.2");
    CHECK(wrong(request) == Malformed::transfer_syntaxes);
    request = good();
    request.contexts[0].abstract_syntax = "../../x";
    CHECK(wrong(request) == Malformed::uid);
    request.contexts[0].abstract_syntax = std::string(65, '1');
    CHECK(wrong(request) == Malformed::uid);
}

TEST_CASE("associate request: lengths nest exactly") {
    const std::string pdu = support::request_pdu(good());
    CHECK(std::get<Malformed>(parsed(pdu.substr(0, pdu.size() - 1))) == Malformed::lengths);
    CHECK(std::get<Malformed>(parsed(pdu + "x")) == Malformed::lengths);
    std::string overlong = pdu;
    overlong[76] = '\x7F';  // the application context's length
    CHECK(std::get<Malformed>(parsed(overlong)) == Malformed::lengths);
    std::string huge = pdu;
    huge[2] = '\x7F';
    CHECK(std::get<Malformed>(parsed(huge)) == Malformed::too_long);
    std::string other = pdu;
    other[0] = '\x04';
    CHECK(std::get<Malformed>(parsed(other)) == Malformed::not_an_associate_request);
}

TEST_CASE("associate request: 128 contexts are taken, and one more is not") {
    auto request = good();
    request.contexts.clear();
    for (unsigned id = 1; id < 256; id += 2)
        request.contexts.push_back({static_cast<std::uint8_t>(id), "1.2.840.10008.1.1", {"1.2.840.10008.1.2"}});
    const auto pdu = support::request_pdu(request);
    CHECK(std::holds_alternative<receive::AssociateRequest>(parsed(pdu)));
    CHECK(std::get<Malformed>(parsed(pdu, {64 * 1024, 127, 50})) == Malformed::contexts);
}

TEST_CASE("associate request: 100,000 mutations are taken or refused, and what is taken is sound") {
    constexpr unsigned seed = 20'260'115;
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto source = support::to_bytes(support::request_pdu(good()));
    std::size_t taken = 0;
    for (int i = 0; i < 100'000; ++i) {
        auto bytes = source;
        for (unsigned change = 1 + random() % 4; change > 0; --change)
            bytes[random() % bytes.size()] = std::byte(random() & 0xFF);
        if (random() % 8 == 0) bytes.resize(random() % bytes.size());
        const auto result = receive::parse_associate_request(bytes, {});
        if (!std::holds_alternative<receive::AssociateRequest>(result)) continue;
        ++taken;
        const auto& request = std::get<receive::AssociateRequest>(result);
        const auto again = receive::parse_associate_request(receive::canonical(request), {});
        if (!std::holds_alternative<receive::AssociateRequest>(again)) FAIL("mutation ", i, " is taken but not sound");
    }
    CHECK(taken > 1000);
    CHECK(taken < 99'000);
}
