// One case per happening; numbers are searched for, so that a new row of a known kind needs nothing here.
#include "tests/broker/deliver/injection.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "broker/dicom/tls_fault.h"
#include "spool/error.h"
#include "tests/broker/deliver/row_words.h"

namespace support {

using namespace broker::deliver;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t longer_than_buffers = 40'000'000;

/// The first number for which the table's search ends at the row.
std::optional<std::uint32_t> number_of(const Row& row, const std::vector<std::uint32_t>& candidates) {
    const bool is_after = row.phase == Phase::after_last_byte || row.happening == Happening::status;
    for (std::uint32_t each : candidates)
        if (&row_of({row.happening, each, is_after && row.phase != Phase::before_last_byte}) == &row) return each;
    return std::nullopt;
}

std::vector<std::uint32_t> up_to(std::uint32_t last) {
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t each = 0; each <= last; ++each) numbers.push_back(each);
    return numbers;
}

std::vector<std::uint32_t> rejections() {
    std::vector<std::uint32_t> numbers;
    for (std::uint8_t result : {1, 2})
        for (std::uint8_t source : {1, 2, 3})
            for (std::uint8_t reason = 0; reason <= 10; ++reason) numbers.push_back(rejection(result, source, reason));
    return numbers;
}

std::vector<std::uint32_t> aborts() {
    std::vector<std::uint32_t> numbers;
    for (std::uint8_t source : {0, 2})
        for (std::uint8_t reason = 0; reason <= 6; ++reason) numbers.push_back(abort_of(source, reason));
    return numbers;
}

Injection storing(const std::string& words, StoreScript store) {
    return {words, [store](Stage& stage) { stage.on_store(store); }};
}
Injection interrupting(const std::string& words, StoreScript store) {
    return {words + " in the middle of the data set", [store](Stage& stage) { stage.in_the_middle(store); }};
}
Injection receiving(const std::string& words, Reception reception) {
    return {words, [reception](Stage& stage) { stage.script.reception = reception; }};
}
Injection faking(const Event& event, bool while_opening) {
    return {"fake event of the sender: " + describe(event),
            [=](Stage& stage) { (while_opening ? stage.fake_open : stage.fake_send) = event; }};
}

std::optional<Injection> status_injection(const Row& row) {
    const auto number = number_of(row, up_to(0xFFFF));
    if (!number) return std::nullopt;
    // Our sender calls pending by another name, no response: the row stands behind it.
    if ((*number & 0xFF00) == 0xFF00) return faking({row.happening, *number, true}, false);
    const auto status = static_cast<std::uint16_t>(*number);
    if (row.phase == Phase::before_last_byte)
        return interrupting(fmt::format("C-STORE response 0x{:04X} before the last byte", status),
                            {Act::answer, status, "", {}, 0, 0});
    return storing(fmt::format("C-STORE response 0x{:04X}", status), {Act::answer, status, "", {}, 0, 0});
}

std::optional<Injection> rejection_injection(const Row& row) {
    const auto number = number_of(row, rejections());
    if (!number) return std::nullopt;
    return Injection{describe({row.happening, *number, false}), [n = *number](Stage& stage) {
                         stage.script.reception = Reception::reject;
                         stage.script.reject_result = static_cast<std::uint8_t>(n >> 16);
                         stage.script.reject_source = static_cast<std::uint8_t>(n >> 8);
                         stage.script.reject_reason = static_cast<std::uint8_t>(n);
                     }};
}

std::optional<Injection> context_injection(const Row& row) {
    const auto number = number_of(row, {1, 2, 3, 4});
    if (!number) return std::nullopt;
    return Injection{describe({row.happening, *number, false}), [n = *number](Stage& stage) {
                         stage.script.context = [n](const std::string&, const std::string&) {
                             return static_cast<std::uint8_t>(n);
                         };
                     }};
}

std::optional<Injection> abort_injection(const Row& row) {
    const auto number = number_of(row, aborts());
    if (!number) return std::nullopt;
    const StoreScript abort{
        Act::abort, 0, "", {}, static_cast<std::uint8_t>(*number >> 8), static_cast<std::uint8_t>(*number)};
    const std::string words = describe({row.happening, *number, false});
    return row.phase == Phase::after_last_byte ? storing(words + " instead of an answer", abort)
                                               : interrupting(words, abort);
}

std::optional<Injection> ending(const Row& row, const std::string& words, Act act) {
    const StoreScript store{act, 0, "", {}, 0, 0};
    return row.phase == Phase::after_last_byte ? storing(words + " instead of an answer", store)
                                               : interrupting(words, store);
}

std::optional<Injection> unreachable_injection(const Row& row) {
    const auto why = static_cast<Unreachable>(row.value);
    // Only over HTTP.
    if (row.mask != 0 && (why == Unreachable::address_denied || why == Unreachable::proxy_refused))
        return faking({row.happening, row.value}, true);
    if (row.value == static_cast<std::uint32_t>(Unreachable::no_such_name))
        return Injection{"a host name that cannot exist", [](Stage& stage) { stage.rig.destination.host = "no host"; }};
    return Injection{"a closed port", [](Stage& stage) { stage.scp.go_down(); }};
}

Injection silent() {
    return {"no answer to a C-STORE for 200 ms", [](Stage& stage) {
                stage.rig.destination.timeout = 200ms;
                stage.on_store({Act::hang, 0, "", {}, 0, 0});
            }};
}

Injection damaged_blob() {
    return {"a bit of the blob on the disk is flipped", [](Stage& stage) {
                stage.before_start = [&stage](outbox::JobId id) {
                    outbox::ClaimedJob job;
                    job.digest = stage.rig.job(id).digest;
                    stage.rig.ledger.damage(job, 100);
                };
            }};
}

