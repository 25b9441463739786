/// Tests of edits: a job that has some is sent only from a blob that has them in it, whatever comes between.
#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "outbox/statement.h"
#include "outbox/views.h"
#include "tests/outbox/books.h"

using namespace std::chrono_literals;

namespace outbox::testing {

namespace {

constexpr auto edit = DerivedBlob::By::edit, transcode = DerivedBlob::By::transcode;
const std::string remove_name = R"([{"remove":"PatientName"}])";
const Digest edited{std::byte{8}}, transcoded{std::byte{9}};

/// One instance with one job that has edits.
JobId job_with_edits(Books& books, int instance = 1) {
    auto receipt = books.receipt(instance);
    receipt.jobs.front().edits = remove_name;
    return books.accept(receipt).jobs.front();
}

bool prepare(Books& books, JobId job, const Digest& digest, DerivedBlob::By by) {
    const auto blob = books.made(job, digest, by);
    return books.commit([&] { return books.outbox().prepare(job, blob, books.now); });
}

std::vector<ClaimedJob> claim(Books& books) {
    return books.commit([&] { return books.outbox().claim(books.destination(), 10, books.now); });
}

DueJob due(Books& books) {
    const auto jobs = Views(books.file()).due(books.destination(), books.now, 10);
    REQUIRE(jobs.size() == 1);
    return jobs.front();
}

}  // namespace

TEST_CASE("outbox: a job with edits is due but not claimed until they are made, and says so in the history") {
    Books books;
    const auto job = job_with_edits(books);
    CHECK(due(books).edits_due == remove_name);
    CHECK(claim(books).empty());
    CHECK(books.commit([&] { return books.outbox().claim(books.destination(), std::vector{job}, 10, books.now); })
              .empty());
    const auto rows = books.history_rows();
    CHECK(prepare(books, job, edited, edit));
    CHECK(books.history_rows() == rows + 1);
    CHECK(books.text("SELECT event FROM history ORDER BY sequence DESC LIMIT 1") == "edited");
    CHECK(due(books).edits_due.empty());
    CHECK_FALSE(due(books).is_transcoded);
    const auto view = Views(books.file()).job(job).value();
    CHECK(view.edits == remove_name);
    CHECK(view.is_edited);
    const auto claimed = claim(books);
    REQUIRE(claimed.size() == 1);
    CHECK(claimed.front().digest == edited);
}

TEST_CASE("outbox: that other edits were wanted, too, stays with the job until they are made, and in the history") {
    Books books;
    auto receipt = books.receipt(1);
    receipt.jobs.front().edits = remove_name;
    receipt.jobs.front().note = "other edits are wanted by some route";
    const auto job = books.accept(receipt).jobs.front();
    const auto note = [&] { return Views(books.file()).job(job)->note; };
    books.commit([&] {
        books.outbox().set_aside(job, due(books).digest, books.now + std::chrono::hours(1), books.now);
        books.outbox().take_back(books.destination(), 10, books.now);
    });
    CHECK(prepare(books, job, edited, edit));
    CHECK(books.text("SELECT detail ->> '$.note' FROM history ORDER BY sequence DESC LIMIT 1") ==
          "other edits are wanted by some route");
    CHECK(note() == "other edits are wanted by some route");
    REQUIRE(claim(books).size() == 1);
    CHECK(note().empty());
}

TEST_CASE("outbox: what edits a job is kept once for each wording, and never changes") {
    Books books;
    job_with_edits(books, 1);
    job_with_edits(books, 2);
    CHECK(books.number("SELECT count(*) FROM edit") == 1);
    books.close();
    Database raw(books.file(), Database::Role::writer);
    CHECK_THROWS_AS(raw.execute("UPDATE job SET edit_id = NULL, verb = 'postpone'"), Error);
    CHECK_THROWS_AS(raw.execute("UPDATE edit SET text = 'none'"), Error);
    CHECK_THROWS_AS(raw.execute("UPDATE job SET digest = zeroblob(32), verb = 'prepare'"), Error);
}

TEST_CASE("outbox: the database refuses to send what is not edited, whoever asks") {
    Books books;
    job_with_edits(books);
    books.close();
    Database raw(books.file(), Database::Role::writer);
    raw.execute("INSERT INTO attempt (job_id, round, kind, generation, opened_at_ms) VALUES (1, 1, 'send', 1, 0)");
    CHECK_THROWS_AS(
        raw.execute("UPDATE job SET state = 'sending', generation = 1, attempt_id = 1, verb = 'claim' WHERE id = 1"),
        Error);
}

TEST_CASE("outbox: an edit that changed nothing leaves the job its blob, and no other") {
    Books books;
    const auto job = job_with_edits(books);
    const auto own = Views(books.file()).job(job)->digest;
    CHECK(prepare(books, job, own, edit));
    CHECK(books.number("SELECT count(*) FROM derived_blob") == 0);
    const auto claimed = claim(books);
    REQUIRE(claimed.size() == 1);
    CHECK(claimed.front().digest == own);
}

TEST_CASE("outbox: another transfer syntax is made of what is edited, never of what is not") {
    Books books;
    const auto job = job_with_edits(books);
    CHECK_FALSE(prepare(books, job, transcoded, transcode));
    CHECK(prepare(books, job, edited, edit));
    CHECK_FALSE(prepare(books, job, Digest{std::byte{7}}, edit));  // once is enough
    CHECK(prepare(books, job, transcoded, transcode));
    CHECK(due(books).is_transcoded);
    const auto claimed = claim(books);
    REQUIRE(claimed.size() == 1);
    CHECK(claimed.front().digest == transcoded);
}

TEST_CASE("outbox: a blob that was made of another one than the job has by now is not taken") {
    Books books;
    const auto job = job_with_edits(books);
    CHECK(prepare(books, job, edited, edit));
    const auto late = books.made(job, transcoded, transcode);
    books.commit([&] { CHECK(books.outbox().damage(edited, books.now) == 0); });
    CHECK(due(books).edits_due == remove_name);
    CHECK_FALSE(books.commit([&] { return books.outbox().prepare(job, late, books.now); }));
    CHECK(claim(books).empty());
}

TEST_CASE("outbox: a job that goes back to the instance's own blob is edited again") {
    Books books;
    const auto job = job_with_edits(books);
    const auto own = Views(books.file()).job(job)->instance.facts;
    CHECK(prepare(books, job, edited, edit));
    const auto is_edited_again = [&] {
        CHECK(claim(books).empty());
        CHECK(due(books).edits_due == remove_name);
        CHECK(prepare(books, job, edited, edit));
        CHECK(claim(books).size() == 1);
    };
    SUBCASE("since the edited one is damaged") {
        books.commit([&] { books.outbox().damage(edited, books.now); });
        is_edited_again();
    }
    SUBCASE("since it was found damaged while it was sent") {
        const auto attempt = claim(books).front().attempt;
        books.commit([&] {
            CHECK(books.outbox().hold(books.settlement(job, attempt), Reason::damaged));
            books.outbox().damage(edited, books.now);
        });
        is_edited_again();
    }
    SUBCASE("since it was purged, and the instance came again before the resend") {
        const auto attempt = claim(books).front().attempt;
        books.commit([&] { CHECK(books.outbox().deliver(books.settlement(job, attempt), Evidence::response, false)); });
        const auto gone = books.commit([&] { return books.outbox().begin_purge(books.now + 1h, 10, books.now); });
        CHECK(gone.size() == 2);
        books.commit([&] { books.outbox().end_purge(gone, books.now); });
        auto receipt = books.receipt(1);
        receipt.instance = own;
        CHECK(books.accept(receipt).was_restored);
        CHECK(books.commit([&] { return books.outbox().resend(job, alice, books.now); }).applied);
        is_edited_again();
    }
}

TEST_CASE("outbox: a resend of a delivered job sends the edited blob again") {
    Books books;
    const auto job = job_with_edits(books);
    CHECK(prepare(books, job, edited, edit));
    const auto attempt = claim(books).front().attempt;
    books.commit([&] { CHECK(books.outbox().deliver(books.settlement(job, attempt), Evidence::response, false)); });
    CHECK(books.commit([&] { return books.outbox().resend(job, alice, books.now); }).applied);
    const auto again = claim(books);
    REQUIRE(again.size() == 1);
    CHECK(again.front().digest == edited);
}

TEST_CASE("outbox: a hold by rule shows its words, one whose edit failed shows why, and a release edits again") {
    Books books;
    auto receipt = books.receipt(1);
    receipt.jobs.front().edits = remove_name;
    receipt.jobs.front().hold = Reason::held_by_rule;
    receipt.jobs.front().note = "trial patients wait for the study nurse";
    const auto job = books.accept(receipt).jobs.front();
    const auto view = [&] { return Views(books.file()).job(job).value(); };
    CHECK(view().state == State::held);
    CHECK(view().note == "trial patients wait for the study nurse");
    CHECK(books.commit([&] { return books.outbox().release(job, alice, books.now); }).applied);
    books.commit([&] {
        CHECK(books.outbox().hold_queued(job, Reason::edit_failed, books.now, "PatientID has no row in ids.csv"));
    });
    CHECK(view().note == "PatientID has no row in ids.csv");
    CHECK(books.commit([&] { return books.outbox().release(job, alice, books.now); }).applied);
    CHECK(due(books).edits_due == remove_name);
}

TEST_CASE("outbox: edits travel with a job that is moved") {
    Books books;
    const auto job = job_with_edits(books);
    CHECK(prepare(books, job, edited, edit));
    PlannedJob there;
    there.destination = books.destination(2);
    there.due_at = books.now;
    const auto move = [&] { return books.commit([&] { return books.outbox().move(job, there, alice, books.now); }); };
    SUBCASE("to a new job, which is edited for itself") {
        CHECK(move().applied);
        const auto moved = Views(books.file()).due(books.destination(2), books.now, 10);
        REQUIRE(moved.size() == 1);
        CHECK(moved.front().edits_due == remove_name);
    }
    SUBCASE("but not to one that was given up there and would go unedited") {
        auto receipt = books.receipt(1);
        receipt.jobs.front() = there;
        const auto given_up = books.accept(receipt).jobs.front();
        books.commit([&] { books.outbox().cancel(given_up, Reason::cancelled_by_operator, alice, books.now); });
        CHECK_FALSE(move().applied);
        CHECK(books.state_of(job) == State::queued);
        CHECK(books.state_of(given_up) == State::cancelled);
    }
}

namespace {

/// Verbs at random, with whatever arguments: what is claimed with edits is claimed with a blob that has them.
class EditWalk {
public:
    explicit EditWalk(unsigned seed) : random_(seed) {}

