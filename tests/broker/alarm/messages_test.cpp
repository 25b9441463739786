/// Messages: each alarm is told to each recipient, in order and by one key, whatever the recipient does.
#include "broker/alarm/messages.h"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>

#include "broker/alarm/mail.h"
#include "broker/alarm/message_body.h"
#include "broker/alarm/recipients.h"
#include "tests/broker/alarm/post_office.h"
#include "tests/broker/committer/books.h"
#include "tests/support/certificates.h"

using namespace std::chrono_literals;
using alarm_test::PostOffice;
using books_test::Books;
using books_test::start;
using support::HttpPeer;
using support::HttpServer;

namespace {

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

/// A program that is told: what it answers first, one by one, "" by cutting the connection; then 204.
class Desk {
public:
    explicit Desk(std::vector<std::string> answers = {}) : answers_(std::move(answers)) {}

    std::uint16_t port() const { return server_.port(); }
    bool wait_for(std::size_t calls) const { return server_.wait_for_notes(calls); }
    std::vector<std::string> calls() const { return server_.notes(); }
    static boost::json::object body(const std::string& call) {
        return boost::json::parse(support::body_of(call)).as_object();
    }
    static std::string key(const std::string& call) {
        const std::string name = "\r\nIdempotency-Key: ";
        const auto begin = call.find(name) + name.size();
        return call.substr(begin, call.find("\r\n", begin) - begin);
    }

private:
    void serve(HttpPeer& peer) {
        for (;;) {
            const std::string request = peer.read_request();
            std::string answer = "HTTP/1.1 204 No Content\r\nDate: Thu, 09 Oct 2025 09:00:00 GMT\r\n\r\n";
            {
                const std::lock_guard lock(mutex_);
                if (next_ < answers_.size()) answer = answers_[next_++];
            }
            server_.note(request);
            if (answer == "hang") return peer.hang();
            if (answer.empty()) return peer.cut();
            peer.send(answer);
        }
    }

