/// bench_fill: fills a stopped broker's books with as many instances as years of work leave, by the outbox's own verbs.
///
///     bench_fill --data FOLDER --destination NAME [--node test] [--rows 200000] [--queued 200000] [--blob-bytes 1024]
///                [--registering NAME --studies 20000]
///
/// One job each. All but the last `queued` were delivered, and their blobs purged since; those have blobs of
/// `blob-bytes`, whose names are their digests, but which are no DICOM: the destination is left paused. Spread over the
/// last twenty days, 500 instances to a study. `studies` of one instance each are at another destination, left paused,
/// too, that registers them: of ten one was not looked at, one is objected to, four wait for an order or a number, four
/// are registered. Prints one line of JSON.
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "outbox/outbox.h"
#include "spool/digest.h"
#include "spool/layout.h"
#include "tests/bench/options.h"
#include "tests/bench/program.h"

namespace bench {
namespace {

constexpr std::int64_t batch = 5000;
const outbox::Actor nobody{"bridge", "benchmark"};

class Filler {
public:
    Filler(std::filesystem::path data, const std::string& node, const std::string& destination,
           const std::string& registering)
        : data_(std::move(data)), outbox_(data_ / "outbox.db", node), began_(now()) {
        outbox::Outbox::Transaction transaction(outbox_);
        outbox_.begin_generation("0", began_);
        std::vector<outbox::DestinationSpec> specs{{.name = destination, .kind = "dicom"}};
        if (!registering.empty()) specs.push_back({.name = registering, .kind = "satusehat", .registers = true});
        outbox_.configure(specs, began_);
        destination_ = outbox_.destination(destination).value();
        if (!registering.empty()) registering_ = outbox_.destination(registering).value();
        outbox_.resume(destination_, nobody, began_);
        transaction.commit();
    }

