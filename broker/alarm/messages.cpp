// One after the other; what an answer means for the next one is Brake's to say.
#include "broker/alarm/messages.h"

#include <spdlog/spdlog.h>

#include "broker/alarm/mail.h"
#include "broker/alarm/message_body.h"
#include "broker/alarm/recipients.h"
#include "broker/config/secret.h"
#include "broker/version.h"
#include "broker/webhook_address.h"

namespace broker::alarm {

namespace {

constexpr std::size_t messages_per_look = 20;
// Nobody is told.
constexpr std::chrono::hours nothing_to_do{1};

}  // namespace

/// One [[notify]].
struct Messages::Addressee {
    Addressee(const config::Notify& notify, const config::Delivery& limits, const deliver::HeardDate& heard_date)
        : recipient(recipient_of(notify)), settings(notify) {
        if (notify.kind != config::NotifyKind::webhook) return;
        address.emplace(webhook_address(notify.url));
        http::Options options{address->server};
        options.user_agent = "DICOM-Bridge/" + std::string(version);
        options.connect_timeout = limits.connect_timeout;
        options.idle_timeout = MailTimes{}.timeout;
        options.kept_connections_max = 1;
        // Nobody reads what it says beside its status: an answer without end must not keep the others waiting.
        options.response_body_bytes_max = 16 * 1024;
        if (heard_date)
            options.heard = [heard_date, server = address->server.host()](const http::Response& response) {
                heard_date(server, response);
            };
        client = std::make_unique<http::Client>(std::move(options));
    }

    outbox::RecipientSpec recipient;
    config::Notify settings;
    std::optional<WebhookAddress> address;  ///< of a webhook, as the client
    std::unique_ptr<http::Client> client;
};

Messages::Messages(Parts parts, const config::Config& config)
    : parts_(std::move(parts)), views_(parts_.database), terms_(terms_of(config)) {}

Messages::~Messages() {
    stop();
}

std::shared_ptr<const Messages::Terms> Messages::terms_of(const config::Config& config) const {
    auto terms = std::make_shared<Terms>();
    terms->limits = config.delivery;
    terms->node = config.node.name;
    for (const config::Notify& each : config.notify) {
        try {
            terms->addressees.push_back(std::make_shared<const Addressee>(each, config.delivery, parts_.heard_date));
        } catch (const std::exception& error) {
            spdlog::error("event=notify_unusable recipient=\"{}\" what=\"{}\"", recipient_of(each).label, error.what());
        }
    }
    return terms;
}

std::shared_ptr<const Messages::Terms> Messages::terms() const {
    std::lock_guard lock(mutex_);
    return terms_;
}

void Messages::set_configuration(const config::Config& config) {
    auto terms = terms_of(config);
    std::lock_guard lock(mutex_);
    terms_ = std::move(terms);
    is_woken_ = true;
    changed_.notify_all();
}

void Messages::wake() {
    std::lock_guard lock(mutex_);
    is_woken_ = true;
    changed_.notify_all();
}

void Messages::start() {
    if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Messages::stop() {
    thread_.request_stop();
    interrupt_.raise();
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Messages::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        std::chrono::milliseconds wait = parts_.look_every;
        try {
            wait = look(stop);
        } catch (const Stopped&) {
            return;
        } catch (const std::exception& error) {
            spdlog::error("event=messages_failed what=\"{}\"", error.what());
        }
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, wait, [&] { return is_woken_; });
        is_woken_ = false;
    }
}

/// Each recipient in turn; how long until the next look.
std::chrono::milliseconds Messages::look(const std::stop_token& stop) {
    const auto present = terms();
    book_told();
    if (present != at_work_with_) begin_with(present);
    if (present->addressees.empty()) return nothing_to_do;
    std::chrono::milliseconds next = parts_.look_every;
    for (const auto& each : present->addressees) {
        if (stop.stop_requested()) break;
        const auto left = brakes_[each->recipient.key].until() - parts_.clock.monotonic();
        if (left > Monotonic::duration(0))
            next = std::min(next, std::chrono::ceil<std::chrono::milliseconds>(left));
        else if (serve(*each, *present, stop))
            next = std::chrono::milliseconds(0);
    }
    return next;
}