    std::mutex mutex_;  ///< guards next_
    const std::vector<std::string> answers_;
    std::size_t next_ = 0;
    HttpServer server_{[this](HttpPeer& peer) { serve(peer); }};
};

const std::string error_500 = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";

broker::config::Notify webhook(std::uint16_t port, const std::string& path = "/alarm") {
    broker::config::Notify notify;
    notify.url = "http://127.0.0.1:" + std::to_string(port) + path;
    return notify;
}
broker::config::Notify mail(std::uint16_t port) {
    broker::config::Notify notify;
    notify.kind = broker::config::NotifyKind::smtp;
    notify.host = "127.0.0.1";
    notify.port = port;
    notify.from = "bridge@rs.example";
    notify.to = {"duty@rs.example", "it@rs.example"};
    notify.security = broker::config::MailSecurity::none;
    return notify;
}

struct House {
    explicit House(std::vector<broker::config::Notify> notify) {
        if (std::getenv("BRIDGE_TEST_LOG") == nullptr) spdlog::set_level(spdlog::level::off);
        broker::alarm::start_mail();
        config.node.name = "rs-contoh";
        config.delivery.backoff_base = 20ms;
        config.delivery.backoff_max = 50ms;
        config.notify = std::move(notify);
        configure();
    }
    template <class Work>
    auto run(Work work) {
        return books.committer.run(broker::Turn::settlement, work);
    }
    void configure() {
        run([&](outbox::Outbox& outbox) {
            outbox.configure_recipients(broker::alarm::recipients_of(config), clock.now());
        });
    }
    std::unique_ptr<broker::alarm::Messages> messages() {
        auto made = std::make_unique<broker::alarm::Messages>(
            broker::alarm::Messages::Parts{
                .committer = books.committer,
                .clock = clock,
                .database = books.database(),
                .heard_date = [this](const std::string& server, const auto&) { heard = server; },
                .look_every = 20ms},
            config);
        made->start();
        return made;
    }
    void raise(const std::string& name = "unrouted", const std::string& subject = "") {
        run([&](outbox::Outbox& outbox) {
            outbox.raise_alarm({name, subject, start, 3, "3 instances match no route", "name a route"}, clock.now());
        });
    }
    void clear() {
        const auto open = outbox::Views(books.database()).alarms();
        run([&](outbox::Outbox& outbox) {
            for (const auto& each : open) outbox.clear_alarm(each.id, clock.now());
        });
    }
    outbox::RecipientView view(std::size_t index = 0) const {
        const auto key = broker::alarm::recipient_of(config.notify.at(index)).key;
        return outbox::Views(books.database()).recipient(key).value();
    }
    bool wait_until_told(std::size_t index = 0) const {
        return wait_until([&] { return view(index).waiting == 0; });
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
    std::size_t events(const std::string& event) const {
        outbox::HistoryFilter filter;
        filter.event = event;
        return outbox::Views(books.database()).history(filter, std::nullopt, 100).rows.size();
    }

    Books books;
    MovableClock clock;
    broker::config::Config config;
    std::string heard;
};

outbox::OpenMessage message(outbox::AlarmEvent event = outbox::AlarmEvent::raised) {
    outbox::OpenMessage made;
    made.event = event;
    made.alarm = {"held", "pacs-a", start, 3, "3 jobs for pacs-a wait for a person", "release them"};
    made.at = start;
    made.idempotency_key = "0123456789abcdef0123456789abcdef";
    return made;
}

}  // namespace

TEST_CASE("message body: a webhook is told the node, what happened, when, and the alarm") {
    CHECK(broker::alarm::json_of(message(), "rs-contoh") ==
          R"({"node":"rs-contoh","event":"raised","at":"2025-10-09T08:53:20.000Z","alarm":{"name":"held",)"
          R"("subject":"pacs-a","since":"2025-10-09T08:53:20.000Z","count":3,)"
          R"("text":"3 jobs for pacs-a wait for a person","hint":"release them"}})");
    CHECK(broker::alarm::json_of(message(outbox::AlarmEvent::cleared), "n").find(R"("event":"cleared")") !=
          std::string::npos);
}

TEST_CASE("message body: a mail is plain text in a head that no word of an alarm can end") {
    auto hostile = message();
    hostile.alarm.subject = "x\r\nBcc: somebody@evil.example\r\n\r\nhello";
    const std::string text =
        broker::alarm::mail_of(hostile, "Rumah Sakit Pusat Penelitian Universitas yang Panjang é", mail(25));
    const std::string head = text.substr(0, text.find("\r\n\r\n"));
    CHECK(head.starts_with("Date: Thu, 09 Oct 2025 08:53:20 +0000\r\nFrom: <bridge@rs.example>\r\n"));
    CHECK(head.find("To: <duty@rs.example>,\r\n <it@rs.example>\r\n") != std::string::npos);
    CHECK(head.find("Message-ID: <0123456789abcdef0123456789abcdef@rs.example>") != std::string::npos);
    CHECK(head.find("Bcc") == std::string::npos);
    CHECK(text.find("\n.") == std::string::npos);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        REQUIRE(line.ends_with('\r'));
        CHECK(line.size() <= 79);
        for (const char c : line) CHECK(static_cast<unsigned char>(c) < 0x80);
    }
}

TEST_CASE("recipients: a place is one, whatever its secrets, and its name tells none") {
    broker::config::Notify one = webhook(80, "/hook?token=s3cret"), same = one,
                           other = webhook(80, "/hook?token=other");
    same.token.file = "/etc/token";
    CHECK(broker::alarm::recipient_of(one).key == broker::alarm::recipient_of(same).key);
    CHECK(broker::alarm::recipient_of(one).key != broker::alarm::recipient_of(other).key);
    CHECK(broker::alarm::recipient_of(one).label == "webhook 127.0.0.1");
    broker::config::Notify post = mail(25), moved = post, fewer = post;
    post.password.env = "SECRET";
    moved.host = "mail.example";
    fewer.to.pop_back();
    CHECK(broker::alarm::recipient_of(mail(25)).key == broker::alarm::recipient_of(post).key);
    CHECK(broker::alarm::recipient_of(moved).key != broker::alarm::recipient_of(post).key);
    CHECK(broker::alarm::recipient_of(fewer).key != broker::alarm::recipient_of(post).key);
    CHECK(broker::alarm::recipient_of(moved).label == "smtp mail.example");
    broker::config::Config config;
    config.notify = {one, same, post};
    CHECK(broker::alarm::recipients_of(config).size() == 2);
}

