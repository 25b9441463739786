/// Webhooks: tells hospital systems what became of each study, one call after the other, until each was taken.
///
/// `start`, `stop` and `set_configuration` from any thread; one thread of its own calls, for all destinations. What is
/// to be told is in the outbox, made with what it tells about: a restart changes nothing. A call that may have been
/// taken is repeated with the same idempotency key. Must not outlive its Parts. Stop is synchronous, idempotent, legal
/// before start; a call that is under way is cut short, and repeated after the next start.
#pragma once

#include <condition_variable>
#include <filesystem>
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
#include "broker/json_call.h"
#include "outbox/views.h"

namespace broker {

class Webhooks {
public:
    struct Parts {
        Committer& committer;
        const Clock& clock;
        std::filesystem::path database;
        std::chrono::milliseconds look_every{2'000};  ///< how soon what was made to be told is seen
        deliver::HeardDate heard_date = {};           ///< may be empty
    };
    /// The destinations were configured in the outbox before. Throws outbox::Error.
    Webhooks(Parts parts, const config::Config& config);
    ~Webhooks();

    void start();
    void stop();
    /// From now on webhooks are those of this configuration, and what waits for them is due at once. One that cannot be
    /// used is logged, and its calls wait. Any thread.
    void set_configuration(const config::Config& config, const std::map<std::string, outbox::DestinationId>& ids);

private:
    struct Hook;
    struct Terms {
        config::Delivery limits;
        std::vector<std::shared_ptr<const Hook>> hooks;
    };
    struct Taken {
        outbox::NoticeId notice;
        std::int32_t status = 0;
        outbox::Instant at;
    };

    std::shared_ptr<const Terms> terms_of(const config::Config& config,
                                          const std::map<std::string, outbox::DestinationId>& ids) const;
    std::shared_ptr<const Terms> terms() const;

    void run(const std::stop_token& stop);
    std::chrono::milliseconds look(const std::stop_token& stop);
    void begin_with(const std::shared_ptr<const Terms>& present);
    bool serve(const Hook& hook, const Terms& present, const std::stop_token& stop);
    Tried tell(const Hook& hook, const outbox::OpenNotice& notice);
    void took(const Hook& hook, const outbox::OpenNotice& notice, const Tried& tried);
    bool failed(const Hook& hook, const outbox::OpenNotice& notice, const Tried& tried, const config::Delivery& limits);
    void book_taken();

    Parts parts_;
    const outbox::Views views_;  ///< of the thread, as all up to the mutex
    std::shared_ptr<const Terms> at_work_with_;
    std::map<outbox::DestinationId, Brake> brakes_;
    std::optional<Taken> taken_;  ///< not in the books yet: it is not sent again before
    std::minstd_rand random_{std::random_device{}()};
    http::Interrupt interrupt_;

    mutable std::mutex mutex_;  ///< guards all below
    std::shared_ptr<const Terms> terms_;
    std::condition_variable_any changed_;
    bool is_woken_ = false;

    std::jthread thread_;
};

}  // namespace broker
