// Webhooks: every study's calls are taken in their order, whatever the receiver does, and by the same key.
#include "broker/webhooks.h"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>

#include "broker/notice_body.h"
#include "tests/broker/committer/books.h"
#include "tests/support/http_server.h"

using namespace std::chrono_literals;
using books_test::Books;
using books_test::start;
using support::HttpPeer;
using support::HttpServer;

namespace {

/// Both clocks go on as the machine's does, and can be put on.
class MovableClock : public broker::Clock {
public:
    outbox::Instant now() const override {
        return start + std::chrono::floor<std::chrono::milliseconds>(monotonic() - began_);
    }
    broker::Monotonic monotonic() const override {
        return std::chrono::steady_clock::now() + std::chrono::milliseconds(ahead_ms_);
    }
    void put_on(std::chrono::milliseconds time) { ahead_ms_ += time.count(); }

private:
    const broker::Monotonic began_ = std::chrono::steady_clock::now();
    std::atomic<std::int64_t> ahead_ms_ = 0;
};

struct Call {
    std::string key, study, stage, head;
};
Call call_of(const std::string& request) {
    const auto field = [&](const std::string& name) {
        const auto at = request.find("\r\n" + name + ": ");
        if (at == std::string::npos) return std::string();
        const auto begin = at + name.size() + 4;
        return request.substr(begin, request.find("\r\n", begin) - begin);
    };
    const auto body = boost::json::parse(support::body_of(request));
    return {field("Idempotency-Key"), body.at("data").at("studyInstanceUID").as_string().c_str(),
            body.at("stage").as_string().c_str(), request.substr(0, request.find("\r\n\r\n") + 2)};
}

/// A hospital system that answers as the test says: the first calls one by one, "" by cutting the connection after it
/// has read everything, the rest with 204.
class Hospital {
public:
    explicit Hospital(std::vector<std::string> answers = {}) : answers_(std::move(answers)) {}

    std::uint16_t port() const { return server_.port(); }
    bool wait_for(std::size_t calls) const { return server_.wait_for_notes(calls); }
    std::vector<Call> calls() const {
        std::vector<Call> all;
        for (const std::string& each : server_.notes()) all.push_back(call_of(each));
        return all;
    }
    /// What is told of a study is answered with this from now on.
    void refuse(const std::string& study, const std::string& answer) {
        const std::lock_guard lock(mutex_);
        refused_study_ = study;
        refusal_ = answer;
    }

private:
    std::string answer_to(const std::string& request) {
        const std::lock_guard lock(mutex_);
        if (!refused_study_.empty() && request.find("\"" + refused_study_ + "\"") != std::string::npos) return refusal_;
        if (next_ < answers_.size()) return answers_[next_++];
        return "HTTP/1.1 204 No Content\r\n\r\n";
    }
    void serve(HttpPeer& peer) {
        for (;;) {
            const std::string request = peer.read_request();
            const std::string answer = answer_to(request);
            server_.note(request);
            if (answer == "hang") return peer.hang();
            if (answer.empty()) return peer.cut();
            peer.send(answer);
        }
    }

    std::mutex mutex_;  ///< guards what follows but the server
    std::vector<std::string> answers_;
    std::size_t next_ = 0;
    std::string refused_study_, refusal_;
    HttpServer server_{[this](HttpPeer& peer) { serve(peer); }};
};

const std::string error_500 = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";

struct House {
    explicit House(std::uint16_t port) {
        if (std::getenv("BRIDGE_TEST_LOG") == nullptr) spdlog::set_level(spdlog::level::off);
        broker::config::Destination destination;
        destination.name = "pacs";
        destination.organization_id = "100099901";
        destination.webhook =
            broker::config::Webhook{"http://127.0.0.1:" + std::to_string(port) + "/hook?from=x", "", {}};
        config.destinations.push_back(destination);
        config.delivery.backoff_base = 20ms;
        config.delivery.backoff_max = 50ms;
        run([&](outbox::Outbox& outbox) {
            const outbox::DestinationSpec spec{.name = "pacs", .kind = "satusehat", .notifies = true};
            outbox.configure({&spec, 1}, start);
        });
    }
    template <class Work>
    void run(Work work) {
        books.committer.run(broker::Turn::settlement, work);
    }
    broker::config::Webhook& webhook() { return *config.destinations.front().webhook; }
    std::unique_ptr<broker::Webhooks> webhooks() {
        auto made = std::make_unique<broker::Webhooks>(
            broker::Webhooks::Parts{books.committer, clock, books.database(), 20ms}, config);
        made->start();
        return made;
    }
    /// One call of the study: that there is no order for it, then that it has no accession number, then again.
    void tell(const std::string& study, outbox::Reason reason = outbox::Reason::order_not_found) {
        run([&](outbox::Outbox& outbox) {
            outbox.put_off_study({books.pacs, study}, reason, clock.now() + 1h, "", clock.now());
        });
    }
    outbox::WebhookView view() const { return outbox::Views(books.database()).webhook(books.pacs).value(); }
    bool wait_until_taken() const {
        return wait_until([&] { return view().waiting == 0; });
    }
    template <class Condition>
    static bool wait_until(Condition is_so) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (!is_so()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::sleep_for(5ms);  // between looks
        }
        return true;
    }
    std::int64_t events(const std::string& event) const {
        outbox::HistoryFilter filter;
        filter.event = event;
        return static_cast<std::int64_t>(
            outbox::Views(books.database()).history(filter, std::nullopt, 100).rows.size());
    }

