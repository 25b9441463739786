// Mutations: whatever is done to the bodies that the platform sends, nothing is thrown, and nothing is made a success.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <cstdlib>
#include <random>

#include "broker/deliver/satusehat/answer.h"
#include "broker/deliver/satusehat/doubts.h"
#include "broker/deliver/satusehat/json.h"
#include "broker/deliver/satusehat/registered_study.h"
#include "broker/deliver/satusehat/study_union.h"
#include "broker/deliver/satusehat/token.h"
#include "tests/broker/deliver/satusehat/samples.h"

using namespace broker::deliver::satusehat;
namespace bj = boost::json;

namespace {

bj::object registered() {
    auto resource = imaging_study(samples::key(), std::vector{samples::instance(1, 1), samples::instance(2, 1)},
                                  samples::order(), {samples::jakarta()})
                        .resource;
    resource["id"] = "s-1";
    resource["meta"] = samples::json(R"({"lastUpdated": "2026-03-02T02:00:00+00:00"})");
    return resource;
}

std::vector<std::string> seeds() {
    const std::string response =
        R"json([{"00081198": {"vr": "SQ", "Value": [{"00081155": {"vr": "UI", "Value": ["2.25.1"]},
            "00081197": {"vr": "US", "Value": [272]}, "00090097": {"vr": "LT", "Value": ["already exists, checksum"]}}]},
            "00081199": {"vr": "SQ", "Value": [{"00081155": {"vr": "UI", "Value": ["2.25.2"]}}]}}])json";
    const std::string xml =
        R"xml(<?xml version="1.0"?><NativeDicomModel><DicomAttribute tag="00081199" vr="SQ"><Item number="1">
            <DicomAttribute tag="00081155" vr="UI"><Value number="1">2.25.1&amp;<![CDATA[x]]></Value></DicomAttribute>
            </Item></DicomAttribute></NativeDicomModel>)xml";
    return {samples::bundle({samples::service_request(), samples::suppressed_entry(), registered()}),
            samples::text(registered()),
            samples::outcome("duplicate", "Found duplicate (RuleNumber: 20002)"),
            samples::fault("keymanagement.service.invalid_access_token", "Invalid"),
            R"({"access_token": "abc", "expires_in": "3599"})",
            response,
            xml,
            "<html><body>Masuk</body></html>"};
}

/// Everything that takes a body, with this one.
void read_by_all(std::string_view body, unsigned status) {
    const auto orders = parse_orders(body, samples::organization, samples::number());
    if (const auto* found = std::get_if<Orders>(&orders)) {
        const OrderChoice chosen = choose(*found);
        // An order that is chosen can be built with, whatever stood in the body.
        if (const auto* order = std::get_if<ChosenOrder>(&chosen)) {
            const std::vector instances{samples::instance(1, 1)};
            imaging_study(samples::key(), instances, order->order, {samples::jakarta()});
            doubts({"2.25.1", instances, order->order, order->others, {}}, samples::jakarta());
        }
    }
    auto study = find_study(body, samples::key());
    if (std::holds_alternative<BodyFault>(study)) {
        const auto parsed = parse_study(body);
        if (const auto* found = std::get_if<RegisteredStudy>(&parsed)) study = *found;
    }
    if (const auto* found = std::get_if<RegisteredStudy>(&study)) {
        const auto ours = registered();
        const Merged merged = merge(found->resource, ours);
        if (merged.merging == Merging::changed || merged.merging == Merging::same) {
            auto all = instances_in(found->resource);
            all.merge(instances_in(ours));
            CHECK(instances_in(merged.resource) == all);
        }
        CHECK(read_json(bj::serialize(merged.resource)));
    }
    parse_token(body);
    for (const std::string_view type : {"application/json", "text/html", ""}) {
        for (const Step step : {Step::token, Step::search, Step::read, Step::create, Step::replace, Step::read_back}) {
            const Judgement judgement = judge(step, {status, type, body});
            if (judgement.answer == Answer::as_promised) CHECK(status / 100 == 2);
            CHECK(judgement.complaint.text.size() <= 4 * error_characters_max);
        }
        const Judgement judgement = judge_upload({status, type, body}, "2.25.1");
        CHECK(judgement.complaint.text.size() <= 4 * error_characters_max);
    }
}

std::string mutated(std::string body, const std::vector<std::string>& all, std::mt19937& random) {
    const auto below = [&](std::size_t limit) { return limit == 0 ? 0 : random() % limit; };
    static const std::vector<std::string> pieces{
        "null", "\"\"",        "[]",   "{}",       "-1", "1e308", "18446744073709551615",
        "true", "\"\\u0000\"", "<",    ">",        "&",  "]",     "}",
        "\"",   "\xFF",        "\x00", "</Value>", "0.5"};
    for (std::size_t i = 0, count = 1 + below(4); i < count; ++i) {
        const std::size_t at = below(body.size() + 1);
        switch (below(6)) {
            case 0:
                body = body.substr(0, at);
                break;
            case 1:
                body.insert(at, pieces[below(pieces.size())]);
                break;
            case 2:
                body.erase(at, 1 + below(20));
                break;
            case 3:
                if (at < body.size()) body[at] = static_cast<char>(random());
                break;
            case 4: {
                const std::string& other = all[below(all.size())];
                body.insert(at, other.substr(below(other.size()), below(200)));
                break;
            }
            default:
                body += body.substr(at, below(300));
        }
    }
    return body;
}