    void fill(std::int64_t rows, std::int64_t queued, std::int64_t blob_bytes) {
        rows_ = rows;
        for (std::int64_t first = 0; first < rows; first += batch) {
            const std::int64_t end = std::min(rows, first + batch);
            outbox::Outbox::Transaction transaction(outbox_);
            for (std::int64_t number = first; number < end; ++number) {
                const bool is_finished = number < rows - queued;
                outbox_.accept(receipt(number, is_finished, blob_bytes));
                if (is_finished) deliver(at(number));
            }
            // Once per transaction, not per row: it looks for what has finished.
            for (;;) {
                const auto purged = outbox_.begin_purge(at(end) + std::chrono::milliseconds(1), batch, at(end));
                if (purged.empty()) break;
                outbox_.end_purge(purged, at(end));
            }
            transaction.commit();
            outbox_.checkpoint(false);
            if (end % 100'000 == 0) std::fprintf(stderr, "%lld rows\n", static_cast<long long>(end));
        }
    }

    void fill_registering(std::int64_t studies, std::int64_t blob_bytes) {
        rows_ = studies;
        for (std::int64_t first = 0; first < studies; first += batch) {
            outbox::Outbox::Transaction transaction(outbox_);
            for (std::int64_t number = first; number < std::min(studies, first + batch); ++number)
                fill_registering_one(number, blob_bytes);
            transaction.commit();
            outbox_.checkpoint(false);
        }
    }

    void end() {
        {
            outbox::Outbox::Transaction transaction(outbox_);
            outbox_.pause(destination_, nobody, "benchmark", std::nullopt, now());
            if (registering_.value != 0) outbox_.pause(registering_, nobody, "benchmark", std::nullopt, now());
            outbox_.end_generation(now());
            transaction.commit();
        }
        outbox_.checkpoint(true);
    }

private:
    static outbox::Instant now() {
        return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }

    /// When the instance of this number came.
    outbox::Instant at(std::int64_t number) const {
        constexpr std::int64_t days_ms = 20LL * 24 * 3600 * 1000;
        return began_ - std::chrono::milliseconds(days_ms - days_ms * number / std::max<std::int64_t>(1, rows_));
    }

    outbox::Receipt receipt(std::int64_t number, bool is_finished, std::int64_t blob_bytes) const {
        const std::string study = std::to_string(number / 500), text = std::to_string(number);
        outbox::Receipt receipt;
        receipt.association = {1 + number / 500, "CT1", "BRIDGE", "10.1.0.20", "", "", at(number)};
        outbox::Instance& facts = receipt.instance;
        facts.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
        facts.transfer_syntax_uid = "1.2.840.10008.1.2.1";
        facts.sop_instance_uid = "1.2.826.0.1.3680043.10.98.1." + text;
        facts.study_instance_uid = "1.2.826.0.1.3680043.10.98.2." + study;
        facts.series_instance_uid = "1.2.826.0.1.3680043.10.98.3." + std::to_string(number / 100);
        facts.patient_name = "SYNTHETIC^PATIENT";
        facts.patient_id = "P" + study;
        facts.accession_number = "A" + study;
        facts.modality = "CT";
        facts.study_date = "20260115";
        facts.digest = is_finished ? digest_of("delivered " + text) : blob("queued " + text, blob_bytes);
        facts.bytes = blob_bytes;
        receipt.received_at = at(number);
        receipt.routes = {"all"};
        receipt.jobs = {{.destination = destination_, .due_at = at(number)}};
        return receipt;
    }

    static outbox::Digest digest_of(const std::string& bytes) {
        spool::Hasher hasher;
        hasher.update(std::as_bytes(std::span(bytes)));
        return hasher.finish().bytes();
    }

    /// Not synced: these are to be read, not to be relied upon.
    outbox::Digest blob(std::string bytes, std::int64_t size) const {
        bytes.resize(static_cast<std::size_t>(size), '.');
        const outbox::Digest digest = digest_of(bytes);
        const auto path = data_ / spool::layout::full_blob_name(spool::Digest::from_bytes(digest));
        std::ofstream file(path, std::ios::binary);
        if (!(file << bytes).flush()) throw std::runtime_error("cannot write " + path.string());
        return digest;
    }

    void fill_registering_one(std::int64_t number, std::int64_t blob_bytes) {
        using outbox::Reason;
        const std::string text = std::to_string(number);
        outbox::Receipt arrived = receipt(number, true, blob_bytes);
        arrived.association.serial = 10'000'000 + number;
        outbox::Instance& facts = arrived.instance;
        facts.sop_instance_uid = "1.2.826.0.1.3680043.10.98.4." + text;
        facts.study_instance_uid = "1.2.826.0.1.3680043.10.98.5." + text;
        facts.series_instance_uid = facts.study_instance_uid + ".1";
        facts.patient_id = "N" + text;
        facts.accession_number = "NA" + text;
        facts.digest = blob("registering " + text, blob_bytes);
        arrived.jobs = {{.destination = registering_, .due_at = at(number)}};
        const auto job = outbox_.accept(arrived).jobs.front();
        const outbox::StudyAt study{registering_, facts.study_instance_uid};
        const outbox::Instant later = began_ + std::chrono::hours(24 * 365);
        const std::int64_t kind = number % 10;
        if (kind == 1) outbox_.object(study, {Reason::patient_doubtful, "doubt:" + text, ""}, at(number));
        if (kind >= 2 && kind <= 4) outbox_.put_off_study(study, Reason::order_not_found, later, "", at(number));
        if (kind == 5) outbox_.put_off_study(study, Reason::no_accession, later, "", at(number));
        if (kind < 6) return;
        outbox_.note_order(study, {facts.accession_number, "sr-" + text, "", ""}, at(number));
        outbox_.begin_registration(study, false, at(number));
        outbox_.register_study(study, {"is-" + text, 1, {job}}, at(number));
    }

    void deliver(outbox::Instant when) {
        const auto claimed = outbox_.claim(destination_, 1, when);
        if (claimed.empty()) throw std::runtime_error("a job that is due was not claimed");
        outbox_.deliver({claimed[0].job, claimed[0].attempt, when, 0, "", 1024}, outbox::Evidence::response, false);
    }

    const std::filesystem::path data_;
    outbox::Outbox outbox_;
    const outbox::Instant began_;
    outbox::DestinationId destination_{}, registering_{};
    std::int64_t rows_ = 0;
};

int run_program(int count, char** words) {
    const Options options(count, words,
                          {{"data", ""},
                           {"destination", ""},
                           {"node", "test"},
                           {"rows", "200000"},
                           {"queued", "200000"},
                           {"blob-bytes", "1024"},
                           {"registering", "none"},
                           {"studies", "0"}});
    const auto began = std::chrono::steady_clock::now();
    Filler filler(options.text("data"), options.text("node"), options.text("destination"),
                  options.text("registering") == "none" ? "" : options.text("registering"));
    if (options.number("studies") > 0) filler.fill_registering(options.number("studies"), options.number("blob-bytes"));
    filler.fill(options.number("rows"), options.number("queued"), options.number("blob-bytes"));
    filler.end();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::printf("{\"rows\": %s, \"queued\": %s, \"seconds\": %.3f}\n", options.text("rows").c_str(),
                options.text("queued").c_str(), seconds);
    return 0;
}

}  // namespace
}  // namespace bench

int main(int count, char** words) {
    return bench::guarded(bench::run_program, count, words);
}
