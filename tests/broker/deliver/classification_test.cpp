// Classification: every row of the table of what a status, a rejection or an error means.
#include "broker/deliver/classification.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>
#include <vector>

using namespace broker::deliver;
using enum Happening;
using outbox::Reason;

namespace {

// The words of the table: D, Dw, R, H, U, and whom they are about.
struct Expected {
    Event event;
    Verdict verdict;
    Scope scope;
    unsigned attempts_max;
    Reason reason;
};

constexpr auto D = Verdict::delivered, Dw = Verdict::delivered_with_warning, R = Verdict::transient,
               H = Verdict::needs_a_person, U = Verdict::unknown;
constexpr auto one = Scope::instance, dest = Scope::destination, cls = Scope::destination_class;

Event answered(std::uint32_t status_code) {
    return {status, status_code, true};
}

const std::vector<Expected> store_statuses{
    {answered(0x0000), D, one, 0, Reason::none},
    {answered(0xB000), Dw, one, 0, Reason::none},
    {answered(0xB006), Dw, one, 0, Reason::none},
    {answered(0xB007), Dw, one, 0, Reason::none},
    {answered(0xB001), Dw, one, 0, Reason::none},
    {answered(0xBFFF), Dw, one, 0, Reason::none},
    {answered(0x0001), Dw, one, 0, Reason::none},
    {answered(0x0107), Dw, one, 0, Reason::none},
    {answered(0xA700), R, dest, 0, Reason::out_of_resources},
    {answered(0xA702), R, dest, 0, Reason::out_of_resources},
    {answered(0xA7FF), R, dest, 0, Reason::out_of_resources},
    {answered(0x0213), R, dest, 0, Reason::out_of_resources},
    {answered(0x0110), R, one, 5, Reason::temporary_failure},
    {answered(0xA900), H, one, 0, Reason::data_set_mismatch},
    {answered(0xA9FF), H, one, 0, Reason::data_set_mismatch},
    {answered(0xC000), H, one, 0, Reason::not_understood},
    {answered(0xCFFF), H, one, 0, Reason::not_understood},
    {answered(0x0122), H, cls, 0, Reason::sop_class_refused},
    {answered(0x0112), H, one, 0, Reason::sop_class_refused},
    {answered(0x0117), H, one, 0, Reason::not_understood},
    {answered(0x0118), H, one, 0, Reason::data_set_mismatch},
    {answered(0x0119), H, one, 0, Reason::data_set_mismatch},
    {answered(0x0111), U, one, 0, Reason::no_response},
    {answered(0x0124), H, dest, 0, Reason::not_authorised},
    {answered(0x0214), H, dest, 0, Reason::not_authorised},
    {answered(0x0105), H, one, 0, Reason::not_understood},
    {answered(0x0106), H, one, 0, Reason::not_understood},
    {answered(0x0114), H, one, 0, Reason::not_understood},
    {answered(0x0115), H, one, 0, Reason::not_understood},
    {answered(0x0116), H, one, 0, Reason::not_understood},
    {answered(0x0120), H, one, 0, Reason::not_understood},
    {answered(0x0121), H, one, 0, Reason::not_understood},
    {answered(0x0210), R, one, 1, Reason::temporary_failure},
    {answered(0x0211), H, dest, 0, Reason::unexpected_answer},
    {answered(0x0212), H, one, 0, Reason::unexpected_answer},
    {answered(0xFE00), R, one, 0, Reason::temporary_failure},
    {answered(0xFF00), U, one, 0, Reason::no_response},
    {answered(0xFF01), U, one, 0, Reason::no_response},
    {answered(0x0002), R, one, 3, Reason::temporary_failure},
    {answered(0xA800), R, one, 3, Reason::temporary_failure},
    {answered(0xD000), R, one, 3, Reason::temporary_failure},
};

const std::vector<Expected> premature_claims{
    {{status, 0x0000, false}, R, one, 3, Reason::interrupted},
    {{status, 0x0001, false}, R, one, 3, Reason::interrupted},
    {{status, 0x0107, false}, R, one, 3, Reason::interrupted},
    {{status, 0xB000, false}, R, one, 3, Reason::interrupted},
    {{status, 0xB006, false}, R, one, 3, Reason::interrupted},
    {{status, 0xBFFF, false}, R, one, 3, Reason::interrupted},
};

const std::vector<Expected> negotiation{
    {{rejected, rejection(2, 1, 1), false}, R, dest, 0, Reason::temporary_failure},
    {{rejected, rejection(2, 2, 2), false}, R, dest, 0, Reason::temporary_failure},
    {{rejected, rejection(1, 3, 1), false}, R, dest, 0, Reason::out_of_resources},
    {{rejected, rejection(2, 3, 1), false}, R, dest, 0, Reason::out_of_resources},
    {{rejected, rejection(1, 3, 2), false}, R, dest, 0, Reason::out_of_resources},
    {{rejected, rejection(1, 1, 1), false}, R, dest, 10, Reason::temporary_failure},
    {{rejected, rejection(1, 1, 2), false}, H, dest, 0, Reason::association_refused},
    {{rejected, rejection(1, 1, 3), false}, H, dest, 0, Reason::calling_ae_title_refused},
    {{rejected, rejection(1, 1, 7), false}, H, dest, 0, Reason::called_ae_title_refused},
    {{rejected, rejection(1, 2, 1), false}, R, dest, 10, Reason::temporary_failure},
    {{rejected, rejection(1, 2, 2), false}, H, dest, 0, Reason::association_refused},
    {{rejected, rejection(1, 1, 9), false}, R, dest, 5, Reason::temporary_failure},
    {{rejected, rejection(0, 0, 0), false}, R, dest, 5, Reason::temporary_failure},
    {{context_refused, 1, false}, R, cls, 3, Reason::temporary_failure},
    {{context_refused, 2, false}, R, cls, 3, Reason::temporary_failure},
    {{context_refused, 3, false}, H, cls, 0, Reason::sop_class_refused},
    {{context_refused, 4, false}, H, cls, 0, Reason::transfer_syntax_refused},
    {{context_refused, 0xFF, false}, R, cls, 3, Reason::temporary_failure},
};

const std::vector<Expected> endings{
    {{aborted, abort_of(0, 0), false}, R, one, 0, Reason::interrupted},
    {{aborted, abort_of(2, 0), false}, R, one, 0, Reason::interrupted},
    {{aborted, abort_of(2, 1), false}, R, one, 0, Reason::interrupted},
    {{aborted, abort_of(2, 2), false}, R, one, 0, Reason::interrupted},
    {{aborted, abort_of(2, 4), false}, R, one, 2, Reason::interrupted},
    {{aborted, abort_of(2, 5), false}, R, one, 2, Reason::interrupted},
    {{aborted, abort_of(2, 6), false}, R, one, 2, Reason::interrupted},
    {{aborted, abort_of(0, 0), true}, U, one, 0, Reason::no_response},
    {{aborted, abort_of(2, 4), true}, U, one, 0, Reason::no_response},
    {{released, 0, false}, R, one, 0, Reason::interrupted},
    {{released, 0, true}, U, one, 0, Reason::no_response},
    {{violation, 0, false}, R, dest, 3, Reason::interrupted},
    {{violation, 0, true}, U, one, 0, Reason::no_response},
    {{wrong_response, 0, true}, U, one, 0, Reason::no_response},
    {{no_response, 0, true}, U, one, 0, Reason::no_response},
    {{connection_lost, 0, false}, R, one, 0, Reason::interrupted},
    {{connection_lost, 0, true}, U, one, 0, Reason::no_response},
};

const std::vector<Expected> local{
    {{unreachable, std::uint32_t(Unreachable::name_unresolved), false}, R, dest, 0, Reason::unreachable},
    {{unreachable, std::uint32_t(Unreachable::no_such_name), false}, R, dest, 0, Reason::unreachable},
    {{unreachable, std::uint32_t(Unreachable::refused), false}, R, dest, 0, Reason::unreachable},
    {{unreachable, std::uint32_t(Unreachable::no_route), false}, R, dest, 0, Reason::unreachable},
    {{unreachable, std::uint32_t(Unreachable::timed_out), false}, R, dest, 0, Reason::unreachable},
    {{unreachable, std::uint32_t(Unreachable::address_denied), false}, H, dest, 0, Reason::path_refused},
    {{unreachable, std::uint32_t(Unreachable::proxy_refused), false}, R, dest, 0, Reason::unreachable},
    {{not_accepted, 0, false}, R, dest, 0, Reason::unreachable},
    {{tls_refused, 1, false}, H, dest, 0, Reason::tls_failed},
    {{tls_refused, 2, false}, H, dest, 0, Reason::tls_failed},
    {{tls_refused, 3, false}, H, dest, 0, Reason::tls_failed},
    {{tls_refused, 4, false}, H, dest, 0, Reason::tls_failed},
    {{tls_refused, 5, false}, H, dest, 0, Reason::tls_failed},
    {{tls_refused, 6, false}, H, dest, 0, Reason::tls_failed},
    {{tls_refused, 7, false}, H, dest, 0, Reason::tls_failed},
    {{tls_refused, 8, false}, H, dest, 0, Reason::tls_failed},
    {{tls_refused, 9, false}, H, dest, 0, Reason::tls_failed},
    {{tls_refused, 10, false}, H, dest, 0, Reason::tls_failed},
    {{tls_refused, 11, false}, H, dest, 0, Reason::tls_failed},
    {{tls_refused, 12, false}, R, dest, 3, Reason::interrupted},
    {{tls_refused, 13, false}, R, dest, 0, Reason::unreachable},
    {{tls_refused, 14, false}, R, dest, 0, Reason::unreachable},
    {{tls_refused, 15, false}, R, dest, 0, Reason::unreachable},
    {{out_of_descriptors, 0, false}, R, dest, 0, Reason::temporary_failure},
    {{damaged, 0, false}, H, one, 0, Reason::damaged},
    {{unreadable, 0, false}, R, one, 10, Reason::temporary_failure},
    {{written, 0, false}, D, one, 0, Reason::none},
    {{no_space, 0, false}, R, dest, 0, Reason::out_of_resources},
    {{path_refused, 0, false}, H, dest, 0, Reason::path_refused},
    {{path_failed, 0, false}, R, dest, 0, Reason::unreachable},
    {{name_taken, 0, false}, H, one, 0, Reason::conflict},
};

/// Over HTTP, at an instance.
constexpr Event of(satusehat::Answer answer, unsigned status) {
    return {http_answer, answer_of(answer, status), true};
}
using satusehat::Answer;
const std::vector<Expected> http_answers{
    {of(Answer::as_promised, 200), H, one, 0, Reason::unexpected_answer},  // of another step: no proof of anything
    {of(Answer::stored, 200), D, one, 0, Reason::none},
    {of(Answer::stored, 409), D, one, 0, Reason::none},
    {of(Answer::conflict, 409), H, one, 0, Reason::conflict},
    {of(Answer::rejected, 409), H, one, 0, Reason::not_understood},
    {of(Answer::unauthorized, 401), H, dest, 0, Reason::not_authorised},
    {of(Answer::credentials_refused, 401), H, dest, 0, Reason::not_authorised},
    {of(Answer::not_permitted, 403), H, dest, 0, Reason::not_authorised},
    {of(Answer::duplicate, 400), R, one, 5, Reason::temporary_failure},
    {of(Answer::wrong_organization, 400), H, dest, 0, Reason::not_authorised},
    {of(Answer::bad_date, 400), H, one, 0, Reason::unexpected_answer},
    {of(Answer::bad_content, 400), H, one, 0, Reason::unexpected_answer},
    {of(Answer::bad_reference, 400), R, one, 5, Reason::temporary_failure},
    {of(Answer::unreadable_request, 400), H, one, 0, Reason::unexpected_answer},
    {of(Answer::gone, 404), R, one, 5, Reason::temporary_failure},
    {of(Answer::changed_meanwhile, 409), R, one, 5, Reason::temporary_failure},
    {of(Answer::too_large, 413), H, one, 0, Reason::too_large},
    {of(Answer::throttled, 429), R, dest, 0, Reason::out_of_resources},
    {of(Answer::unavailable, 503), R, dest, 0, Reason::unreachable},
    {of(Answer::token_failed, 500), R, dest, 0, Reason::unreachable},
    {of(Answer::redirected, 302), H, dest, 0, Reason::path_refused},
    {of(Answer::wrong_path, 404), H, dest, 0, Reason::path_refused},
    {of(Answer::refused, 418), H, one, 0, Reason::unexpected_answer},
    {of(Answer::not_as_promised, 200), R, dest, 0, Reason::unreachable},
    {of(Answer::no_credentials, 0), H, dest, 0, Reason::not_authorised},
};

void check_all(const std::vector<Expected>& rows) {
    for (const Expected& row : rows) {
        const std::string name = describe(row.event) + (row.event.last_byte_sent ? " after" : " before");
        CAPTURE(name);
        const Ruling ruling = classify(row.event);
        CHECK(ruling.verdict == row.verdict);
        CHECK(ruling.scope == row.scope);
        CHECK(ruling.attempts_max == row.attempts_max);
        CHECK(outbox::code(ruling.reason) == outbox::code(row.reason));
        CHECK_FALSE(ruling.text.empty());
    }
}

}  // namespace

