// The ways to each kind.
#include "broker/doctor_destination.h"

#include <fmt/format.h>

#include <functional>
#include <memory>

#include "broker/config/secret.h"
#include "broker/deliver/dicom/connect.h"
#include "broker/deliver/judgement.h"
#include "broker/deliver/makers.h"
#include "broker/deliver/satusehat/http_platform.h"
#include "broker/deliver/satusehat/platform_settings.h"
#include "broker/host_names.h"
#include "broker/route/network.h"
#include "broker/test_object.h"
#include "broker/webhook_address.h"

namespace broker {

namespace {

namespace satusehat = deliver::satusehat;

constexpr std::chrono::seconds resolve_within{10};
/// Of no order: nobody gives such a number.
constexpr const char* accession_of_nobody = "DOCTOR-NO-ORDER";

/// A server on the way, and how its steps are named.
struct Server {
    std::string prefix;  ///< "", or "store "
    std::string host;
    std::uint16_t port = 0;
    /// Null: plain.
    std::function<std::shared_ptr<const dicom::TlsClient>()> tls = nullptr;
};

class Visit {
public:
    Visit(const config::Destination& destination, const config::Config& config, const Clock& clock,
          const std::stop_token& stop)
        : destination_(destination), config_(config), clock_(clock), stop_(stop) {}

    Diagnoses run(bool sends_test) {
        switch (destination_.kind) {
            case config::DestinationKind::dicom:
                visit_dicom(sends_test);
                break;
            case config::DestinationKind::folder:
                visit_folder(sends_test);
                break;
            case config::DestinationKind::satusehat:
                visit_satusehat();
                if (sends_test)
                    hint(std::string(test_object_step),
                         "not sent: what the national registry has of a patient stays there",
                         "let a real study with a real order go");
                break;
            case config::DestinationKind::dicomweb:
                hint("kind", "kind = \"dicomweb\" is not available in this version");
                break;
        }
        return std::move(found_);
    }

private:
    void add(std::string step, Health health, std::string text, std::string advice = "") {
        found_.push_back({std::string(destination_subject) + destination_.name, std::move(step), health,
                          std::move(text), std::move(advice)});
    }
    bool well(std::string step, std::string text) {
        add(std::move(step), Health::well, std::move(text));
        return true;
    }
    bool failed(std::string step, std::string text, std::string advice = "") {
        add(std::move(step), Health::failed, std::move(text), std::move(advice));
        return false;
    }
    void hint(std::string step, std::string text, std::string advice = "") {
        add(std::move(step), Health::hint, std::move(text), std::move(advice));
    }
    bool failed(std::string step, const deliver::Event& event) {
        return failed(std::move(step), deliver::explain(event, deliver::classify(event)));
    }

    /// Name, TCP and TLS.
    bool reach(const Server& server) {
        const std::string where = server.host + " port " + std::to_string(server.port);
        if (route::is_network(server.host)) {
            well(server.prefix + "name", server.host + " is an address");
        } else {
            const auto addresses = resolve_soon(server.host, resolve_within);
            if (!addresses)
                return failed(server.prefix + "name", server.host + " was not resolved in time",
                              "is the name server there?");
            if (addresses->empty())
                return failed(server.prefix + "name", server.host + " is not known here",
                              "look at its spelling, or at DNS");
            std::string all;
            for (const std::string& each : *addresses) all += (all.empty() ? "" : ", ") + each;
            well(server.prefix + "name", server.host + " is " + all);
        }
        if (!connects(server.prefix + "tcp", {server.host, server.port, nullptr}, where + " takes connections"))
            return false;
        if (!server.tls) return true;
        std::shared_ptr<const dicom::TlsClient> tls;
        try {
            tls = server.tls();
        } catch (const dicom::TlsError& error) {
            return failed(server.prefix + "tls", error.what());
        }
        return connects(server.prefix + "tls", {server.host, server.port, tls},
                        "certificate, name and dates are right");
    }

    bool connects(const std::string& step, const deliver::Endpoint& endpoint, const std::string& text) {
        const auto began = clock_.monotonic();
        const auto outcome =
            deliver::connect_to(endpoint, config_.delivery.connect_timeout, [this] { return stop_.stop_requested(); });
        if (const auto* event = std::get_if<deliver::Event>(&outcome)) return failed(step, *event);
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.monotonic() - began);
        return well(step, fmt::format("{} ({} ms)", text, took.count()));
    }

    /// As TLS is spoken with a server that has no settings of its own.
    static std::function<std::shared_ptr<const dicom::TlsClient>()> tls_with(const std::string& host,
                                                                             const dicom::TlsFiles& files,
                                                                             const std::string& server_name,
                                                                             const std::string& pin) {
        return [=] {
            return std::make_shared<const dicom::TlsClient>(files, dicom::TlsClient::Peer{host, server_name, pin});
        };
    }

    void visit_dicom(bool sends_test) {
        Server server{"", destination_.host, destination_.port};
        if (destination_.tls) {
            const config::ClientTls& tls = *destination_.tls;
            server.tls = tls_with(destination_.host, {tls.certificate_file, tls.key_file, tls.ca_file}, tls.server_name,
                                  tls.pin);
        }
        if (!reach(server)) return;
        const auto sender = deliver::sender_maker(destination_, config_)();
        const std::stop_callback cut_short(stop_, [&] { sender->interrupt(); });
        auto event = sender->open({});
        if (!event) event = sender->verify();
        sender->close();
        if (event) {
            failed("echo", *event);
            return;
        }
        well("echo", destination_.ae_title + " answers C-ECHO");
        if (sends_test) send_test();
    }

