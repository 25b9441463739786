/// Layout: the settings of a destination, by kind.
#include "broker/config/layout.h"

namespace broker::config {

namespace {

using namespace std::chrono_literals;

using D = Destination;

template <class Owner>
Fields<Owner> joined(std::initializer_list<Fields<Owner>> lists) {
    Fields<Owner> all;
    for (const Fields<Owner>& list : lists) all.insert(all.end(), list.begin(), list.end());
    return all;
}

Fields<D> common_fields() {
    return {
        field("name", &D::name, label()),
        field("kind", &D::kind, destination_kind()),
        field("parallel", &D::parallel, number({1, 64})),
        field("timeout", &D::timeout, duration({1ms, 24h})),
        field("on_new_version", &D::on_new_version,
              words<OnNewVersion>(
                  {{"send", OnNewVersion::send}, {"hold", OnNewVersion::hold}, {"replace", OnNewVersion::replace}})),
        field(
            "confirm", &D::confirm,
            words<Confirm>({{"none", Confirm::none}, {"commitment", Confirm::commitment}, {"query", Confirm::query}})),
        field("resend_safe", &D::resend_safe, flag()),
        field("after_study_quiet", &D::after_study_quiet, duration({0ms, std::chrono::hours{24 * 30}})),
        given("send_between", &D::send_between, list_of(day_window(), 1)),
        given("bandwidth", &D::bandwidth, bandwidth()),
        given("uplink", &D::uplink, label()),
        given("failover", &D::failover, list_of(label(), 1)),
        field("failover_after", &D::failover_after, duration({0ms, std::chrono::hours{24 * 30}})),
    };
}

Fields<ClientTls> client_tls_fields() {
    return {
        given("ca_file", &ClientTls::ca_file, path()),
        given("certificate_file", &ClientTls::certificate_file, path()),
        given("key_file", &ClientTls::key_file, path()),
        given("server_name", &ClientTls::server_name, host()),
        given("pin", &ClientTls::pin, text()),
    };
}

/// Our own AE title towards this destination, or the word that passes the sender's on.
Field<D> calling_ae_title_field() {
    auto read = [](Reading& reading, const Path& path, const toml::node& node, D& destination) {
        destination.calling_is_sender = node.value_exact<std::string_view>() == "sender";
        if (destination.calling_is_sender) {
            reading.take(path, node);
            return;
        }
        Form<std::string> form = ae_title();
        form.expects += ", or \"sender\"";
        if (std::optional<std::string> value = read_value(reading, path, node, form))
            destination.calling_ae_title = *value;
    };
    auto print = [](const D& destination) -> std::optional<std::string> {
        if (destination.calling_is_sender) return toml_text("sender");
        if (destination.calling_ae_title.empty()) return std::nullopt;
        return toml_text(destination.calling_ae_title);
    };
    return {"calling_ae_title", read, print};
}

/// One status of the table. Success cannot be overruled: it would send an instance for ever that the destination has.
void read_override(Reading& reading, const Path& path, const toml::key& key, const toml::node& node, D& destination) {
    const std::optional<std::uint16_t> status = parse_status(key.str());
    if (!status || *status == 0) {
        reading.problem(path, Reading::place_of(key.source()),
                        status ? "must not be overruled: 0x0000 is success"
                               : "is no status: write four hexadecimal digits such as \"0xC000\"");
        return;
    }
    const std::optional<Override> meaning = read_value(reading, path, node, override_word());
    if (meaning && !destination.overrides.emplace(*status, *meaning).second)
        reading.problem(path, Reading::place_of(key.source()), "is there twice; keep one");
}

/// { "0xC000" = "transient" }: what a status of this destination means, against the classification.
Field<D> overrides_field() {
    auto read = [](Reading& reading, const Path& path, const toml::node& node, D& destination) {
        if (!reading.take(path, node)) return;
        if (!node.is_table())
            reading.problem(path, "must be a table such as { \"0xC000\" = \"transient\" }, not " + described(node));
        else
            for (const auto& [key, value] : *node.as_table())
                read_override(reading, path + "." + std::string{key.str()}, key, value, destination);
    };
    auto print = [](const D& destination) -> std::optional<std::string> {
        if (destination.overrides.empty()) return std::nullopt;
        std::string text;
        for (const auto& [status, meaning] : destination.overrides)
            text += (text.empty() ? " " : ", ") + print_status(status) + " = " + override_word().print(meaning);
        return "{" + text + " }";
    };
    return {"overrides", read, print};
}

Fields<D> dicom_fields() {
    return {
        given("ae_title", &D::ae_title, ae_title()),
        given("host", &D::host, host()),
        given("port", &D::port, port()),
        calling_ae_title_field(),
        field("decompress_if_refused", &D::decompress_if_refused, flag()),
        field("compress", &D::compress, words<Compress>({{"none", Compress::none}, {"jpeg-ls", Compress::jpeg_ls}})),
        overrides_field(),
        table("tls", &D::tls, client_tls_fields()),
    };
}

Fields<Auth> auth_fields() {
    return joined<Auth>({
        {field(
             "kind", &Auth::kind,
             words<AuthKind>({{"basic", AuthKind::basic}, {"bearer", AuthKind::bearer}, {"oauth2", AuthKind::oauth2}})),
         given("user", &Auth::user, text())},
        secret("password", &Auth::password),
        secret("token", &Auth::token),
        {given("token_url", &Auth::token_url, url())},
        secret("client_id", &Auth::client_id),
        secret("client_secret", &Auth::client_secret),
        {given("scope", &Auth::scope, text())},
    });
}

Fields<D> dicomweb_fields() {
    return {
        given("url", &D::url, url()),
        table("auth", &D::auth, auth_fields()),
        given("proxy", &D::proxy, url()),
        table("tls", &D::tls, client_tls_fields()),
    };
}

Fields<Webhook> webhook_fields() {
    return joined<Webhook>({
        {given("url", &Webhook::url, url()), given("user", &Webhook::user, text())},
        secret("password", &Webhook::password),
    });
}

Fields<D> satusehat_fields() {
    return joined<D>({
        {maybe("environment", &D::environment,
               words<Environment>({{"dev", Environment::dev},
                                   {"staging", Environment::staging},
                                   {"production", Environment::production}})),
         given("base_url", &D::base_url, url()), given("dicom_url", &D::dicom_url, url()),
         field("fhir_path", &D::fhir_path, text()), field("dicom_path", &D::dicom_path, text()),
         field("token_path", &D::token_path, text()), given("organization_id", &D::organization_id, text())},
        secret("client_id", &D::client_id),
        secret("client_secret", &D::client_secret),
        {field("user_agent", &D::user_agent, text()),
         field("datetime_style", &D::datetime_style,
               words<DateTimeStyle>({{"utc", DateTimeStyle::utc}, {"offset", DateTimeStyle::offset}})),
         field("encounter", &D::encounter, flag()),
         field("index_lag", &D::index_lag, duration({0ms, std::chrono::hours{24}})),
         field("upload", &D::upload, words<Upload>({{"raw", Upload::raw}, {"multipart", Upload::multipart}})),
         field("release", &D::release,
               words<Release>({{"auto", Release::automatic}, {"operator", Release::by_operator}})),
         table("webhook", &D::webhook, webhook_fields()), given("proxy", &D::proxy, url()),
         table("tls", &D::tls, client_tls_fields())},
    });
}

Fields<D> folder_fields() {
    return {given("path", &D::path, absolute_path())};
}

const std::vector<std::pair<DestinationKind, Fields<D>>>& own_fields() {
    static const std::vector<std::pair<DestinationKind, Fields<D>>> list{
        {DestinationKind::dicom, dicom_fields()},
        {DestinationKind::dicomweb, dicomweb_fields()},
        {DestinationKind::satusehat, satusehat_fields()},
        {DestinationKind::folder, folder_fields()},
    };
    return list;
}

Layout<D> make_layout(DestinationKind kind) {
    Layout<D> layout{common_fields(), {}};
    for (const auto& [other, fields] : own_fields()) {
        if (other == kind) layout.fields.insert(layout.fields.end(), fields.begin(), fields.end());
        for (const std::string& key : keys_of(fields))
            layout.elsewhere.try_emplace(key, "is a setting of kind = " + destination_kind().print(other) +
                                                  "; this destination is of kind = " + destination_kind().print(kind));
    }
    return layout;
}

}  // namespace

Form<DestinationKind> destination_kind() {
    return words<DestinationKind>({{"dicom", DestinationKind::dicom},
                                   {"dicomweb", DestinationKind::dicomweb},
                                   {"satusehat", DestinationKind::satusehat},
                                   {"folder", DestinationKind::folder}});
}

const Layout<Destination>& destination_layout(DestinationKind kind) {
    static const std::map<DestinationKind, Layout<D>> layouts = [] {
        std::map<DestinationKind, Layout<D>> made;
        for (const auto& [each, fields] : own_fields()) made.emplace(each, make_layout(each));
        return made;
    }();
    return layouts.at(kind);
}

}  // namespace broker::config
