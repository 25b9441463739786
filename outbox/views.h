/// Views: the read-only questions, each answered from one snapshot of the database, save those that say "in slices".
///
/// One thread at a time per object; any number of objects beside the one Outbox. Never writes, never checkpoints, and
/// holds no snapshot between calls. Lists are pages: `limit` rows and where the next page begins. Throws outbox::Error.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "outbox/alarm.h"
#include "outbox/error.h"
#include "outbox/filter.h"
#include "outbox/job.h"
#include "outbox/notice.h"
#include "outbox/pledge.h"
#include "outbox/registration.h"
#include "outbox/user.h"

namespace outbox {

struct Reconciliation;
struct ReconciliationFilter;

struct JobCounts {
    std::int64_t queued = 0;   ///< includes waiting
    std::int64_t waiting = 0;  ///< queued and not due by design
    std::int64_t sending = 0, uncertain = 0, delivered = 0, held = 0, cancelled = 0;
};

struct ReasonCount {
    State state;
    Reason reason;
    std::int64_t jobs = 0;
};

struct DestinationView {
    DestinationId id;
    std::string name, kind;
    bool is_configured = true;
    JobCounts jobs;
    std::vector<ReasonCount> by_reason;       ///< only those with a reason
    std::int64_t warnings = 0;                ///< delivered with a warning status
    std::optional<Instant> oldest_queued_at;  ///< waiting ones left out
    std::optional<Instant> last_delivered_at;
    std::optional<Instant> paused_at, paused_until;
    std::string paused_by, paused_reason;
    std::optional<Instant> held_at;
    Reason held_reason = Reason::none;
    std::optional<Instant> failing_since, next_try_at;
    std::int64_t failure_count = 0;
    std::string last_error;
    std::optional<Instant> last_error_at;
    bool answers_query = false, answers_commitment = false;  ///< ever: it can be asked what it has
    std::string failover_to;                                 ///< who stands in for it, or ""
    std::optional<Instant> failover_since;
    bool registers = false;  ///< wants a study registered before its instances come
};

struct SenderView {
    std::string calling_ae_title, address, name;
    Instant first_seen_at, last_seen_at;
    std::optional<Instant> last_received_at;  ///< nothing: it never brought an instance
    std::int64_t receipts = 0;
    std::int64_t refused = 0;    ///< associations
    std::string refused_reason;  ///< of the last one, or ""
    std::int64_t day_count = 0;  ///< on how many days (UTC) it brought an instance
};

/// Bytes of kept blobs by why they are kept.
struct KeptBytes {
    std::int64_t unrouted = 0, unfinished = 0, retained = 0;
};

struct StatusView {
    std::int64_t instances = 0, receipts = 0, unrouted = 0, refused = 0;
    std::optional<Instant> last_received_at;
    std::optional<Instant> unrouted_since;  ///< when the oldest came that nobody routed; nothing: there is none
    KeptBytes kept;
    std::vector<DestinationView> destinations;  ///< by name; those that left the configuration only while jobs remain
    std::vector<SenderView> senders;            ///< the last seen first, at most 200
    std::vector<AlarmView> alarms;              ///< those that are raised, the first one first
};

/// Ages end below so many minutes; what is older comes behind the last.
inline constexpr std::array<std::int64_t, 9> age_minutes{5, 10, 20, 40, 80, 160, 320, 640, 1280};

/// A destination's jobs that are owed and don't wait by design, by age: how long ago they were made.
struct DestinationAges {
    std::string name;
    std::array<std::int64_t, age_minutes.size() + 1> undelivered{};
    std::int64_t waiting = 0;
};

struct AgesView {
    Instant at;                                 ///< counted then
    std::vector<DestinationAges> destinations;  ///< by name; those that left the configuration only while jobs remain

