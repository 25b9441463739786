/// Messages: tells each [[notify]] of every alarm that is raised or cleared, until each was told.
///
/// `start`, `stop`, `wake` and `set_configuration` from any thread; one thread of its own tells, all of them in turn.
/// What is to be told is in the outbox, made with what it tells about: a restart changes nothing. A message that may
/// have been taken is repeated with the same idempotency key, or Message-ID. Must not outlive its Parts. Stop is
/// synchronous, idempotent, legal before start; what is under way is cut short, and repeated after the next start.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "broker/brake.h"
#include "broker/clock.h"
#include "broker/committer/committer.h"
#include "broker/config/config.h"
#include "broker/deliver/makers.h"
#include "broker/http/interrupt.h"
#include "outbox/views.h"

namespace broker::alarm {

class Messages {
public:
    struct Parts {
        Committer& committer;
        const Clock& clock;
        std::filesystem::path database;
        deliver::HeardDate heard_date = {};           ///< may be empty
        std::chrono::milliseconds look_every{5'000};  ///< how soon what was put off is tried again
    };
    /// Throws outbox::Error.
    Messages(Parts parts, const config::Config& config);
    ~Messages();

    void start();
    void stop();
    /// There may be something to tell. Doesn't block.
    void wake();
    /// From now on these are told, as the outbox knows by now (Outbox::configure_recipients), and what waits for them
    /// is due at once. One that cannot be used is logged, and its messages wait.
    void set_configuration(const config::Config& config);

private:
    struct Addressee;
    struct Terms {
        config::Delivery limits;
        std::string node;
        std::vector<std::shared_ptr<const Addressee>> addressees;
    };
    struct Told {
        outbox::MessageId message;
        outbox::Instant at;
    };

    std::shared_ptr<const Terms> terms_of(const config::Config& config) const;
    std::shared_ptr<const Terms> terms() const;
    void run(const std::stop_token& stop);
    std::chrono::milliseconds look(const std::stop_token& stop);
    void begin_with(const std::shared_ptr<const Terms>& present);
    bool serve(const Addressee& addressee, const Terms& present, const std::stop_token& stop);
    Tried tell(const Addressee& addressee, const Terms& present, const outbox::OpenMessage& message);
    void took(const Addressee& addressee, const outbox::OpenMessage& message);
    bool failed(const Addressee& addressee, const Terms& present, const outbox::OpenMessage& message,
                const Tried& tried);
    void book_told();

    Parts parts_;
    const outbox::Views views_;  ///< of the thread, as all up to the mutex
    std::shared_ptr<const Terms> at_work_with_;
    std::map<outbox::Digest, Brake> brakes_;
    std::optional<Told> told_;  ///< not in the books yet: it is not told again before
    std::minstd_rand random_{std::random_device{}()};
    http::Interrupt interrupt_;

    mutable std::mutex mutex_;  ///< guards all below
    std::shared_ptr<const Terms> terms_;
    std::condition_variable_any changed_;
    bool is_woken_ = false;

    std::jthread thread_;
};

}  // namespace broker::alarm
