/// Rig: a server in a temporary folder, with a broker that is whatever the test says, and an outbox with real rows.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "outbox/outbox.h"
#include "tests/support/temp_folder.h"
#include "web/accounts.h"
#include "web/act.h"
#include "web/broker_state.h"
#include "web/explain.h"
#include "web/render.h"
#include "web/server.h"

namespace test {

/// 2026-01-15T08:30:00.250Z
inline constexpr outbox::Instant now{std::chrono::milliseconds(1'768'465'800'250)};

class SetBroker : public web::BrokerState {
public:
    web::Node node() const override { return {"rs-contoh", "0.1.0", "Asia/Jakarta", now}; }
    web::Receive receive() const override {
        if (is_accepting) return {true, now, "", 2, refused.load()};
        return {false, now, "the disk is full", 0, refused.load()};
    }
    web::Space space() const override { return {1'000'000, 2'000'000, web::SpoolState::warn, std::nullopt}; }
    std::optional<web::Lane> lane(const outbox::DestinationView&) const override {
        return web::Lane{web::Breaker::half_open, 1.26, std::nullopt};
    }

    std::vector<web::Certificate> certificates() const override {
        return {{"dicom.tls", "CN=bridge", std::chrono::floor<std::chrono::seconds>(now) + std::chrono::days(10)}};
    }

    web::Measured measured() const override { return counted; }

    web::Measured counted;  ///< set before anybody asks
    std::atomic<bool> is_accepting = true;
    std::atomic<std::int64_t> refused = 0;
};

/// The outbox of a rig, one caller at a time.
struct Books {
    outbox::Outbox& outbox;
    std::mutex mutex = {};  ///< guards the outbox

    template <class Work>
    auto commit(Work work) {
        const std::lock_guard lock(mutex);
        outbox::Outbox::Transaction transaction(outbox);
        auto result = work();
        transaction.commit();
        return result;
    }
};

/// Users as the broker has them changed, but on the caller's thread; and a disk that is full when the test says so.
class DirectAccounts : public web::Accounts {
public:
    explicit DirectAccounts(Books& books) : books_(books) {}

    std::optional<outbox::UserId> add_user(const outbox::NewUser& user, const outbox::Actor& actor) override;
    std::optional<outbox::UserId> add_first_user(const outbox::NewUser& user, const outbox::Actor& actor) override;
    bool change_password(std::string_view user, std::string_view password, const outbox::Actor& actor) override;
    bool remove_user(std::string_view user, const outbox::Actor& actor) override;
    std::optional<outbox::TokenId> add_token(const outbox::NewToken& token, const outbox::Actor& actor) override;
    bool remove_token(outbox::TokenId token, const outbox::Actor& actor) override;
    void record_look(const outbox::Look& look) override;
    void record_entry(const outbox::Entry& entry) override;

    std::atomic<bool> is_full = false;

private:
    Books& books_;
};

/// Acts on the outbox as the broker does, but on the caller's thread.
class DirectAct : public web::Act {
public:
    DirectAct(Books& books, std::filesystem::path database)
        : books_(books), outbox_(books.outbox), database_(std::move(database)) {}

    outbox::Applied act(outbox::Verb verb, outbox::JobId job, const outbox::Actor& actor) override;
    web::Changed act(outbox::Verb verb, const outbox::JobFilter& filter, const outbox::Actor& actor,
                     const Progress& progress) override;
    std::vector<outbox::Assigned> assign(const web::Assignment& assignment, const outbox::Actor& actor) override;
    bool pause(std::string_view destination, std::string_view reason, std::optional<outbox::Instant> until,
               const outbox::Actor& actor) override;
    bool resume(std::string_view destination, const outbox::Actor& actor) override;
    std::optional<web::Echo> echo(std::string_view destination, const outbox::Actor& actor) override;
    web::Added add(const web::Addition& addition, const outbox::Actor& actor, const Watch& watch) override;
    web::Changed move(const web::Transfer& transfer, const outbox::Actor& actor, const Progress& progress) override;

    std::string last_actor() const;

    std::atomic<bool> is_echo_under_way = false;

private:
    template <class Work>
    auto in_transaction(Work work);

