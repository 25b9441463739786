/// RandomBooks: a database with random instances, jobs in every state and their history, made by SQL and not by the
/// outbox's verbs, and a plain copy of what is in it to compare the views with.
///
/// One thread at a time. The seed is printed when a test fails.
#pragma once

#include <map>
#include <random>
#include <vector>

#include "outbox/database.h"
#include "outbox/filter.h"
#include "outbox/statement.h"
#include "outbox/views.h"
#include "tests/support/temp_folder.h"

namespace outbox::testing {

/// A job with what its instance says, as plain rows have it.
struct PlainJob {
    JobId id;
    InstanceId instance;
    std::int64_t destination = 0;
    std::string destination_name;
    State state = State::queued;
    Reason reason = Reason::none;
    int priority = 0;
    bool is_warning = false;
    Instant created_at, owed_since, due_at;
    std::string sender, calling_ae_title, modality, study, accession, patient, blob_state;
    bool is_edit_due = false;
};

struct PlainHistory {
    std::int64_t sequence = 0;
    Instant at;
    std::string event, actor, destination;
    bool has_instance = false;
    std::string study, accession, patient;
};

class RandomBooks {
public:
    /// `instances` of them, each with up to three jobs. The clock steps back now and then.
    RandomBooks(unsigned seed, int instances);

    std::filesystem::path file() const { return folder_.path() / "outbox.db"; }
    Database& database() { return writer_; }
    Instant now() const { return now_; }

    /// Takes one more instance, with its jobs.
    void add_instance();

    /// Everything that is in the database, newest first.
    std::vector<PlainJob> jobs();
    std::vector<PlainHistory> history();

    int random(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
    bool chance(int percent) { return random(100) < percent; }
    Instant random_instant();

    /// A filter that names each thing with the given chance; the values are such as the books hold, or none holds.
    JobFilter random_filter(int percent);
    HistoryFilter random_history_filter(int percent);

    static const std::vector<std::string> destinations, senders, modalities, studies, accessions, patients, actors;

private:
    void add_job(std::int64_t instance, int destination);
    void begin_attempt(std::int64_t job);
    void end_attempt(std::int64_t job, const std::string& outcome);
    /// One change of a job's state; `:at` in the assignments is `at`.
    void move(std::int64_t job, const std::string& assignments, std::optional<Instant> at = std::nullopt);
    /// Prepared once: compiling the schema's triggers costs more than running them.
    Statement& prepared(const std::string& sql);

    support::TempFolder folder_;
    Database writer_{folder_.path() / "outbox.db", Database::Role::writer};
    std::map<std::string, Statement> statements_;
    std::mt19937 random_;
    Instant now_{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};
    int instances_ = 0;
};

bool matches(const JobFilter& filter, const PlainJob& job);
bool matches(const HistoryFilter& filter, const PlainHistory& row);

}  // namespace outbox::testing