    /// Between which instants the jobs of a column were made, as a filter's `since` and `until`.
    std::optional<Instant> since(std::size_t column) const;
    std::optional<Instant> until(std::size_t column) const;
};

struct InstanceView {
    InstanceId id;
    Instance facts;
    std::int64_t version = 1;
    std::string blob_state;  ///< "kept", "damaged", "purging", "purged"
    std::string sender, calling_ae_title;
    Instant received_at;
    std::int64_t job_count = 0, unfinished_count = 0;
};

struct AttemptView {
    AttemptId id;
    std::string kind;  ///< "send" or "probe"
    std::int64_t round = 1;
    Instant opened_at;
    std::optional<Instant> closed_at;
    std::optional<Outcome> outcome;
    std::optional<std::int32_t> status;
    std::string text;
    std::int64_t bytes = 0;
    std::optional<Evidence> evidence;
};

struct JobView {
    JobId id;
    std::string destination;
    State state = State::queued;
    Reason reason = Reason::none;
    bool is_warning = false;
    Priority priority = Priority::normal;
    Instant created_at, changed_at, due_at;
    std::int64_t attempt_count = 0, round = 1;
    std::optional<Evidence> evidence;
    std::optional<Instant> evidence_at;
    std::optional<Instant> confirm_due_at;  ///< delivered, and to be asked about then
    std::optional<std::int32_t> status;
    std::string actor, note;
    std::string stands_in_for;  ///< the destination that it was promised to first and that fails, or ""
    std::string edits;          ///< what is changed before it is sent: by its route, by an assigned number; "": nothing
    bool is_edited = false;     ///< the blob of `digest` has the edits in it
    Digest digest{};            ///< of the blob to send
    InstanceView instance;
    std::vector<AttemptView> attempts;  ///< oldest first; only filled by `job`
};

struct JobPage {
    std::vector<JobView> jobs;  ///< newest first
    std::optional<JobId> next;  ///< give it as `before` for the next page
};

/// Job numbers, both included, between which something lies.
struct JobRange {
    JobId first, last;
};

struct HistoryRow {
    std::int64_t sequence = 0;
    std::string node, event, actor, destination, sop_instance_uid, digest, detail;
    Instant at;
    std::optional<InstanceId> instance;
    std::optional<JobId> job;
    Digest previous_hash{}, hash{};
};

/// How many of a study's jobs at one destination are where.
struct StudyDelivery {
    std::string destination;
    JobCounts jobs;
    bool registers = false;                             ///< wants the study registered before its instances come; then:
    std::optional<RegistrationView> registration = {};  ///< nothing: it was not looked at yet
    std::string assigned_accession_number = {};         ///< by a person; ""
    std::int64_t assignable_count = 0;                  ///< jobs that `Outbox::assign` would give a number to
    std::int64_t warning_count = 0;                     ///< of the delivered ones: with a warning
};

struct SeriesView {
    std::string series_instance_uid, modality, series_number, series_description;
    std::int64_t instance_count = 0, version_count = 0;  ///< SOP Instance UIDs, and all of their versions
    std::int64_t kept_count = 0;                         ///< versions whose bytes are kept
    std::int64_t bytes = 0;
};

/// A series with the study that it is of.
struct SeriesOfStudy {
    std::string study_instance_uid;
    SeriesView series;
};

struct InstancePage {
    std::vector<InstanceView> instances;
    std::optional<InstanceId> next;  ///< give it for the next page
};

/// As much of an instance as tells whether it can stand for its series.
struct SeriesMember {
    std::string sop_instance_uid, sop_class_uid;
    bool is_kept = true;  ///< its bytes are here, and sound
    bool operator==(const SeriesMember&) const = default;
};

struct StudyView {
    StudyId id;
    std::string study_instance_uid, patient_name, patient_id, patient_birth_date, accession_number, study_date,
        study_description;
    std::string modalities;  ///< separated by backslashes, as in DICOM
    std::int64_t instance_count = 0, bytes = 0;
    Instant first_received_at, last_received_at;
    std::int64_t unrouted_count = 0;        ///< instances without a job
    std::int64_t quiet_count = 0;           ///< jobs that wait until nothing more of it comes
    std::vector<StudyDelivery> deliveries;  ///< by destination's name; only where it has jobs
    std::vector<SeriesView> series;         ///< only filled by `study`; at most `page_rows_max`
};

struct StudyPage {
    std::vector<StudyView> studies;  ///< the one that began last first
    std::optional<StudyId> next;     ///< give it as `before` for the next page
};

/// A study at a destination that registers it.
struct RegisteringStudy {
    std::string destination, study_instance_uid;
    std::optional<RegistrationView> registration = {};  ///< nothing: nobody has looked at it yet
    Instant since;                          ///< at its stage; without one: when its first job there was made
    std::string assigned_accession_number;  ///< by a person; ""
    std::optional<Instant> next_look_at;    ///< nothing: no job of it waits to be registered
    std::string patient_name, patient_id, accession_number, study_date, study_description;
    std::string modalities;  ///< separated by backslashes, as in DICOM
    std::int64_t instance_count = 0;
    JobCounts jobs;  ///< there
};

/// Where a page of them ended.
struct RegistrationPlace {
    bool is_unregistered = false;  ///< among those that nobody has looked at
    Instant since;
    DestinationId destination;
    std::string study_instance_uid;
    bool operator==(const RegistrationPlace&) const = default;
};

struct RegistrationPage {
    std::vector<RegisteringStudy> studies;
    std::optional<RegistrationPlace> next;  ///< give it as `after` for the next page
};

/// How many studies are where.
struct RegistrationCount {
    std::string destination;
    std::optional<Stage> stage;  ///< nothing: nobody has looked at them yet
    Reason objection = Reason::none;
    std::int64_t studies = 0;
    Instant oldest_at;
};

struct HistoryPage {
    std::vector<HistoryRow> rows;  ///< newest first
    std::optional<std::int64_t> next;
};

/// What `verify` found. `broken_at`: the first sequence number that doesn't fit its predecessor or its own content; no
/// row after it was looked at.
struct Verification {
    std::int64_t rows = 0;  ///< looked at
    std::optional<std::int64_t> broken_at;
    bool anchor_found = true;  ///< in the whole part of the chain; true without an anchor
    Digest tip{};              ///< the hash of the last row that fits
};

/// Something a lane may do next.
struct DueJob {
    JobId job;
    std::string sop_class_uid, transfer_syntax_uid, calling_ae_title;
    Digest digest{};             ///< of the blob to send
    bool is_transcoded = false;  ///< that blob was made for it in its transfer syntax
    std::string edits_due = {};  ///< the edits that must be made before it may be claimed; "": none, or made
};

/// A job about which the destination is to be asked: an uncertain one, or a delivered one that is to be confirmed.
struct DoubtfulJob {
    JobId job;
    InstanceId instance;
    std::int64_t round = 1;
    std::string sop_class_uid, sop_instance_uid, study_instance_uid, series_instance_uid;
    Instant due_at;
    State state = State::uncertain;
    std::optional<Instant> commitment_asked_at;  ///< of this round, not answered yet
    std::int64_t probe_count = 0;                ///< since it was last sent
    bool was_denied_commitment = false;          ///< in this round, for whatever reason
    bool was_answered = false;                   ///< the last time it was sent, with a status that proves nothing
    std::int64_t doubt_count = 0;  ///< how often it was sent in this round and nobody knows what came of it
    bool is_ambiguous = false;     ///< an earlier copy may be there: that it is found proves nothing
};

/// A job that another destination may take, and where its instance first came from.
struct Stray {
    JobId job;
    std::string calling_ae_title, address;
    bool operator==(const Stray&) const = default;
};

/// Those of the jobs that were looked at.
struct FailoverSlice {
    std::vector<Stray> jobs;
    JobId seen;                         ///< the last that was looked at
    bool is_last = false;               ///< no more are queued behind it
    bool has_passed_over_made = false;  ///< of some another blob is being made: they may go as soon as it is there
};

/// Held jobs that may come back, of those that were looked at.
struct HeldStrays {
    std::vector<Stray> jobs;
    std::vector<Stray> left;  ///< of those, whose place left the configuration: they may also go on to another one
    JobId seen;
    bool is_last = false;  ///< no more are held behind it
};

/// A kept instance that a destination has no job for.
struct MissingInstance {
    InstanceId instance;
    Digest digest{};
    std::string transfer_syntax_uid;
    std::string calling_ae_title, called_ae_title, address;  ///< of its first receipt
    bool is_newest = true;                                   ///< no later version of it is here
    std::string sender = {};                                 ///< as it was named then
};

/// An instance with what was decided when it first came.
struct ReceivedInstance {
    InstanceId instance;
    std::string sop_instance_uid, study_instance_uid, modality;
    Digest digest{};
    std::string transfer_syntax_uid;
    std::string blob_state;  ///< as of InstanceView
    Instant received_at;
    std::string calling_ae_title, called_ae_title, address, sender, tls_subject;  ///< of its first receipt
    std::vector<std::string> routes, destinations;  ///< that matched then, and that it then was to go to
};

struct ReceiptView {
    Instant received_at;
    bool is_repeat = false;     ///< the same bytes were here before
    bool was_restored = false;  ///< it brought bytes back that were gone
    std::string calling_ae_title, called_ae_title, address, sender, tls_subject;
    std::vector<std::string> routes, destinations;
};

struct KeptBlob {
    InstanceId instance;
    Digest digest{};
    std::int64_t bytes = 0;
};

class Views {
public:
    /// Rows of a page; a larger `limit` gives pages of this size.
    static constexpr std::size_t page_rows_max = 1000;
    static constexpr std::size_t senders_max = 200;
    /// Rows that one snapshot looks at for a list. A page may therefore be short, even empty, and still have a `next`:
    /// ask on while there is one.
    static constexpr std::size_t walk_rows_max = 10'000;

