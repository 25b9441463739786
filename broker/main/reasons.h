/// Reasons: why an instance goes where it goes, and what other rules would do, as the web server and the command line
/// ask it.
///
/// Any thread. The broker must outlive it.
#pragma once

#include "broker/broker.h"
#include "broker/cli/run.h"
#include "web/explain.h"

namespace broker {

class Reasons : public web::Explain {
public:
    explicit Reasons(Broker& broker) : broker_(broker) {}

    std::optional<web::Explanation> explain(const Kept& instance, const web::Arrival& arrival) const override;
    web::Parsed<web::Explanation> explain(const web::Tags& tags, const web::Arrival& arrival) const override;
    web::Parsed<Comparison> compare(const web::Proposal& proposal) const override;

private:
    Broker& broker_;
};

/// What a configuration says of a file, as the API would say it in JSON. Needs no broker. Throws cli::Error, usage: it
/// is no DICOM file.
std::string explain_file(const config::Config& config, const cli::FileToExplain& file);

}  // namespace broker