TEST_CASE("messages: a webhook is told that an alarm is raised, and that it is over, with its token") {
    Desk desk;
    House house({webhook(desk.port())});
    const auto secret = house.books.folder.path() / "token";
    std::ofstream(secret) << "op3n\n";
    house.config.notify[0].token.file = secret;
    const auto messages = house.messages();
    house.raise();
    messages->wake();
    REQUIRE(desk.wait_for(1));
    house.clear();
    messages->wake();
    REQUIRE(house.wait_until_told());
    const auto calls = desk.calls();
    REQUIRE(calls.size() == 2);
    CHECK(calls[0].starts_with("POST /alarm HTTP/1.1\r\n"));
    CHECK(calls[0].find("\r\nAuthorization: Bearer op3n\r\n") != std::string::npos);
    CHECK(calls[0].find("\r\nContent-Type: application/json\r\n") != std::string::npos);
    CHECK(Desk::body(calls[0]).at("event") == "raised");
    CHECK(Desk::body(calls[0]).at("node") == "rs-contoh");
    CHECK(Desk::body(calls[0]).at("alarm").at("count") == 3);
    CHECK(Desk::body(calls[1]).at("event") == "cleared");
    CHECK(Desk::key(calls[0]) != Desk::key(calls[1]));
    CHECK(house.events("alarm_told") == 2);
    CHECK(house.heard == "127.0.0.1");
}

TEST_CASE("messages: what is not taken is told again by the same key, and what is over waits for its beginning") {
    Desk desk({error_500, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "",
               "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"});
    House house({webhook(desk.port())});
    house.raise();
    house.clear();
    const auto messages = house.messages();
    REQUIRE(house.wait_until_told());
    const auto calls = desk.calls();
    REQUIRE(calls.size() == 5);
    for (int i = 1; i < 4; ++i) CHECK(Desk::key(calls[0]) == Desk::key(calls[i]));
    CHECK(Desk::body(calls[3]).at("event") == "raised");
    CHECK(Desk::body(calls[4]).at("event") == "cleared");
    CHECK(house.events("alarm_untold") == 1);
    CHECK(house.events("alarm_told") == 2);
}

TEST_CASE("messages: a recipient that is down keeps no other waiting, and is told at once after a restart") {
    Desk desk, down({"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"});
    House house({webhook(down.port()), webhook(desk.port())});
    house.config.delivery.backoff_base = 1h;
    house.config.delivery.backoff_max = 1h;
    house.raise();
    {
        const auto messages = house.messages();
        REQUIRE(house.wait_until_told(1));
        REQUIRE(House::wait_until([&] { return !house.view(0).last_error.empty(); }));
        CHECK(house.view(0).last_error == "HTTP 503");
        house.raise("held", "pacs");
        REQUIRE(desk.wait_for(2));
        CHECK(house.view(0).waiting == 2);
        CHECK(down.calls().size() == 1);
    }
    // Whatever it was put off to.
    const auto messages = house.messages();
    REQUIRE(house.wait_until_told(0));
    const auto calls = down.calls();
    REQUIRE(calls.size() == 3);
    CHECK((Desk::key(calls[0]) == Desk::key(calls[1])) != (Desk::key(calls[0]) == Desk::key(calls[2])));
    CHECK(house.events("alarm_untold") == 1);
}

TEST_CASE("messages: who leaves the configuration is told nothing more, who comes hears what is raised") {
    Desk old, fresh({"hang"});
    House house({webhook(support::free_port())});
    house.raise();
    const auto messages = house.messages();
    REQUIRE(House::wait_until([&] { return house.events("alarm_untold") == 1; }));
    house.config.notify = {webhook(old.port())};
    house.configure();
    messages->set_configuration(house.config);
    REQUIRE(old.wait_for(1));
    CHECK(house.events("alarms_untold_dropped") == 1);
    CHECK(Desk::body(old.calls()[0]).at("alarm").at("name") == "unrouted");
    REQUIRE(house.wait_until_told());
    // A stop in the middle of a call is prompt.
    house.config.notify = {webhook(fresh.port())};
    house.configure();
    messages->set_configuration(house.config);
    REQUIRE(fresh.wait_for(1));
    const auto before = std::chrono::steady_clock::now();
    messages->stop();
    messages->stop();
    CHECK(std::chrono::steady_clock::now() - before < 10s);
    CHECK(house.view().waiting == 1);
}