    /// Opens an existing database read-only. Throws Error: newer, damaged (also an older one, which a writer must bring
    /// up to date first), io.
    explicit Views(const std::filesystem::path& file);
    ~Views();
    Views(Views&&) noexcept;
    Views& operator=(Views&&) noexcept;

    /// Counts no rows: its time doesn't grow with the number of jobs.
    StatusView status() const;
    std::optional<DestinationView> destination(std::string_view name) const;
    /// Reads an index entry per undelivered job, in one snapshot: of millions it takes a second.
    AgesView ages(Instant now) const;
    /// How the calls to a destination's webhook stand. Nothing where it has none, and no call waits for one.
    std::optional<WebhookView> webhook(DestinationId destination) const;

    /// The page below `before`. Jobs that are made between two pages are newer than both: no job is given twice, and
    /// none that matches all along is left out. `limit` is at least 1.
    JobPage jobs(const JobFilter& filter, std::optional<JobId> before, std::size_t limit) const;
    /// From the counters, and exact, where the filter names nothing but destination, state and reason; otherwise by
    /// walking what the leading filter names, in slices that hold no long snapshot: of sender and modality alone that
    /// is every job.
    std::int64_t count_jobs(const JobFilter& filter) const;
    /// How many of them the operator's verb would change, by their present states.
    std::int64_t count_jobs(const JobFilter& filter, Verb verb) const;
    /// Where the filter's `since`, `until` and `older_than` leave jobs: no job of it is outside.
    JobRange job_range(const JobFilter& filter) const;
    std::optional<JobView> job(JobId id) const;
    /// All jobs of all versions of one instance, newest first, with their attempts.
    std::vector<JobView> jobs_of(std::string_view sop_instance_uid) const;

