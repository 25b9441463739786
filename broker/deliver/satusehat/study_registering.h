/// StudyRegistering: the registrar as a lane uses it, which goes on when one study alone cannot be registered.
///
/// As Registering says. Everything it is given outlives it, but the session and the books, which it keeps.
#pragma once

#include <memory>

#include "broker/config/config.h"
#include "broker/deliver/registering.h"
#include "broker/deliver/satusehat/http_platform.h"
#include "broker/deliver/satusehat/registrar.h"
#include "broker/deliver/suspects.h"

namespace broker::deliver::satusehat {

class StudyRegistering : public Registering {
public:
    StudyRegistering(const RegistrarSettings& settings, std::shared_ptr<Session> session,
                     std::unique_ptr<StudyBooks> books, ReadFacts read_facts, const config::Delivery& limits)
        : settings_(settings),
          platform_(std::move(session)),
          books_(std::move(books)),
          registrar_(settings, platform_, *books_, std::move(read_facts)),
          suspects_(limits) {}

    /// A study at which the platform fails is put off, so that others come first. One at which it fails again and
    /// again, while others pass, needs a person.
    Look look(outbox::Instant now) override;
    void interrupt() override { platform_.interrupt(); }

private:
    const RegistrarSettings settings_;
    HttpPlatform platform_;
    const std::unique_ptr<StudyBooks> books_;
    Registrar registrar_;
    Suspects suspects_;
};

/// What a destination's configuration says of registering.
RegistrarSettings registrar_settings(const config::Destination& destination, const config::Delivery& limits);

}  // namespace broker::deliver::satusehat