Injection unreadable_blob() {
    return {"the spool cannot open the blob: an I/O error", [](Stage& stage) {
                stage.rig.before_open_blob = [&stage](const spool::Digest&) {
                    const spool::Error error(spool::Errc::io, "injected");
                    // No sender sees a blob that cannot be opened: the worker makes the same event of it.
                    stage.witness.saw(blob_failure(error));
                    throw error;
                };
            }};
}

Injection taken_name() {
    return {"another file has the instance's name in the folder", [](Stage& stage) {
                stage.folder("out");
                const auto series = stage.rig.destination.path / "1.2.3" / "1.2.3.1";
                std::filesystem::create_directories(series);
                std::ofstream(series / "1.2.3.4.dcm") << "something else";
            }};
}

}  // namespace

std::optional<Injection> injection_for(const Row& row) {
    const Event plain{row.happening, row.value, row.phase == Phase::after_last_byte};
    switch (row.happening) {
        case Happening::status:
            return status_injection(row);
        case Happening::rejected:
            return rejection_injection(row);
        case Happening::context_refused:
            return context_injection(row);
        case Happening::aborted:
            return abort_injection(row);
        case Happening::released:
            return ending(row, "a release request", Act::release);
        case Happening::connection_lost:
            return ending(row, "the connection is closed", Act::close);
        case Happening::violation:
            if (row.phase == Phase::after_last_byte) return ending(row, "bytes that are no PDU", Act::garbage);
            return receiving("bytes that are no PDU instead of an A-ASSOCIATE-AC", Reception::garbage);
        case Happening::wrong_response:
            return storing("a response to another message", {Act::answer_wrong_id, 0, "", {}, 0, 0});
        case Happening::no_response:
            return silent();
        case Happening::unreachable:
            return unreachable_injection(row);
        case Happening::not_accepted:
            return receiving("the connection is closed instead of an A-ASSOCIATE-AC", Reception::close);
        case Happening::damaged:
            return damaged_blob();
        case Happening::unreadable:
            return unreadable_blob();
        case Happening::written:
            return Injection{"a folder", [](Stage& stage) { stage.folder("out"); }};
        case Happening::path_refused:
            return Injection{"a folder that isn't there", [](Stage& stage) {
                                 std::filesystem::remove((stage.folder("out"), stage.rig.destination.path));
                             }};
        case Happening::name_taken:
            return taken_name();
        // The real ones need certificates: the tests of TLS towards a destination have them.
        case Happening::tls_refused: {
            const auto timed_out = static_cast<std::uint32_t>(broker::dicom::TlsFault::timed_out);
            return faking({row.happening, row.mask != 0 ? row.value : timed_out, false}, true);
        }
        case Happening::out_of_descriptors:
            return faking(plain, true);
        case Happening::no_space:
        case Happening::path_failed:
        case Happening::http_answer:  // what leads to each answer has tests of its own, against the simulator
            return faking(plain, false);
        default:
            return std::nullopt;
    }
}

Stage::Stage() : rig(scp.port()) {
    // What waits after its first failure waits for the rest of the test.
    auto& limits = rig.config.delivery;
    limits.backoff_base = limits.backoff_max = limits.breaker_base = limits.breaker_max = 1h;
    limits.held_probe_every = limits.ask_after = 1h;
    limits.release_timeout = 200ms;
}

void Stage::on_store(StoreScript store) {
    script.store = [store](const Stored&) { return store; };
}

void Stage::in_the_middle(StoreScript store) {
    store.after_bytes = 10'000;
    bytes = longer_than_buffers;
    on_store(store);
}

void Stage::folder(const std::string& name) {
    rig.destination.kind = broker::config::DestinationKind::folder;
    rig.destination.path = rig.ledger.folder() / name;
    std::filesystem::create_directory(rig.destination.path);
}

namespace {

/// A real sender, save what the stage fakes.
class WitnessedSender : public Sender {
public:
    WitnessedSender(Witness& witness, const Stage& stage, std::unique_ptr<Sender> real)
        : witness_(witness), stage_(stage), real_(std::move(real)) {}

    std::optional<Event> open(const Opening& opening) override {
        auto event = stage_.fake_open ? stage_.fake_open : real_->open(opening);
        if (event) witness_.saw(*event);
        return event;
    }
    bool is_open() const override { return real_->is_open(); }
    bool covers(const outbox::ClaimedJob& job) const override { return real_->covers(job); }
    Sent send(const outbox::ClaimedJob& job, spool::Reader blob) override {
        Sent sent;
        if (stage_.fake_send) {
            sent.event = *stage_.fake_send;
            if (sent.event.happening == Happening::status) sent.status = static_cast<std::int32_t>(sent.event.number);
        } else {
            sent = real_->send(job, std::move(blob));
        }
        witness_.saw(sent.event);
        return sent;
    }
    std::optional<Event> verify() override { return real_->verify(); }
    void close() override { real_->close(); }
    void interrupt() override { real_->interrupt(); }

private:
    Witness& witness_;
    const Stage& stage_;
    const std::unique_ptr<Sender> real_;
};

}  // namespace

void Witness::saw(const Event& event) {
    std::lock_guard lock(mutex_);
    events_.push_back(event);
}

std::vector<Event> Witness::events() const {
    std::lock_guard lock(mutex_);
    return events_;
}

MakeSender Witness::around(const Stage& stage, MakeSender real) {
    return [this, &stage, real] { return std::make_unique<WitnessedSender>(*this, stage, real()); };
}

}  // namespace support