    /// The page below `before`; may be short, even empty, and still have a `next` (walk_rows_max).
    StudyPage studies(const StudyFilter& filter, std::optional<StudyId> before, std::size_t limit) const;
    std::optional<StudyView> study(std::string_view study_instance_uid) const;

    /// Studies at destinations that register them, the one first that has been at its stage for longest; behind them,
    /// in the same order, those that are owed there and that nobody has looked at yet. The page behind `after`; may be
    /// short, even empty, and still have a `next` (walk_rows_max).
    RegistrationPage registering(const RegistrationFilter& filter, const std::optional<RegistrationPlace>& after,
                                 std::size_t limit) const;
    /// By destination, stage and objection; of all destinations, or of one.
    std::vector<RegistrationCount> registration_counts(const std::optional<std::string>& destination) const;

    /// What was received and what became of it, counted row by row in slices that hold no long snapshot, each followed
    /// by `go_on`; nothing: that said no. See reconciliation.h.
    std::optional<Reconciliation> reconcile(const ReconciliationFilter& filter,
                                            const std::function<bool()>& go_on) const;

    /// The series of that UID; of the study that is named, else of the one in which the UID came first.
    std::optional<SeriesOfStudy> series(std::string_view series_instance_uid,
                                        std::optional<std::string_view> study_instance_uid) const;
    /// The series of a study by series number, those without a UID too; at most `page_rows_max`.
    std::vector<SeriesView> series_of(std::string_view study_instance_uid) const;
    /// The newest version of each instance, where that is of the series, by instance number: as numbers, and what is
    /// none after them. The page behind `after`.
    InstancePage series_instances(std::string_view study_instance_uid, std::string_view series_instance_uid,
                                  std::optional<InstanceId> after, std::size_t limit) const;
    /// The same instances in the same order, told in short; of a series with more than `walk_rows_max` of them, those.
    std::vector<SeriesMember> series_members(std::string_view study_instance_uid,
                                             std::string_view series_instance_uid) const;