    void step() {
        books_.now += std::chrono::milliseconds(random(1000));
        books_.commit([&] {
            for (int i = random(8); i >= 0; --i) verb();
        });
        REQUIRE(reader_.number(sent_unedited) == 0);
        REQUIRE(reader_.number(made_of_another) == 0);
    }
    std::int64_t claimed() const { return claimed_; }

private:
    static constexpr auto sent_unedited =
        "SELECT count(*) FROM job JOIN instance ON instance.id = job.instance_id WHERE edit_id IS NOT NULL"
        " AND state = 'sending' AND (NOT is_edited OR job.digest = instance.digest)";
    static constexpr auto made_of_another =
        "SELECT count(*) FROM job JOIN instance ON instance.id = job.instance_id WHERE edit_id IS NOT NULL"
        " AND NOT is_edited AND job.digest <> instance.digest";

    int random(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
    JobId any_job() { return {1 + random(static_cast<int>(std::max<std::int64_t>(jobs_, 1)))}; }

    void verb() {
        auto& outbox = books_.outbox();
        const JobId job = any_job();
        switch (random(16)) {
            case 0:
            case 1:
                return accept();
            case 2:
            case 3:
                return claim();
            case 4:
            case 5:
                return prepare(job);
            case 6:
            case 7:
                return settle();
            case 8:
                return lose();
            case 9:
                outbox.release(job, alice, books_.now);
                return;
            case 10:
                outbox.resend(job, alice, books_.now);
                return;
            case 11:
                random(2) == 0 ? outbox.cancel(job, Reason::cancelled_by_operator, alice, books_.now)
                               : outbox.retry(job, alice, books_.now);
                return;
            case 12:
                outbox.hold_queued(job, Reason::edit_failed, books_.now, "why");
                return;
            case 13:
                return leave_and_return();
            case 14:
                return move(job);
            default:
                outbox.defer_uncertain(job, Reason::no_response, books_.now, books_.now);
        }
    }

    void accept() {
        auto receipt = books_.receipt(random(20), 0, 1 + static_cast<std::size_t>(random(2)));
        for (auto& planned : receipt.jobs) {
            planned.due_at = books_.now;
            if (random(3) > 0) planned.edits = remove_name;
        }
        jobs_ += static_cast<std::int64_t>(books_.outbox().accept(receipt).jobs.size());
    }

    void claim() {
        for (const auto& each :
             books_.outbox().claim(books_.destination(static_cast<std::size_t>(random(3))), 3, books_.now)) {
            const bool has_edits = has_edits_.contains(each.job);
            if (has_edits) CHECK(edited_.contains(each.digest));
            claimed_ += has_edits;
            sending_.push_back({each.job, each.attempt});
        }
    }

    /// A blob of whatever the job has, or had some time ago.
    void prepare(JobId job) {
        Statement read(reader_, "SELECT digest, edit_id IS NOT NULL FROM job WHERE id = :job");
        Cursor row(read);
        // Read before what this transaction changed: now and then that is an older blob.
        if (!row.bind(":job", job).step()) return;
        const Digest of = row.digest(0);
        if (row.number(1) != 0) has_edits_.insert(job);
        const auto by = random(2) == 0 ? edit : transcode;
        Digest digest = of;
        digest[20] = std::byte{static_cast<unsigned char>(by == edit ? 1 : 2)};
        digest[21] = std::byte{static_cast<unsigned char>(random(3))};
        if (by == edit || edited_.contains(of)) edited_.insert(digest);
        books_.outbox().prepare(job, {of, by, digest, 77, "1.2", "made", remove_name}, books_.now);
    }

    void settle() {
        if (sending_.empty()) return;
        const auto [job, attempt] = sending_.back();
        sending_.pop_back();
        auto& outbox = books_.outbox();
        const auto settled = books_.settlement(job, attempt);
        switch (random(4)) {
            case 0:
                outbox.deliver(settled, Evidence::response, false);
                return;
            case 1:
                outbox.defer(settled, Reason::interrupted, books_.now);
                return;
            case 2:
                outbox.doubt(settled, Reason::no_response, books_.now);
                return;
            default:
                outbox.hold(settled, random(2) == 0 ? Reason::damaged : Reason::not_understood);
        }
    }

    /// A blob is damaged, or what is finished is purged.
    void lose() {
        auto& outbox = books_.outbox();
        if (random(3) == 0) {
            const auto gone = outbox.begin_purge(books_.now, 5, books_.now);
            if (random(2) == 0) outbox.end_purge(gone, books_.now);
            return;
        }
        const bool is_own = edited_.empty() || random(3) == 0;
        const auto lost =
            is_own ? digest_of(random(20), 0) : *std::next(edited_.begin(), random(static_cast<int>(edited_.size())));
        outbox.damage(lost, books_.now);
    }

    void leave_and_return() {
        const std::vector<DestinationSpec> all{{"pacs", "dicom"}, {"cloud", "dicomweb"}, {"shelf", "folder"}};
        auto& outbox = books_.outbox();
        outbox.configure(std::span(all).subspan(1), books_.now);
        outbox.settle_removed(100, books_.now);
        outbox.configure(all, books_.now);
        outbox.settle_removed(100, books_.now);
    }

    void move(JobId job) {
        PlannedJob there;
        there.destination = books_.destination(2);
        there.due_at = books_.now;
        books_.outbox().move(job, there, alice, books_.now);
        jobs_ = std::max(jobs_, reader_.number("SELECT coalesce(max(id), 0) FROM job"));
    }

    Books books_;
    Database reader_{books_.file(), Database::Role::reader};
    std::mt19937 random_;
    std::int64_t jobs_ = 0, claimed_ = 0;
    std::set<JobId> has_edits_;
    std::set<Digest> edited_;
    std::vector<std::pair<JobId, AttemptId>> sending_;
};

}  // namespace

TEST_CASE("outbox: whatever verbs come in whatever order, no job with edits is sent from an unedited blob") {
    const char* given = std::getenv("BRIDGE_SEED");
    const auto first = given != nullptr ? static_cast<unsigned>(std::atoi(given)) : std::random_device{}();
    std::int64_t claimed = 0;
    for (unsigned seed = first; seed < first + 4; ++seed) {
        CAPTURE(seed);
        EditWalk walk(seed);
        for (int i = 0; i < 600; ++i) walk.step();
        claimed += walk.claimed();
    }
    CHECK(claimed > 30);  // else the walk shows nothing
}

}  // namespace outbox::testing