TEST_CASE("classification: no status before the last byte is a delivery") {
    check_all(premature_claims);
    for (std::uint32_t code = 0; code <= 0xFFFF; ++code) {
        const Verdict verdict = classify({status, code, false}).verdict;
        if (verdict == D || verdict == Dw) FAIL_CHECK(code);
    }
}

TEST_CASE("classification: no text promises that the destination is asked") {
    for (const Row& row : classification()) CHECK(row.text.find("is asked") == std::string_view::npos);
}

TEST_CASE("classification: every C-STORE status means what the table says") {
    check_all(store_statuses);
}
TEST_CASE("classification: every negotiation result means what the table says") {
    check_all(negotiation);
}
TEST_CASE("classification: every end of an association means what the table says") {
    check_all(endings);
}
TEST_CASE("classification: every failure of network, folder and this machine has its row") {
    check_all(local);
}

TEST_CASE("classification: every answer over HTTP means what the table says, and only `stored` is a delivery") {
    check_all(http_answers);
    for (const satusehat::AnswerRow& each : satusehat::answers()) {
        const Verdict verdict = classify(of(each.answer, 200)).verdict;
        CHECK((verdict == D) == (each.answer == Answer::stored));
        CHECK(verdict != Dw);
    }
    CHECK(http_answers.size() == satusehat::answers().size() + 1);
    CHECK(describe(of(Answer::too_large, 413)) == "HTTP 413, too_large");
    CHECK(describe(of(Answer::no_credentials, 0)) == "no_credentials");
}