/// What was put off because of the settings before, or by a wall clock that was wrong, is tried now.
void Messages::begin_with(const std::shared_ptr<const Terms>& present) {
    for (const auto& each : present->addressees)
        if (const auto row = views_.recipient(each->recipient.key))
            parts_.committer.run(Turn::bulk,
                                 [&](outbox::Outbox& outbox) { outbox.hurry_messages(row->id, parts_.clock.now()); });
    brakes_.clear();
    at_work_with_ = present;
}

/// True: there may be more to do at once.
bool Messages::serve(const Addressee& addressee, const Terms& present, const std::stop_token& stop) {
    const auto row = views_.recipient(addressee.recipient.key);
    if (!row || row->waiting == 0) return false;
    bool was_told = false;
    for (const outbox::OpenMessage& each : views_.messages_due(row->id, parts_.clock.now(), messages_per_look)) {
        if (stop.stop_requested()) return false;
        const Tried tried = tell(addressee, present, each);
        if (tried.what == Tried::What::interrupted) return false;
        if (tried.what == Tried::What::taken) {
            took(addressee, each);
            was_told = true;
        } else if (!failed(addressee, present, each, tried)) {
            return false;
        }
    }
    return was_told;
}

Tried Messages::tell(const Addressee& addressee, const Terms& present, const outbox::OpenMessage& message) {
    const config::Notify& settings = addressee.settings;
    try {
        if (settings.kind == config::NotifyKind::smtp)
            return send_mail(settings, mail_of(message, present.node, settings),
                             {.connect_timeout = present.limits.connect_timeout}, interrupt_);
        JsonCall made{addressee.address->target, json_of(message, present.node), message.idempotency_key};
        const bool has_token = !settings.token.file.empty() || !settings.token.env.empty();
        if (has_token) made.authorization = "Bearer " + config::read_secret(settings.token, "token");
        return call(*addressee.client, made, interrupt_, parts_.clock.now());
    } catch (const config::SecretError& error) {
        return {Tried::What::no_use, std::nullopt, error.what(), std::nullopt};
    }
}

void Messages::took(const Addressee& addressee, const outbox::OpenMessage& message) {
    brakes_[addressee.recipient.key].taken();
    spdlog::info("event=alarm_told recipient=\"{}\" alarm={} what={} failures={}", addressee.recipient.label,
                 message.alarm.name, outbox::to_string(message.event), message.attempt_count);
    told_ = Told{message.id, parts_.clock.now()};
    book_told();
}

/// Whatever the database says: what was told is not told again because it could not be written down.
void Messages::book_told() {
    if (!told_) return;
    parts_.committer.run(Turn::settlement,
                         [&](outbox::Outbox& outbox) { outbox.end_message(told_->message, told_->at); });
    told_.reset();
}

/// Puts the message off, and, where the next one would fare no better, all of them. False: nothing more for now.
bool Messages::failed(const Addressee& addressee, const Terms& present, const outbox::OpenMessage& message,
                      const Tried& tried) {
    const deliver::BackoffPolicy policy{present.limits.backoff_base, present.limits.backoff_max};
    const auto jitter = [this] { return std::uniform_real_distribution<>(0, 1)(random_); };
    const auto verdict =
        brakes_[addressee.recipient.key].failed(tried, message.attempt_count, policy, jitter, parts_.clock.monotonic());
    spdlog::log(message.attempt_count == 0 ? spdlog::level::warn : spdlog::level::info,
                "event=alarm_untold recipient=\"{}\" alarm={} attempt={} due_in_s={} why=\"{}\"",
                addressee.recipient.label, message.alarm.name, message.attempt_count + 1,
                std::chrono::duration_cast<std::chrono::seconds>(verdict.wait).count(), tried.error);
    parts_.committer.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        const auto now = parts_.clock.now();
        outbox.put_off_message(message.id, tried.error, now + verdict.wait, now);
    });
    return verdict.goes_on;
}

}  // namespace broker::alarm
