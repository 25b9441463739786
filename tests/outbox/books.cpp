#include "tests/outbox/books.h"

#include <doctest/doctest.h>

#include "outbox/views.h"

using namespace std::chrono_literals;

namespace outbox::testing {

static const std::vector<DestinationSpec> three{{"pacs", "dicom"}, {"cloud", "dicomweb"}, {"shelf", "folder"}};

Books::Books() {
    begin();
}

void Books::begin() {
    outbox_.emplace(file(), "rs-contoh");
    commit([&] {
        outbox_->begin_generation("0.1", now);
        outbox_->configure(three, now);
        destinations_.clear();
        for (const auto& spec : three) destinations_.push_back(outbox_->destination(spec.name).value());
    });
}

void Books::restart() {
    outbox_.reset();
    begin();
}

Digest digest_of(int instance, int content) {
    Digest digest{};
    for (std::size_t i = 0; i < 4; ++i) {
        digest[i] = static_cast<std::byte>(instance >> (8 * i));
        digest[i + 4] = static_cast<std::byte>(content >> (8 * i));
    }
    return digest;
}

Receipt Books::receipt(int instance, int content, std::size_t destinations) const {
    Receipt receipt;
    receipt.association = {1, "CT1", "BRIDGE", "10.1.0.20", "ct-1", "", now};
    auto& facts = receipt.instance;
    facts.sop_instance_uid = "1.2.3." + std::to_string(instance);
    facts.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
    facts.transfer_syntax_uid = "1.2.840.10008.1.2.1";
    facts.study_instance_uid = "1.2.4." + std::to_string(instance / 10);
    facts.series_instance_uid = "1.2.5." + std::to_string(instance / 5);
    facts.patient_id = "P" + std::to_string(instance / 20);
    facts.patient_name = "CONTOH^SITI";
    facts.accession_number = "A" + std::to_string(instance / 10);
    facts.modality = "CT";
    facts.digest = digest_of(instance, content);
    facts.bytes = 1000 + instance;
    receipt.received_at = now;
    receipt.routes = {"national \"first\""};
    for (std::size_t i = 0; i < destinations; ++i) receipt.jobs.push_back({destination(i), Priority::normal, now});
    return receipt;
}

Accepted Books::accept(const Receipt& receipt) {
    return commit([&] { return outbox_->accept(receipt); });
}

JobId Books::job_in(State state) {
    const auto job = accept(receipt(1'000'000 + ++instances_)).jobs.at(0);
    const auto claim = [&] {
        return commit([&] {
            for (const auto& claimed : outbox_->claim(destination(), 1000, now)) {
                if (claimed.job == job) return claimed.attempt;
                REQUIRE(outbox_->defer(settlement(claimed.job, claimed.attempt), Reason::handed_back, now));
            }
            return AttemptId{};
        });
    };
    if (state == State::held) commit([&] { outbox_->hold(job, alice, now); });
    if (state == State::cancelled) commit([&] { outbox_->cancel(job, Reason::cancelled_by_operator, alice, now); });
    if (state == State::sending || state == State::uncertain || state == State::delivered) {
        const auto attempt = claim();
        commit([&] {
            if (state == State::uncertain) outbox_->doubt(settlement(job, attempt), Reason::no_response, now);
            if (state == State::delivered) outbox_->deliver(settlement(job, attempt), Evidence::response, false);
        });
    }
    REQUIRE(state_of(job) == state);
    return job;
}

DerivedBlob Books::made(JobId job, const Digest& digest, DerivedBlob::By by) {
    const auto view = Views(file()).job(job);
    const bool is_edit = by == DerivedBlob::By::edit;
    return {view ? view->digest : Digest{},
            by,
            digest,
            77,
            is_edit ? "1.2.840.10008.1.2.4.70" : "1.2.840.10008.1.2.1",
            is_edit ? "edited" : "decompressed",
            view ? view->edits : ""};
}

std::int64_t Books::number(const std::string& sql) {
    Database reader(file(), Database::Role::reader);
    return reader.number(sql.c_str());
}

std::string Books::text(const std::string& sql) {
    Database reader(file(), Database::Role::reader);
    return reader.text(sql.c_str());
}

AttemptId Books::open_attempt(JobId job) {
    return {number("SELECT max(id) FROM attempt WHERE closed_at_ms IS NULL AND job_id = " + std::to_string(job.value))};
}

std::optional<State> Books::state_of(JobId job) {
    return parse_state(text("SELECT state FROM job WHERE id = " + std::to_string(job.value)));
}

std::string Books::reason_of(JobId job) {
    return text("SELECT reason FROM job WHERE id = " + std::to_string(job.value));
}

}  // namespace outbox::testing
