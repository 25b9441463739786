/// Tokens: what programs come with instead of a password, shown, made and removed.
#include <algorithm>
#include <boost/json/array.hpp>

#include "web/api/routes.h"
#include "web/api/subject.h"
#include "web/ascii.h"
#include "web/filters.h"
#include "web/json/body.h"
#include "web/json/members.h"
#include "web/json/respond.h"
#include "web/json/values.h"
#include "web/problem.h"
#include "web/secret.h"
#include "web/times.h"

namespace web::api {
namespace {

/// So that a token that lies around is known for what it is, by people and by scanners for secrets.
constexpr std::string_view prefix = "dbt_";

boost::json::object shown(const outbox::TokenView& token, outbox::Instant now) {
    return {{"id", token.id.value},
            {"name", token.name},
            {"role", to_string(token.role)},
            {"user", json::or_null(token.user)},
            {"added_at", json::text_of(token.added_at)},
            {"added_by", token.added_by},
            {"expires_at", json::text_of(token.expires_at)},
            {"state", token.expires_at > now ? "valid" : "expired"}};
}

Parsed<outbox::Instant> read_expiry(const boost::json::object& body, outbox::Instant now) {
    const auto text = json::text_member(body, "expires_in");
    if (!text) return text.fault();
    const auto length =
        text->empty() ? std::optional<std::chrono::milliseconds>(token_days_default) : parse_duration(*text);
    if (!length || length->count() <= 0 || *length > token_days_max)
        return Fault{"expires_in", "a duration of at most 3660d, like 30d or 365d"};
    return now + *length;
}

Parsed<outbox::NewToken> read_token(const Request& request, const Deps& deps) {
    const auto body = json::parse_body(request.body);
    if (!body) return body.fault();
    if (const auto fault = json::unknown_member(*body, {"name", "role", "expires_in"})) return *fault;
    const auto name = json::text_member(*body, "name", name_bytes_max);
    if (!name) return name.fault();
    // It stands in log lines: nothing in it may end one.
    const bool is_plain = std::ranges::all_of(*name, [](char each) { return each >= ' ' && each < '\x7f'; });
    if (is_blank(*name) || !is_plain) return Fault{"name", "say what the token is for, in up to 64 ASCII characters"};
    const auto word = json::text_member(*body, "role");
    if (!word) return word.fault();
    const auto role = outbox::parse_role(*word);
    if (!role) return Fault{"role", "a token's role is monitor, viewer, operator, auditor or admin"};
    const auto expires_at = read_expiry(*body, deps.now);
    if (!expires_at) return expires_at.fault();
    outbox::NewToken token{.name = *name, .role = *role, .expires_at = *expires_at};
    // Of a token that a token makes the user is the first one's: it ends with them, too.
    if (!request.owner.empty()) {
        const auto owner = deps.views().user(request.owner);
        if (!owner) return Fault{"", "the user whose token this is was removed"};
        token.user = owner->id;
    }
    return token;
}

}  // namespace

Response tokens(const Request& request, const Deps& deps) {
    const auto page = parse_page(request.target.query, deps.limits, "tokens");
    if (!page) return bad_request(page.fault());
    boost::json::array items;
    for (const outbox::TokenView& each : deps.views().tokens()) items.emplace_back(shown(each, deps.now));
    return json::list(std::move(items), std::nullopt);
}

Response add_token(const Request& request, const Deps& deps) {
    const auto read = read_token(request, deps);
    if (!read) return bad_request(read.fault());
    outbox::NewToken token = *read;
    std::string secret = std::string(prefix) + new_secret();
    token.hash = hash_of(secret);
    if (!deps.accounts->add_token(token, {request.actor, ""}))
        return problem(409, "there is a token of that name, or its user was removed", {{"state", "exists"}});
    const auto made = deps.views().token(token.hash);
    if (!made) return problem(409, "the token was removed again", {{"state", "removed"}});
    boost::json::object answer = shown(*made, deps.now);
    // The only time that anybody sees it.
    answer["token"] = secret;
    wipe(secret);
    return json::ok(answer);
}

Response remove_token(const Request& request, const Deps& deps) {
    if (const auto fault = json::fault_of_members(request.body)) return bad_request(*fault);
    const auto number = parse_job_id(request.at("id"));
    if (!number || !deps.accounts->remove_token(outbox::TokenId{number->value}, {request.actor, ""}))
        return problem(404, "there is no token of that number; `dicom-bridge token ls` lists them");
    return json::ok({{"id", number->value}, {"removed", true}});
}

}  // namespace web::api