    /// The page below `before`, newest first.
    InstancePage unrouted(std::optional<InstanceId> before, std::size_t limit) const;
    /// All versions, newest first.
    std::vector<InstanceView> instance(std::string_view sop_instance_uid) const;

    /// Instances first received since then, whatever became of their bytes, by number above `after`.
    std::vector<ReceivedInstance> received(std::optional<Instant> since, InstanceId after, std::size_t limit) const;
    /// Of one instance, oldest first: the first `limit`.
    std::vector<ReceiptView> receipts(InstanceId instance, std::size_t limit) const;

    HistoryPage history(const HistoryFilter& filter, std::optional<std::int64_t> before, std::size_t limit) const;
    /// Oldest first, in slices that hold no long snapshot, until `seen` returns false or the row that was the newest
    /// when it began is reached. No snapshot is held while `seen` runs.
    void export_history(const HistoryFilter& filter, const std::function<bool(const HistoryRow&)>& seen) const;
    /// Walks the whole chain from the first row, in slices that hold no long snapshot, up to the first row that doesn't
    /// fit. With an anchor also looks for a row with that hash. `progress` hears of each slice. Rows cut off at the end
    /// cannot be seen without an anchor: a hash that somebody kept elsewhere.
    Verification verify_history(const std::optional<Digest>& anchor = std::nullopt,
                                const std::function<void(std::int64_t rows_done)>& progress = {}) const;

    /// By name.
    std::vector<UserView> users() const;
    std::optional<UserView> user(std::string_view name) const;
    /// Those that were not removed, by name; the ones that have expired, too.
    std::vector<TokenView> tokens() const;
    /// The token of that hash, where it was not removed; whether it has expired is for the caller to say.
    std::optional<TokenView> token(const Digest& hash) const;

    // For the broker's roles