/// The same JSON with some value in it replaced by one of another type: what mutated bytes rarely stay.
void change_type(bj::value& value, std::mt19937& random) {
    if (value.is_object() && !value.get_object().empty() && random() % 8 != 0) {
        auto& object = value.get_object();
        return change_type((object.begin() + static_cast<std::ptrdiff_t>(random() % object.size()))->value(), random);
    }
    if (value.is_array() && !value.get_array().empty() && random() % 8 != 0)
        return change_type(value.get_array()[random() % value.get_array().size()], random);
    static const bj::array others{nullptr,
                                  true,
                                  -1,
                                  7,
                                  1e300,
                                  0.5,
                                  "",
                                  "x",
                                  "2.25.1",
                                  bj::array(),
                                  bj::object(),
                                  bj::object{{"reference", 1}},
                                  std::uint64_t{18446744073709551615U},
                                  bj::string(2000, 'y')};
    value = others[random() % others.size()];
}

unsigned seed_of_run() {
    const char* given = std::getenv("BRIDGE_SEED");
    const unsigned seed = given != nullptr ? static_cast<unsigned>(std::atoi(given)) : std::random_device{}();
    MESSAGE("BRIDGE_SEED=" << seed);
    return seed;
}

constexpr unsigned statuses[] = {0, 200, 201, 202, 204, 302, 400, 401, 404, 409, 413, 422, 429, 500, 504};

}  // namespace

TEST_CASE("mutations: bodies with bytes changed are read without a throw") {
    const unsigned seed = seed_of_run();
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto all = seeds();
    for (int i = 0; i < 6000; ++i) {
        const std::string body = mutated(all[random() % all.size()], all, random);
        CAPTURE(body);
        REQUIRE_NOTHROW(read_by_all(body, statuses[random() % std::size(statuses)]));
    }
}

TEST_CASE("mutations: bodies with values of other types are read without a throw") {
    const unsigned seed = seed_of_run();
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::vector<bj::value> all;
    for (const std::string& each : seeds())
        if (auto value = read_json(each)) all.push_back(*value);
    for (int i = 0; i < 6000; ++i) {
        bj::value value = all[random() % all.size()];
        for (unsigned changes = 1 + random() % 4; changes > 0; --changes) change_type(value, random);
        const std::string body = bj::serialize(value);
        CAPTURE(body);
        REQUIRE_NOTHROW(read_by_all(body, statuses[random() % std::size(statuses)]));
    }
}

TEST_CASE("mutations: every cut of every body is read, and no cut of a promised one is a success") {
    for (const std::string& each : seeds())
        for (std::size_t size = 0; size < each.size(); ++size) {
            const std::string_view cut = std::string_view(each).substr(0, size);
            CAPTURE(cut);
            for (const Step step : {Step::token, Step::search, Step::read, Step::create, Step::replace})
                CHECK(judge(step, {200, "application/json", cut}).answer != Answer::as_promised);
            if (size > 0) CHECK(judge_upload({202, "application/dicom+json", cut}, "2.25.2").answer != Answer::stored);
        }
}

TEST_CASE("mutations: what is huge or deep is read, or refused, in bounded memory") {
    const std::string huge(std::size_t{10} << 20, 'x');
    for (const std::string& body :
         {huge, fmt::format(R"({{"resourceType": "Bundle", "total": "{}"}})", huge),
          fmt::format(R"({{"resourceType": "{}", "id": "{}"}})", huge, huge.substr(0, 1000)),
          samples::outcome("value", huge), samples::fault(huge, huge), fmt::format("<NativeDicomModel>{}", huge),
          fmt::format(R"({{"00081198": {{"Value": [{{"00090097": {{"Value": ["{}"]}}}}]}}}})", huge),
          std::string(100'000, '['), std::string(std::size_t{17} << 20, ' ') + "{}"}) {
        CAPTURE(body.size());
        REQUIRE_NOTHROW(read_by_all(body, 200));
        for (const Step step : {Step::token, Step::search, Step::create})
            CHECK(judge(step, {200, "application/json", body}).answer != Answer::as_promised);
    }
    // Up to the depth, and not beyond it.
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    CHECK(read_json(nested(json_depth_max)));
    CHECK_FALSE(read_json(nested(json_depth_max + 1)));
    CHECK_FALSE(read_json(R"({"a": [21e308]})"));  // a number that could not be written again
    CHECK(read_json(R"({"a": 1})", 8));
    CHECK_FALSE(read_json(R"({"a": 1})", 7));
}
