/// Consulting: the doctor, as the web server and the command line ask for it.
///
/// Any thread. The broker must outlive it.
#pragma once

#include <string>

#include "broker/broker.h"
#include "broker/cli/run.h"
#include "web/broker_state.h"
#include "web/doctor.h"

namespace broker {

class Consulting : public web::Doctor {
public:
    /// `knowledge` says why no instances are taken in.
    Consulting(Broker& broker, const web::BrokerState& knowledge, const Clock& clock)
        : broker_(broker), knowledge_(knowledge), clock_(clock) {}

    std::optional<std::vector<web::Diagnosis>> examine(const web::Examination& wanted, const outbox::Actor& actor,
                                                       const std::stop_token& stop) override;

private:
    Broker& broker_;
    const web::BrokerState& knowledge_;
    const Clock& clock_;
};

/// What can be seen without a broker, as the API would say it in JSON. Throws cli::Error, usage: no such destination.
std::string examine_without_broker(const config::Config& config, const cli::DoctorOptions& options, const Clock& clock);

}  // namespace broker