    /// The most urgent due jobs of a destination, in the order in which `Outbox::claim` takes them.
    std::vector<DueJob> due(DestinationId destination, Instant now, std::size_t limit) const;
    /// When the next queued job of a destination is due; nothing when none is queued. What is due by now, but not
    /// registered, is left out: `next_to_register` has it.
    std::optional<Instant> next_due_at(DestinationId destination, Instant now) const;
    /// Whether `Outbox::settle_quiet` would change anything.
    bool has_quiet_to_settle(DestinationId destination, std::chrono::milliseconds quiet, Instant now) const;
    /// Queued jobs of a destination, by number above `after`, that `Outbox::fail_over` would move there. At most
    /// `limit`, of at most `walk_rows_max` that are looked at.
    FailoverSlice to_fail_over(DestinationId from, DestinationId there, JobId after, std::size_t limit) const;
    /// Queued jobs that stand in for a destination, by number above `after`; `from`: only at that one.
    std::vector<Stray> standing_in(DestinationId home, std::optional<DestinationId> from, JobId after,
                                   std::size_t limit) const;
    /// Likewise the held ones, by number above `after`, that `Outbox::fail_over` would bring back, of those of the next
    /// `limit`; `seen`: the last that was looked at.
    HeldStrays held_standing_in(DestinationId home, JobId after, std::size_t limit) const;
    /// The study that has waited for longest to be registered at a destination, where one is due.
    std::optional<Unregistered> next_to_register(DestinationId destination, Instant now) const;
    /// All instances of a study that the destination is to get or has: what was cancelled is left out.
    std::vector<StudyInstance> study_at(const StudyAt& study) const;
    /// Whose instances came with this accession number, each pair once, at most `limit`.
    std::vector<AccessionUse> accession_uses(std::string_view accession_number, std::size_t limit) const;
    /// How far a study is, by destination's name; of all of them, or of one.
    std::vector<RegistrationView> registrations(std::string_view study_instance_uid,
                                                std::optional<DestinationId> destination = std::nullopt) const;
    /// Calls to a destination's webhook that are due: of each study the oldest one that was not taken, and none but
    /// that.
    std::vector<OpenNotice> notices_due(DestinationId destination, Instant now, std::size_t limit) const;
    std::vector<AlarmView> alarms() const;
    /// Messages to a recipient that are due: of each alarm the older one that was not told, and none but that.
    std::vector<OpenMessage> messages_due(RecipientId recipient, Instant now, std::size_t limit) const;
    /// Nothing: there never was one of that key.
    std::optional<RecipientView> recipient(const Digest& key) const;
    /// Oldest first.
    std::vector<SpaceSample> space_samples() const;
    /// Those that ever brought an instance, the last one first; at most `page_rows_max`.
    std::vector<SenderView> senders_that_brought() const;
    std::vector<DoubtfulJob> uncertain(DestinationId destination, Instant now, std::size_t limit) const;
    /// Delivered ones that are due to be asked about.
    std::vector<DoubtfulJob> to_confirm(DestinationId destination, Instant now, std::size_t limit) const;
    /// Kept instances without a job at the destination, by number above `after`: of one study, or received since.
    std::vector<MissingInstance> missing(DestinationId destination, const std::optional<std::string>& study,
                                         std::optional<Instant> since, InstanceId after, std::size_t limit) const;
    /// Scanners' requests for storage commitment that are due to be reported on.
    std::vector<OpenPledge> pledges_due(Instant now, std::size_t limit) const;
    std::optional<OpenPledge> pledge(std::string_view calling_ae_title, std::string_view transaction_uid) const;
    PledgeAnswer pledge_answer(const OpenPledge& pledge) const;
    /// Blobs of instances with unfinished jobs, those derived for such a job included, by instance number above
    /// `after`: `limit` of them, and what more the last one's instance has. Nothing: that was all.
    std::vector<KeptBlob> unfinished_blobs(InstanceId after, std::size_t limit) const;
    /// All kept blobs, in the same manner; `since`: only of instances first received then or later.
    std::vector<KeptBlob> kept_blobs(InstanceId after, std::optional<Instant> since, std::size_t limit) const;
    /// The blobs that were found missing or damaged and have not come again, by instance number from `after` on.
    std::vector<KeptBlob> damaged_blobs(InstanceId after, std::size_t limit) const;
    /// True when an instance or a derived blob names the digest, whatever became of its bytes.
    bool knows(const Digest& digest) const;
    /// True when one does and its bytes are meant to be on the disk, and sound.
    bool is_kept(const Digest& digest) const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace outbox
