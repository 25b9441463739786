// Users, tokens and looks, through the committer.
#include "broker/main/accounting.h"

#include "broker/main/told_apart.h"

namespace broker {

template <class Work>
auto Accounting::run(Work work) {
    const auto now = clock_.now();
    return told_apart([&] {
        return broker_.committer().run(Turn::settlement, [&](outbox::Outbox& outbox) { return work(outbox, now); });
    });
}

std::optional<outbox::UserId> Accounting::add_user(const outbox::NewUser& user, const outbox::Actor& actor) {
    return run([&](outbox::Outbox& outbox, auto now) { return outbox.add_user(user, actor, now); });
}

std::optional<outbox::UserId> Accounting::add_first_user(const outbox::NewUser& user, const outbox::Actor& actor) {
    return run([&](outbox::Outbox& outbox, auto now) { return outbox.add_first_user(user, actor, now); });
}

bool Accounting::change_password(std::string_view user, std::string_view password, const outbox::Actor& actor) {
    return run([&](outbox::Outbox& outbox, auto now) { return outbox.change_password(user, password, actor, now); });
}

bool Accounting::remove_user(std::string_view user, const outbox::Actor& actor) {
    return run([&](outbox::Outbox& outbox, auto now) { return outbox.remove_user(user, actor, now); });
}

std::optional<outbox::TokenId> Accounting::add_token(const outbox::NewToken& token, const outbox::Actor& actor) {
    return run([&](outbox::Outbox& outbox, auto now) { return outbox.add_token(token, actor, now); });
}

bool Accounting::remove_token(outbox::TokenId token, const outbox::Actor& actor) {
    return run([&](outbox::Outbox& outbox, auto now) { return outbox.remove_token(token, actor, now); });
}

void Accounting::record_look(const outbox::Look& look) {
    run([&](outbox::Outbox& outbox, auto now) {
        outbox.record_look(look, now);
        return true;
    });
}

void Accounting::record_entry(const outbox::Entry& entry) {
    run([&](outbox::Outbox& outbox, auto now) {
        outbox.record_entry(entry, now);
        return true;
    });
}

}  // namespace broker
