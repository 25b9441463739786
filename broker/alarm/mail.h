/// Mail: one mail to the server of a [[notify]], by libcurl.
///
/// Any thread after `start_mail`; blocks until the server took it or not.
#pragma once

#include <chrono>
#include <string>

#include "broker/config/config.h"
#include "broker/http/interrupt.h"
#include "broker/json_call.h"

namespace broker::alarm {

/// Makes libcurl ready; before threads begin. Whoever calls again changes nothing.
void start_mail();

struct MailTimes {
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds timeout{60'000};  ///< of the whole
};

/// Taken where the server took it for at least one of the addresses. What the server says of itself, or of the way to
/// it, is `no_use`; a 5xx is `refused`. With TLS the server's certificate must be right, by the system's authorities.
/// Throws config::SecretError where the password cannot be read.
Tried send_mail(const config::Notify& notify, const std::string& mail, const MailTimes& times,
                const http::Interrupt& interrupt);

}  // namespace broker::alarm
