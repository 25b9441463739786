/// Registrar: brings a study to the platform step by step: accession number, order, ImagingStudy with all its
/// instances.
///
/// One thread at a time. Everything it is given outlives it. What it does that cannot be taken back is in the books
/// before and after; whatever a look leaves undone is found again by the next one, which asks before it writes.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/deliver/satusehat/imaging_study.h"
#include "broker/deliver/satusehat/platform.h"
#include "broker/deliver/satusehat/study_books.h"

namespace broker::deliver::satusehat {

struct RegistrarSettings {
    std::string organization;
    ContentSettings content;
    bool by_operator = false;  ///< a person lets each study go
    /// After a write of which nobody heard: until a search can be believed to show it.
    std::chrono::milliseconds index_lag = std::chrono::seconds(30);
    /// Looks for an order that isn't there, one after the other; the last one for ever.
    std::vector<std::chrono::milliseconds> order_waits = {std::chrono::minutes(1), std::chrono::minutes(5),
                                                          std::chrono::minutes(15), std::chrono::hours(1),
                                                          std::chrono::hours(6)};
    /// What is registered already, or is gone, is searched for again after this; then a person must look.
    std::chrono::milliseconds duplicate_wait = std::chrono::minutes(5);
    std::chrono::milliseconds again_after = std::chrono::minutes(1);  ///< what may pass by itself
};

/// The lane must stop for now: nothing that it asks can succeed, or the platform wants it.
struct Halt {
    std::variant<Judgement, Silence> why;
    std::optional<std::chrono::seconds> retry_after;
};

/// Why there are no facts of an instance.
enum class NoFacts {
    for_now,     ///< its blob cannot be read at the moment
    unreadable,  ///< it is missing, or what it is can't be read
};
using ReadFacts = std::function<std::variant<InstanceFacts, NoFacts>(const outbox::StudyInstance&)>;

class Registrar {
public:
    Registrar(RegistrarSettings settings, Platform& platform, StudyBooks& books, ReadFacts read_facts)
        : settings_(std::move(settings)), platform_(platform), books_(books), read_facts_(std::move(read_facts)) {}

    struct Look {
        bool has_looked = false;     ///< there was a study that is due
        std::optional<Halt> halt;    ///< nothing: on to the next one
        bool has_written = false;    ///< the platform took a study, or more of one
        std::string study_uid = {};  ///< that was looked at
        outbox::JobId job = {};      ///< of its first instance: the same whatever is due of it
    };
    /// One study, as far as it goes.
    Look look(outbox::Instant now);

private:
    struct Study;

    std::optional<Halt> bring(Study& study);
    bool is_objected(Study& study);
    bool is_lagging(Study& study);
    bool gather(Study& study);
    bool find_key(Study& study);
    bool is_released(Study& study);
    std::optional<Halt> find_order(Study& study, bool& is_found);
    bool is_cleared(Study& study, bool is_cancelled);
    std::optional<Halt> find_study(Study& study);
    std::optional<Halt> create(Study& study);
    std::optional<Halt> replace(Study& study, const std::string& id, const boost::json::object& resource);
    std::optional<Halt> written(Study& study, const Heard& heard, const std::string& id);
    std::optional<Halt> unfit(Study& study, const Heard& heard);
    bool is_said_again(const Study& study, unsigned times);
    void object(Study& study, outbox::Reason reason, const std::string& fingerprint, const std::string& note);
    void wait(const Study& study, outbox::Reason reason, std::string_view note);
    void put_off(const Study& study, outbox::Instant until, std::string_view note);

    const RegistrarSettings settings_;
    Platform& platform_;
    StudyBooks& books_;
    const ReadFacts read_facts_;
    std::map<std::string, unsigned> repeats_;  ///< by study: answers that want it done once more, since it was written
};

}  // namespace broker::deliver::satusehat
