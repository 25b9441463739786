/// Doctor: how this node and its destinations are, looked at step by step; web declares it, the broker implements it.
///
/// Any thread, several at once; blocks, as long as the destinations' time-outs let it. Changes nothing but what a test
/// object is at a destination, which the history has.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "outbox/outbox.h"

namespace web {

enum class Health {
    ok,
    failed,
    hint,  ///< nothing that could fail, but worth a look
};

/// What one step found.
struct Diagnosis {
    std::string subject;  ///< "disk", "destination pacs-a"
    std::string step;     ///< "tcp"
    Health health = Health::ok;
    std::string text;
    std::string advice;  ///< what to do about it, or ""
};

struct Examination {
    std::optional<std::string> destination;  ///< this one alone; nothing: the node, and every destination
    bool sends_test = false;                 ///< one test object to each that takes one
};

class Doctor {
public:
    Doctor() = default;
    Doctor(const Doctor&) = delete;
    Doctor& operator=(const Doctor&) = delete;
    virtual ~Doctor() = default;

    /// Nothing: there is no destination of that name. Once `stop` is requested it ends soon.
    virtual std::optional<std::vector<Diagnosis>> examine(const Examination& wanted, const outbox::Actor& actor,
                                                          const std::stop_token& stop) = 0;
};

}  // namespace web