TEST_CASE("messages: mails go to all addresses, with a login, and one that is refused keeps no other from being told") {
    PostOffice office;
    House house({mail(office.port())});
    const auto secret = house.books.folder.path() / "password";
    std::ofstream(secret) << "s3same\n";
    house.config.notify[0].user = "bridge";
    house.config.notify[0].password.file = secret;
    const auto messages = house.messages();
    house.raise();
    messages->wake();
    REQUIRE(house.wait_until_told());
    REQUIRE(office.mails().size() == 1);
    const alarm_test::Mail first = office.mails()[0];
    CHECK(first.from == "bridge@rs.example");
    CHECK(first.to == std::vector<std::string>{"duty@rs.example", "it@rs.example"});
    CHECK(first.login == "AGJyaWRnZQBzM3NhbWU=");  // \0bridge\0s3same
    CHECK_FALSE(first.is_encrypted);
    // "An alarm was raised at rs-contoh.", in base64
    CHECK(first.text.find("QW4gYWxhcm0gd2FzIHJhaXNlZCBhdCBycy1jb250b2gu") != std::string::npos);

    office.set({.refused_address = "it@rs.example"});
    house.clear();
    messages->wake();
    REQUIRE(house.wait_until_told());
    CHECK(office.mails().at(1).to == std::vector<std::string>{"duty@rs.example"});
    CHECK(office.mails().at(1).text.find("QW4gYWxhcm0gaXMgb3ZlciBhdCBycy1jb250b2gu") != std::string::npos);
}

TEST_CASE("messages: a mail that the server did not take, or cut off, is sent again as the same mail") {
    for (const std::string answer : {"", "451 try again", "554 no"}) {
        CAPTURE(answer);
        PostOffice office({.answer_to_mail = answer});
        House house({mail(office.port())});
        house.raise();
        const auto messages = house.messages();
        REQUIRE(office.wait_for(1));
        REQUIRE(House::wait_until([&] { return !house.view().last_error.empty(); }));
        if (!answer.empty())
            CHECK(house.view().last_error.find("(SMTP " + answer.substr(0, 3) + ")") != std::string::npos);
        office.set({});
        REQUIRE(house.wait_until_told());
        const auto mails = office.mails();
        REQUIRE(mails.size() >= 2);
        const auto id = [](const alarm_test::Mail& mail) {
            const auto at = mail.text.find("Message-ID: ");
            return mail.text.substr(at, mail.text.find('\n', at) - at);
        };
        CHECK(id(mails.front()) == id(mails.back()));
        CHECK(house.events("alarm_untold") == 1);
    }
    PostOffice closed({.greeting = "554 go away"});
    House house({mail(closed.port())});
    house.raise();
    const auto messages = house.messages();
    REQUIRE(House::wait_until([&] { return !house.view().last_error.empty(); }));
    CHECK(house.view().waiting == 1);
    CHECK(closed.mails().empty());
}

TEST_CASE("messages: a mail server is spoken to under TLS, by a certificate that is right, or not at all") {
    support::TempFolder folder;
    support::Authority authority(folder.path(), "ours"), stranger(folder.path(), "stranger");
    const char* const variable = "SSL_CERT_FILE";
    ::setenv(variable, authority.ca_file().c_str(), 1);
    {
        PostOffice office({.starttls = support::HttpTls{authority.issue()}});
        House house({mail(office.port())});
        house.config.notify[0].security = broker::config::MailSecurity::starttls;
        house.raise();
        const auto messages = house.messages();
        REQUIRE(house.wait_until_told());
        CHECK(office.mails().at(0).is_encrypted);
    }
    struct Row {
        const char* what;
        std::optional<support::HttpTls> tls;
    };
    for (const Row& row : {Row{"another authority", support::HttpTls{stranger.issue()}},
                           Row{"another name", support::HttpTls{authority.issue({"x", "DNS:elsewhere"})}},
                           Row{"expired", support::HttpTls{authority.issue({"localhost", "IP:127.0.0.1", -10, -1})}},
                           Row{"no TLS", std::nullopt}}) {
        CAPTURE(row.what);
        PostOffice office({.starttls = row.tls});
        House house({mail(office.port())});
        house.config.notify[0].security = broker::config::MailSecurity::starttls;
        house.raise();
        const auto messages = house.messages();
        REQUIRE(House::wait_until([&] { return !house.view().last_error.empty(); }));
        CHECK(office.mails().empty());
        CHECK(house.view().waiting == 1);
    }
    ::unsetenv(variable);
}