TEST_CASE("classification: each row of the table is reached by an event of this test") {
    std::set<const Row*> reached;
    for (const auto* rows : {&store_statuses, &premature_claims, &negotiation, &endings, &local, &http_answers})
        for (const Expected& expected : *rows) {
            const std::string_view text = classify(expected.event).text;
            for (const Row& row : classification())
                if (row.happening == expected.event.happening && row.text == text) reached.insert(&row);
        }
    for (const Row& row : classification()) CHECK_MESSAGE(reached.contains(&row), std::string(row.text));
}

TEST_CASE("classification: all 65,536 statuses have a meaning, and only 0x0000, 0x0001, 0x0107 and Bxxx deliver") {
    for (std::uint32_t code = 0; code <= 0xFFFF; ++code) {
        const Verdict verdict = classify(answered(code)).verdict;
        const bool is_delivered = verdict == D || verdict == Dw;
        const bool may_be = code == 0 || code == 1 || code == 0x0107 || (code & 0xF000) == 0xB000;
        if (is_delivered != may_be) FAIL_CHECK(fmt::format("status 0x{:04X}", code));
    }
    CHECK(classify(answered(0)).verdict == D);
}

TEST_CASE("classification: a limited retry needs a person once it is exhausted, an unlimited one never does") {
    const Ruling limited = classify(answered(0x0110));
    CHECK(exhaust(limited, 4).verdict == R);
    CHECK(exhaust(limited, 5).verdict == H);
    CHECK(exhaust(limited, 5).reason == Reason::failed_repeatedly);
    CHECK(exhaust(classify({context_refused, 1, false}), 3).reason == Reason::sop_class_refused);
    CHECK(exhaust(classify({rejected, rejection(1, 1, 1), false}), 10).reason == Reason::association_refused);
    CHECK(exhaust(classify(answered(0xA700)), 1'000'000).verdict == R);
    CHECK(exhaust(classify(answered(0)), 1'000'000).verdict == D);
}

TEST_CASE("classification: an unexplained rejection is not tried again within five minutes") {
    CHECK(classify({rejected, rejection(1, 1, 1), false}).pause_min == std::chrono::minutes(5));
}

TEST_CASE("classification: a destination's overrides go before the table, for the status they name only") {
    const Overrides overrides{{{0xC000, broker::config::Override::transient}, {0xB006, broker::config::Override::hold}},
                              4};
    const Ruling busy = classify(answered(0xC000), overrides);
    CHECK(busy.verdict == R);
    CHECK(busy.attempts_max == 4);
    CHECK(classify(answered(0xB006), overrides).verdict == H);
    CHECK(classify(answered(0xC001), overrides).verdict == H);
    CHECK(classify({connection_lost, 0xC000, false}, overrides).reason == Reason::interrupted);
}
