// The registrar against the simulator, over HTTP: what the platform has in the end, in both of its duplicate profiles.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/deliver/satusehat/http_platform.h"
#include "tests/broker/deliver/satusehat/study_house.h"

namespace {

using namespace satusehat_test;
using namespace std::chrono_literals;

/// The program of the build tree, for as long as this lives.
class Simulator {
public:
    explicit Simulator(const std::string& profile) {
        int in[2], out[2];
        REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
        REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
        child_ = ::fork();
        if (child_ == 0) {
            ::dup2(in[0], 0);
            ::dup2(out[1], 1);
            const std::string order = std::string(samples::accession) + ",CT,P07770000123,2026-03-02T00:30:00+00:00";
            const std::string organization(samples::organization);
            ::execl(BRIDGE_SIMULATOR, BRIDGE_SIMULATOR, "--port", "0", "--json", "--until-stdin-ends", "--no-orders",
                    "--organization", organization.c_str(), "--order", order.c_str(), "--profile", profile.c_str(),
                    nullptr);
            ::_exit(127);
        }
        ::close(in[0]);
        ::close(out[1]);
        stdin_ = in[1];
        std::string line;
        for (char c = 0; ::read(out[0], &c, 1) == 1 && c != '\n';) line += c;
        ::close(out[0]);
        REQUIRE_MESSAGE(!line.empty(), "the simulator did not start");
        told_ = boost::json::parse(line).as_object();
    }
    ~Simulator() {
        ::close(stdin_);
        ::waitpid(child_, nullptr, 0);
    }
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;

    HttpPlatformSettings settings() const {
        broker::http::Options server{*broker::http::Url::parse(text("url"))};
        server.user_agent = "DICOM-Bridge-Test/1";
        return {server, "/oauth2/v1/accesstoken", "/fhir-r4/v1", std::string(samples::organization),
                [id = text("client_id"), secret = text("client_secret")] {
                    return Credentials{id, secret};
                }};
    }
    boost::json::value control(broker::http::Method method, const std::string& path, const std::string& body = "") {
        broker::http::Client client({*broker::http::Url::parse(text("url"))});
        broker::http::Request request;
        request.method = method;
        request.target = *broker::http::Target::parse("/_simulator" + path);
        if (!body.empty()) {
            request.headers.add("Content-Type", "application/json");
            request.body = body;
        }
        const broker::http::Interrupt never;
        const auto outcome = client.perform(request, never);
        REQUIRE(std::holds_alternative<broker::http::Response>(outcome));
        const auto& response = std::get<broker::http::Response>(outcome);
        REQUIRE_MESSAGE(response.status < 300, response.body);
        return boost::json::parse(response.body);
    }
    void fault(const std::string& json) { control(broker::http::Method::post, "/faults", json); }
    /// The SOP Instance UIDs that its one study lists; and that there is only one.
    std::size_t listed() {
        const auto all = control(broker::http::Method::get, "/studies");
        const auto& studies = all.is_array() ? all.get_array() : all.at("studies").as_array();
        REQUIRE(studies.size() == 1);
        const auto& versions = studies.front().at("versions").as_array();
        std::size_t count = 0;
        for (const auto& series : versions.back().at("resource").at("series").as_array())
            count += series.at("instance").as_array().size();
        return count;
    }

private:
    std::string text(const char* key) const { return std::string(told_.at(key).as_string()); }

    pid_t child_ = -1;
    int stdin_ = -1;
    boost::json::object told_;
};

const char* const profiles[] = {"reject_duplicates=false", "reject_duplicates=true"};

}  // namespace

TEST_CASE("simulated: a study in three parts is one ImagingStudy that lists all of it") {
    for (const char* profile : profiles) {
        CAPTURE(profile);
        Simulator simulator(profile);
        const broker::SystemClock clock;
        HttpPlatform platform(simulator.settings(), clock);
        StudyHouse house(platform, {});
        std::size_t count = 0;
        for (int part = 0; part < 3; ++part) {
            for (int n = 0; n < 2; ++n) house.take(samples::instance(1 + part % 2, static_cast<int>(++count)));
            CHECK_FALSE(house.look());
            CHECK(simulator.listed() == count);
            CHECK(house.claimable() == 2);
            house.begin();
        }
    }
}

TEST_CASE("simulated: an answer that is lost after the write is not followed by a second study") {
    for (const char* profile : profiles)
        for (
            const char* fault :
            {R"json({"kind":"drop_after_commit","route":"imagingstudy_create"})json",
             R"json({"kind":"drop_before_commit","route":"imagingstudy_create"})json",
             R"json({"kind":"truncate","route":"imagingstudy_create"})json",
             R"json({"kind":"html","route":"imagingstudy_create"})json",
             R"json({"kind":"answer","route":"imagingstudy_create","status":504,"body":"gateway_timeout","commit":true})json"}) {
            CAPTURE(profile);
            CAPTURE(fault);
            Simulator simulator(profile);
            const broker::SystemClock clock;
            HttpPlatform platform(simulator.settings(), clock);
            StudyHouse house(platform, {});
            house.take(samples::instance(1, 1));
            simulator.fault(fault);
            CHECK(house.look());
            house.begin();
            house.now += 30s;
            CHECK_FALSE(house.look());
            CHECK(simulator.listed() == 1);
            CHECK(house.claimable() == 1);
        }
}

TEST_CASE("simulated: a token that is revoked in the middle is replaced, and wrong credentials stop the lane") {
    Simulator simulator(profiles[0]);
    const broker::SystemClock clock;
    HttpPlatform platform(simulator.settings(), clock);
    StudyHouse house(platform, {});
    house.take(samples::instance(1, 1));
    CHECK_FALSE(house.look());
    simulator.control(broker::http::Method::post, "/tokens/revoke", "{}");
    house.take(samples::instance(1, 2));
    CHECK_FALSE(house.look());
    CHECK(simulator.listed() == 2);
    auto settings = simulator.settings();
    settings.credentials = [] { return Credentials{"somebody", "else"}; };
    HttpPlatform stranger(settings, clock);
    StudyHouse other(stranger, {});
    const auto job = other.take(samples::instance(1, 3));
    const auto halt = other.look();
    REQUIRE(halt);
    CHECK(row_of(std::get<Judgement>(halt->why).answer).course == Course::hold_lane);
    CHECK(other.job(job).state == outbox::State::queued);
}

TEST_CASE("simulated: another organization's order stops the lane") {
    Simulator simulator(profiles[0]);
    const broker::SystemClock clock;
    auto settings = simulator.settings();
    settings.organization = "100999999";
    HttpPlatform platform(settings, clock);
    StudyHouse house(platform, {});
    house.take(samples::instance(1, 1));
    // Its orders are not there for us, whatever the accession number.
    CHECK_FALSE(house.look());
    CHECK(house.registration().stage == outbox::Stage::order_not_found);
}
