/// Accounts: what changes who may use pages and API, and what is kept of who did; web declares it, the broker
/// implements it.
///
/// Any thread, several at once. Every call returns after its change and its history row are durable. Throws web::Error,
/// unavailable (the broker is stopping, or its disk is full), and what the outbox throws.
#pragma once

#include <optional>
#include <string_view>

#include "outbox/outbox.h"
#include "outbox/user.h"

namespace web {

class Accounts {
public:
    Accounts() = default;
    Accounts(const Accounts&) = delete;
    Accounts& operator=(const Accounts&) = delete;
    virtual ~Accounts() = default;

    // As the outbox's functions of these names.

    virtual std::optional<outbox::UserId> add_user(const outbox::NewUser& user, const outbox::Actor& actor) = 0;
    /// The same, and only where there is no user at all: of several at once, one is the first.
    virtual std::optional<outbox::UserId> add_first_user(const outbox::NewUser& user, const outbox::Actor& actor) = 0;
    virtual bool change_password(std::string_view user, std::string_view password, const outbox::Actor& actor) = 0;
    virtual bool remove_user(std::string_view user, const outbox::Actor& actor) = 0;
    virtual std::optional<outbox::TokenId> add_token(const outbox::NewToken& token, const outbox::Actor& actor) = 0;
    virtual bool remove_token(outbox::TokenId token, const outbox::Actor& actor) = 0;
    virtual void record_look(const outbox::Look& look) = 0;
    virtual void record_entry(const outbox::Entry& entry) = 0;
};

}  // namespace web