    Books books;
    MovableClock clock;
    broker::config::Config config;
};

}  // namespace

TEST_CASE("webhook body: a success has the ids that are known and no error, a failure our code and words") {
    outbox::OpenNotice notice;
    notice.study_instance_uid = "1.2.3";
    notice.accession_number = "RAD-1";
    notice.service_request_id = "sr-1";
    notice.imaging_study_id = "is-1";
    CHECK(broker::notice_body(notice, "100099901") ==
          R"({"status":true,"stage":"dicom_sent","message":"the study has arrived as a whole","data":)"
          R"({"organizationId":"100099901","accessionNumber":"RAD-1","studyInstanceUID":"1.2.3",)"
          R"("imagingStudyId":"is-1","serviceRequestId":"sr-1"}})");
    outbox::OpenNotice failure;
    failure.study_instance_uid = "1.2.3";
    failure.stage = outbox::NoticeStage::imagingstudy_create_failed;
    failure.reason = outbox::Reason::patient_doubtful;
    failure.note = "another PatientID";
    CHECK(broker::notice_body(failure, "100099901") ==
          R"({"status":false,"stage":"imagingstudy_create_failed","message":)"
          R"("patient and order do not seem to belong together: another PatientID","data":)"
          R"({"organizationId":"100099901","studyInstanceUID":"1.2.3"},"error":[{"code":"patient_doubtful","message":)"
          R"("patient and order do not seem to belong together: another PatientID"}]})");
}

TEST_CASE("webhooks: a call is made with key, type and credentials, and is one row of the history once it is taken") {
    Hospital hospital;
    House house(hospital.port());
    const auto secret = house.books.folder.path() / "secret";
    std::ofstream(secret) << "op3n:sesame\n";
    house.webhook().user = "simrs";
    house.webhook().password.file = secret;
    house.tell("1.2.3");
    const auto webhooks = house.webhooks();
    REQUIRE(house.wait_until_taken());
    const auto call = hospital.calls().at(0);
    CHECK(call.head.starts_with("POST /hook?from=x HTTP/1.1\r\n"));
    CHECK(call.head.find("\r\nContent-Type: application/json\r\n") != std::string::npos);
    CHECK(call.head.find("\r\nAuthorization: Basic c2ltcnM6b3AzbjpzZXNhbWU=\r\n") != std::string::npos);
    CHECK(call.key.size() == 32);
    CHECK(call.stage == "metadata_lookup_failed");
    CHECK(house.events("webhook_told") == 1);
    CHECK(house.events("webhook_failing") == 0);
    CHECK(house.view().last_told_at);
    // What is made while it runs is called, too, over the same connection.
    house.tell("1.2.4");
    REQUIRE(hospital.wait_for(2));
}

