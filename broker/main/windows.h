/// Windows: the running broker as the web server sees it: what it knows, and what a person may do to it.
///
/// Any thread. The broker must outlive both. This folder is the only place where broker and web meet.
#pragma once

#include "broker/broker.h"
#include "web/act.h"
#include "web/broker_state.h"

namespace broker {

class Knowledge : public web::BrokerState {
public:
    Knowledge(Broker& broker, const Clock& clock);

    web::Node node() const override;
    web::Receive receive() const override;
    web::Space space() const override;
    std::optional<web::Lane> lane(const outbox::DestinationView& destination) const override;
    /// As they were when the broker read them.
    std::vector<web::Certificate> certificates() const override;
    web::Measured measured() const override;
    std::string sender_name(const outbox::SenderView& sender) const override;

private:
    Broker& broker_;
    const Clock& clock_;
};

class Hands : public web::Act {
public:
    Hands(Broker& broker, const Clock& clock);

    outbox::Applied act(outbox::Verb verb, outbox::JobId job, const outbox::Actor& actor) override;
    web::Changed act(outbox::Verb verb, const outbox::JobFilter& filter, const outbox::Actor& actor,
                     const Progress& progress) override;
    std::vector<outbox::Assigned> assign(const web::Assignment& assignment, const outbox::Actor& actor) override;
    bool pause(std::string_view destination, std::string_view reason, std::optional<outbox::Instant> until,
               const outbox::Actor& actor) override;
    bool resume(std::string_view destination, const outbox::Actor& actor) override;
    std::optional<web::Echo> echo(std::string_view destination, const outbox::Actor& actor) override;
    web::Added add(const web::Addition& addition, const outbox::Actor& actor, const Watch& watch) override;
    web::Changed move(const web::Transfer& transfer, const outbox::Actor& actor, const Progress& progress) override;

private:
    template <class Work>
    auto run(Turn turn, Work work);
    template <class Slice>
    web::Changed in_slices(const outbox::JobFilter& filter, const Progress& progress, Slice slice);
    void wake_all();

    Broker& broker_;
    const Clock& clock_;
};

}  // namespace broker