    Books& books_;
    outbox::Outbox& outbox_;
    const std::filesystem::path database_;
    std::string last_actor_;  ///< guarded by the books' mutex
};

/// Answers what the test says, and remembers what it was asked.
class SetConfigure : public web::Configure {
public:
    web::Configuration configuration() const override {
        return {"[node]\nname = \"rs-contoh\"\n", "ab12", {"/etc/dicom-bridge/bridge.toml"}, now, {}};
    }
    web::Reloaded reload(bool is_dry_run, const outbox::Actor& actor) override {
        const std::lock_guard lock(mutex);
        asked.push_back((is_dry_run ? "dry " : "") + actor.name + " " + actor.note);
        return reloaded;
    }

    std::mutex mutex;  ///< guards the rest
    web::Reloaded reloaded;
    std::vector<std::string> asked;
};

/// Rules that say what the test says.
class SetExplain : public web::Explain {
public:
    std::optional<web::Explanation> explain(const Kept& instance, const web::Arrival& arrival) const override;
    web::Parsed<web::Explanation> explain(const web::Tags& tags, const web::Arrival& arrival) const override;
    web::Parsed<Comparison> compare(const web::Proposal& proposal) const override;

    web::Tags last_tags() const;
    web::Proposal last_proposal() const;

    std::atomic<bool> is_readable = true;

private:
    mutable std::mutex mutex_;  ///< guards the rest
    mutable web::Tags last_tags_;
    mutable web::Proposal last_proposal_;
};

/// Answers what the test says, and remembers what it was asked.
class SetRender : public web::Render {
public:
    std::variant<web::Rendered, web::NotRendered> render(const outbox::Digest& digest, const web::Rendition& rendition,
                                                         const std::stop_token& stop) override;

    std::optional<std::vector<web::NamedWindow>> windows(const outbox::Digest&, std::string_view) const override {
        if (!has_bytes) return std::nullopt;
        return std::vector<web::NamedWindow>{{{40, 80, web::WindowFunction::linear}, "BRAIN"},
                                             {{-600, 1500, web::WindowFunction::sigmoid}, "<b>LUNG"}};
    }
    std::atomic<bool> has_bytes = true;

    /// Until it is let go: pictures that are asked for meanwhile are waited for.
    void hang(bool is_hanging);
    int waiting() const;
    void answer(std::variant<web::Rendered, web::NotRendered> with);
    /// The same of one instance alone, by the last byte of its digest.
    void answer_of(std::byte last_byte, std::variant<web::Rendered, web::NotRendered> with);

    outbox::Digest last_digest() const;
    web::Rendition last_rendition() const;
    int asked() const;

private:
    mutable std::mutex mutex_;  ///< guards the rest
    std::condition_variable_any let_go_;
    bool is_hanging_ = false;
    int waiting_ = 0, asked_ = 0;
    std::map<std::byte, std::variant<web::Rendered, web::NotRendered>> answers_;
    std::variant<web::Rendered, web::NotRendered> answer_ = web::Rendered{"a picture", 1, 1, std::nullopt};
    outbox::Digest last_digest_{};
    web::Rendition last_rendition_;
};

/// What one received instance is in these tests; the rest is the same for all.
struct Received {
    std::string sop_instance_uid = "1.2.3.1";
    std::string study_instance_uid = "1.2.3";
    std::string patient_name = "Doe^Jane";
    std::vector<std::string> destinations = {"pacs-a"};
    std::string series_instance_uid = "";  ///< "": the study's, and ".1"
    std::string sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
    std::string instance_number = "";
    std::string modality = "CT";
    std::string series_number = "";
};

class Rig {
public:
    /// With the routes of the API over open access, unless told.
    explicit Rig(web::Access access = web::Access::open, web::Limits limits = {});
    /// With routes of the test's own.
    Rig(std::vector<web::Route> routes, web::Limits limits);
    ~Rig();

    /// Takes custody of an instance; its jobs, queued.
    std::vector<outbox::JobId> receive(const Received& received);
    /// The same of so many instances of one series without jobs, numbered from 1, at once.
    void receive_many(int instances);
    std::uint16_t port() const { return server->port(); }
    std::filesystem::path socket() const { return folder.path() / "api.sock"; }
    std::filesystem::path database() const { return folder.path() / "outbox.db"; }

    support::TempFolder folder;
    outbox::Outbox outbox;
    SetBroker broker;
    Books books{outbox};
    DirectAct act;
    DirectAccounts accounts{books};
    SetConfigure configure;
    SetExplain explain;
    SetRender render;
    std::unique_ptr<web::Server> server;

private:
    void begin();
    std::vector<outbox::JobId> accept(const Received& received);
    web::Running running();
    web::ServerSettings settings(web::Access access, const web::Limits& limits) const;
    unsigned received_ = 0;
};

}  // namespace test
