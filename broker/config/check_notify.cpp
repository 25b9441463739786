/// Check of [[notify]] and [heartbeat]: what each kind needs, and that no secret crosses a network in the clear.
#include "broker/config/check_part.h"
#include "broker/route/network.h"

namespace broker::config {

namespace {

bool is_given(const Secret& secret) {
    return secret != Secret{};
}

/// As it can stand between < and > of a mail and of SMTP: what ends a line, or the address, would be another command.
bool is_mail_address(const std::string& text) {
    const auto is_fit = [](char c) { return c > ' ' && c < 0x7F && c != '<' && c != '>' && c != ',' && c != '"'; };
    const auto at = text.find('@');
    return at != std::string::npos && at > 0 && at + 1 < text.size() && std::all_of(text.begin(), text.end(), is_fit);
}

void check_mail(Reading& reading, const Path& table, const Notify& notify) {
    for (const char* key : {"host", "from", "to"}) require(reading, table, key, "smtp needs it");
    const auto check_address = [&](const Path& path, const std::string& address) {
        if (!is_mail_address(address)) reading.problem(path, "must be a plain address, like duty@hospital.example");
    };
    if (!notify.from.empty()) check_address(table + ".from", notify.from);
    for (const std::string& each : notify.to) check_address(table + ".to", each);
    if (!notify.user.empty() && !is_given(notify.password))
        reading.problem(table, "password_file or password_env is missing, which user needs");
    if (notify.security == MailSecurity::none && !notify.user.empty() && !route::is_loopback(notify.host))
        reading.problem(table + ".security", "\"none\" would send the password readable for everybody on the way");
}

}  // namespace

void check_notify(Reading& reading, const Path& table, const Notify& notify) {
    if (notify.kind == NotifyKind::smtp) return check_mail(reading, table, notify);
    require(reading, table, "url", "where the call goes");
    if (is_given(notify.token)) check_encrypted(reading, table + ".url", notify.url);
}

void check_heartbeat(Reading& reading, const Heartbeat& heartbeat) {
    require(reading, "heartbeat", "url", "where the status is posted");
    if (is_given(heartbeat.token)) check_encrypted(reading, "heartbeat.url", heartbeat.url);
}

}  // namespace broker::config
