/// Accounting: users, tokens and what the history says of them, as the web server has them changed.
///
/// Any thread. The broker must outlive it.
#pragma once

#include "broker/broker.h"
#include "web/accounts.h"

namespace broker {

class Accounting : public web::Accounts {
public:
    Accounting(Broker& broker, const Clock& clock) : broker_(broker), clock_(clock) {}

    std::optional<outbox::UserId> add_user(const outbox::NewUser& user, const outbox::Actor& actor) override;
    std::optional<outbox::UserId> add_first_user(const outbox::NewUser& user, const outbox::Actor& actor) override;
    bool change_password(std::string_view user, std::string_view password, const outbox::Actor& actor) override;
    bool remove_user(std::string_view user, const outbox::Actor& actor) override;
    std::optional<outbox::TokenId> add_token(const outbox::NewToken& token, const outbox::Actor& actor) override;
    bool remove_token(outbox::TokenId token, const outbox::Actor& actor) override;
    void record_look(const outbox::Look& look) override;
    void record_entry(const outbox::Entry& entry) override;

private:
    template <class Work>
    auto run(Work work);

    Broker& broker_;
    const Clock& clock_;
};

}  // namespace broker