    void visit_folder(bool sends_test) {
        const auto sender = deliver::sender_maker(destination_, config_)();
        if (const auto event = sender->open({})) {
            failed("folder", *event);
            return;
        }
        sender->close();
        well("folder", destination_.path.string() + " takes files");
        if (sends_test) send_test();
    }

    void send_test() {
        const auto sender = deliver::sender_maker(destination_, config_)();
        const std::stop_callback cut_short(stop_, [&] { sender->interrupt(); });
        const auto tested = send_test_object(*sender, clock_.now());
        if (!tested.failure.empty()) {
            failed(std::string(test_object_step), tested.failure);
            return;
        }
        well(std::string(test_object_step), "was taken, as patient " + std::string(test_patient_id) + ", study " +
                                                tested.study_instance_uid + ": delete it there");
    }

    bool can_read(const config::Secret& secret, const char* what) {
        try {
            config::read_secret(secret, what);
            return true;
        } catch (const config::SecretError& error) {
            return failed("secrets", error.what(), "look at its owner and mode, and at the user the broker runs as");
        }
    }

    static Server server_of(const std::string& prefix, const http::Options& options) {
        const http::Url& origin = options.origin;
        Server server{prefix, origin.host(), origin.port()};
        if (origin.is_https())
            server.tls = tls_with(origin.host(), options.tls_files, options.tls_server_name, options.tls_pin);
        return server;
    }

    /// By a proxy only the proxy itself can be looked at: it resolves and connects.
    bool reach(const std::string& prefix, const http::Options& options) {
        if (!options.proxy) return reach(server_of(prefix, options));
        return reach({prefix + "proxy ", options.proxy->host(), options.proxy->port()});
    }

    void visit_satusehat() {
        std::optional<satusehat::HttpPlatformSettings> platform;
        std::optional<http::Options> store;
        try {
            platform = satusehat::platform_settings(destination_, config_);
            store = satusehat::store_options(destination_, config_);
        } catch (const std::invalid_argument& error) {
            failed("url", error.what());
            return;
        }
        const satusehat::HttpPlatformSettings& settings = *platform;
        const bool is_reached = reach("", settings.server);
        if (!(store->origin == settings.server.origin)) reach("store ", *store);
        const bool has_id = can_read(destination_.client_id, "client_id");
        const bool has_secret = can_read(destination_.client_secret, "client_secret");
        if (has_id && has_secret) well("secrets", "client_id and client_secret can be read");
        if (is_reached && has_id && has_secret) ask_platform(settings);
        visit_webhook();
        hint("worklist", "do your scanners get their worklist from the old router? keep it running for that");
    }

    void ask_platform(const satusehat::HttpPlatformSettings& settings) {
        std::shared_ptr<satusehat::Session> session;
        try {
            session = std::make_shared<satusehat::Session>(settings, clock_);
        } catch (const std::exception& error) {
            failed("token", error.what());
            return;
        }
        http::Interrupt interrupt;
        satusehat::HttpPlatform platform(session);
        const std::stop_callback cut_short(stop_, [&] {
            interrupt.raise();
            platform.interrupt();
        });
        if (const auto refused = session->sign_in(interrupt)) {
            told("token", satusehat::Step::token, *refused);
            return;
        }
        well("token", "the platform gives one for client_id and client_secret");
        const auto heard = platform.find_orders(*satusehat::Accession::parse(accession_of_nobody));
        const auto* answer = std::get_if<satusehat::Told>(&heard);
        if (answer != nullptr && answer->judgement.answer == satusehat::Answer::as_promised)
            add("orders", Health::well, "can be searched for, as organization " + settings.organization,
                "that it is yours only shows with the first order");
        else
            told("orders", satusehat::Step::search, heard);
    }

    /// What was heard in place of what was asked for.
    void told(const std::string& step, satusehat::Step asked, const satusehat::Heard& heard) {
        if (const auto* silence = std::get_if<satusehat::Silence>(&heard)) {
            failed(step, "no answer: " + silence->what);
            return;
        }
        const satusehat::Judgement& judgement = std::get<satusehat::Told>(heard).judgement;
        std::string text(satusehat::row_of(judgement.answer).text);
        if (judgement.status != 0) text += fmt::format(" [HTTP {}]", judgement.status);
        failed(step, text, std::string(satusehat::hint(asked, judgement)));
    }

    /// A call would tell something: only the way there is looked at.
    void visit_webhook() {
        if (!destination_.webhook) return;
        const config::Webhook& webhook = *destination_.webhook;
        try {
            const http::Options options{webhook_address(webhook.url).server};
            reach("webhook ", options);
            if (!webhook.user.empty()) config::read_secret(webhook.password, "password");
        } catch (const std::invalid_argument& error) {
            failed("webhook url", error.what());
        } catch (const config::SecretError& error) {
            failed("webhook secret", error.what(), "look at its owner and mode, and at the user the broker runs as");
        }
    }

    const config::Destination& destination_;
    const config::Config& config_;
    const Clock& clock_;
    const std::stop_token& stop_;
    Diagnoses found_;
};

}  // namespace

Diagnoses examine_destination(const config::Destination& destination, const config::Config& config, bool sends_test,
                              const Clock& clock, const std::stop_token& stop) {
    return Visit(destination, config, clock, stop).run(sends_test);
}

}  // namespace broker
