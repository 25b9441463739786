/// StudyHouse: a registrar over a real outbox, with instances whose facts the test gives.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "broker/deliver/satusehat/outbox_study_books.h"
#include "broker/deliver/satusehat/registrar.h"
#include "tests/broker/committer/books.h"
#include "tests/broker/deliver/satusehat/samples.h"

namespace satusehat_test {

using namespace broker::deliver::satusehat;

inline const outbox::Actor nurse{"local:nurse", "looked at it"};

/// The registrar of the destination "pacs" over a real outbox, and whatever platform.
struct StudyHouse {
    StudyHouse(Platform& its_platform, RegistrarSettings more) : settings(std::move(more)), platform_(its_platform) {
        settings.organization = samples::organization;
        settings.content.zone = samples::jakarta();
        books.committer.run(broker::Turn::settlement, [&](outbox::Outbox& outbox) {
            const std::vector<outbox::DestinationSpec> specs{{.name = "pacs", .kind = "satusehat", .registers = true}};
            outbox.configure(specs, now);
        });
        study_books.emplace(books.committer, books.database(), books.pacs);
        begin();
    }
    /// As after a restart: only the books know what was.
    void begin() {
        registrar.emplace(settings, platform_, *study_books,
                          [this](const outbox::StudyInstance& each) -> std::variant<InstanceFacts, NoFacts> {
                              const auto found = facts.find(each.sop_instance_uid);
                              if (unreadable.contains(each.sop_instance_uid)) return NoFacts::unreadable;
                              if (found == facts.end()) return NoFacts::for_now;
                              return found->second;
                          });
    }

    /// `came_with`: its own accession number, where an edit makes another one of it.
    outbox::JobId take(InstanceFacts told, const std::optional<std::string>& came_with = std::nullopt) {
        auto linked = books.link("blob " + std::to_string(++count));
        auto receipt = books.receipt(linked, told.sop_instance_uid);
        receipt.received_at = now;
        receipt.instance.study_instance_uid = told.study_uid;
        receipt.instance.accession_number = came_with.value_or(told.accession ? told.accession->value() : "");
        receipt.instance.patient_id = told.patient_id;
        receipt.instance.patient_birth_date = told.birth_date;
        receipt.jobs.front().due_at = now;
        facts[told.sop_instance_uid] = std::move(told);
        return books.committer.take_custody(std::move(linked), std::move(receipt)).jobs.at(0);
    }
    outbox::JobView job(outbox::JobId id) { return *outbox::Views(books.database()).job(id); }
    outbox::RegistrationView registration() {
        return outbox::Views(books.database()).registrations(samples::study_uid).at(0);
    }
    std::size_t claimable() {
        return books.committer
            .run(broker::Turn::settlement, [&](outbox::Outbox& outbox) { return outbox.claim(books.pacs, 100, now); })
            .size();
    }
    void release(outbox::JobId id) {
        books.committer.run(broker::Turn::settlement,
                            [&](outbox::Outbox& outbox) { CHECK(outbox.release(id, nurse, now).applied); });
    }
    /// Looks until nothing is due, or the lane must stop.
    std::optional<Halt> look() {
        for (int looks = 0; looks < 20; ++looks) {
            const auto look = registrar->look(now);
            if (!look.has_looked) return std::nullopt;
            if (look.halt) return look.halt;
        }
        FAIL("it looks for ever");
        return std::nullopt;
    }

    books_test::Books books;
    RegistrarSettings settings;
    std::optional<OutboxStudyBooks> study_books;
    std::optional<Registrar> registrar;
    std::map<std::string, InstanceFacts> facts;
    std::set<std::string> unreadable;  ///< SOP Instance UIDs
    // After the samples' study: what has not happened yet is waited for.
    outbox::Instant now{std::chrono::sys_days(std::chrono::year(2026) / 3 / 3)};
    int count = 0;

private:
    Platform& platform_;
};

}  // namespace satusehat_test