TEST_CASE("webhooks: what a receiver that is down, or answers otherwise than 2xx, is told at last, by the same key") {
    Hospital hospital({error_500, "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", "",
                       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"});
    House house(support::free_port());
    house.tell("1.2.3");
    {
        const auto webhooks = house.webhooks();  // nobody listens there
        REQUIRE(House::wait_until([&] { return !house.view().last_error.empty(); }));
        CHECK(house.view().last_error == "refused");
        // Another address by a reload is tried at once.
        house.webhook().url = "http://127.0.0.1:" + std::to_string(hospital.port()) + "/";
        webhooks->set_configuration(house.config, {{"pacs", house.books.pacs}});
        REQUIRE(house.wait_until_taken());
    }
    const auto calls = hospital.calls();
    REQUIRE(calls.size() == 4);
    for (const Call& each : calls) CHECK(each.key == calls[0].key);
    CHECK(house.events("webhook_failing") == 1);
    CHECK(house.events("webhook_told") == 1);
}

TEST_CASE("webhooks: Retry-After counts for all calls of the webhook") {
    Hospital hospital({"HTTP/1.1 429 Slow\r\nRetry-After: 1800\r\nContent-Length: 0\r\n\r\n"});
    House house(hospital.port());
    house.tell("1.2.3");
    const auto webhooks = house.webhooks();
    REQUIRE(House::wait_until([&] { return !house.view().last_error.empty(); }));
    const outbox::Views views(house.books.database());
    CHECK(views.notices_due(house.books.pacs, house.clock.now() + 1700s, 10).empty());
    CHECK(views.notices_due(house.books.pacs, house.clock.now() + 1801s, 10).size() == 1);
    house.tell("1.2.4");
    house.clock.put_on(1700s);
    CHECK(hospital.calls().size() == 1);
    house.clock.put_on(101s);
    REQUIRE(house.wait_until_taken());
    CHECK(hospital.calls().size() == 3);
}

TEST_CASE("webhooks: an answer that is lost after the call was taken leads to the same call again, by the same key") {
    Hospital hospital({""});
    House house(hospital.port());
    house.tell("1.2.3");
    const auto webhooks = house.webhooks();
    REQUIRE(house.wait_until_taken());
    const auto calls = hospital.calls();
    REQUIRE(calls.size() == 2);
    CHECK(calls[0].key == calls[1].key);
    CHECK(calls[0].stage == calls[1].stage);
}

TEST_CASE("webhooks: a study's calls keep their order, and one that is refused for ever keeps no other study back") {
    Hospital hospital;
    hospital.refuse("1.2.3", error_500);
    House house(hospital.port());
    house.tell("1.2.3");
    house.tell("1.2.3", outbox::Reason::no_accession);
    house.tell("1.2.4");
    const auto webhooks = house.webhooks();
    REQUIRE(House::wait_until([&] { return house.view().waiting == 2; }));
    house.tell("1.2.5");
    REQUIRE(House::wait_until([&] { return house.events("webhook_told") == 2; }));
    CHECK(house.view().last_error == "HTTP 500");
    hospital.refuse("", "");
    REQUIRE(house.wait_until_taken());
    std::vector<std::string> keys;
    for (const Call& each : hospital.calls())
        if (each.study == "1.2.3" && (keys.empty() || keys.back() != each.key)) keys.push_back(each.key);
    CHECK(keys.size() == 2);  // never the second before the first was taken
    CHECK(house.events("webhook_failing") == 1);
}

TEST_CASE("webhooks: many calls that are refused, each for itself, are no storm") {
    Hospital hospital(std::vector<std::string>(1000, error_500));
    House house(hospital.port());
    house.config.delivery.backoff_base = 1h;
    house.config.delivery.backoff_max = 1h;
    for (int i = 0; i < 10; ++i) house.tell("1.2." + std::to_string(i));
    const auto webhooks = house.webhooks();
    REQUIRE(hospital.wait_for(3));
    REQUIRE(House::wait_until([&] { return house.events("webhook_failing") == 3; }));
    house.tell("1.3");
    CHECK(hospital.calls().size() == 3);
    house.clock.put_on(61min);
    REQUIRE(hospital.wait_for(6));
}

TEST_CASE("webhooks: a stop in the middle of a call is prompt, and the next start makes the call again") {
    Hospital hospital({"hang"});
    House house(hospital.port());
    house.tell("1.2.3");
    {
        const auto webhooks = house.webhooks();
        REQUIRE(hospital.wait_for(1));
        const auto before = std::chrono::steady_clock::now();
        webhooks->stop();
        webhooks->stop();
        CHECK(std::chrono::steady_clock::now() - before < 5s);
    }
    CHECK(house.view().waiting == 1);
    CHECK(house.events("webhook_failing") == 0);
    const auto webhooks = house.webhooks();
    REQUIRE(house.wait_until_taken());
    const auto calls = hospital.calls();
    REQUIRE(calls.size() == 2);
    CHECK(calls[0].key == calls[1].key);
}

TEST_CASE("webhooks: a secret that cannot be read is told by its file, nothing is sent, and a reload mends it") {
    Hospital hospital;
    House house(hospital.port());
    const auto secret = house.books.folder.path() / "secret";
    house.webhook().user = "simrs";
    house.webhook().password.file = secret;
    house.config.delivery.backoff_base = 1h;
    house.tell("1.2.3");
    const auto webhooks = house.webhooks();
    REQUIRE(House::wait_until([&] { return !house.view().last_error.empty(); }));
    CHECK(house.view().last_error.find(secret.string()) != std::string::npos);
    CHECK(hospital.calls().empty());
    std::ofstream(secret) << "password\n";
    webhooks->set_configuration(house.config, {{"pacs", house.books.pacs}});
    CHECK(house.wait_until_taken());
    // A configuration without a webhook calls nobody.
    house.config.destinations.front().webhook.reset();
    webhooks->set_configuration(house.config, {{"pacs", house.books.pacs}});
    house.tell("1.2.4");
    CHECK(house.view().waiting == 1);
    CHECK(hospital.calls().size() == 1);
}

TEST_CASE("webhooks: an address that is none is no reason not to start, and is told in the log alone") {
    House house(1);
    house.webhook().url = "https://user@host/x#y";
    house.tell("1.2.3");
    const auto webhooks = house.webhooks();
    CHECK(house.view().waiting == 1);
}
