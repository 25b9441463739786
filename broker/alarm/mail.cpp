// One handle per mail: alarms are rare, and a connection that was kept would have died meanwhile.
#include "broker/alarm/mail.h"

#include <curl/curl.h>
#include <openssl/x509.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "broker/config/secret.h"

namespace broker::alarm {

namespace {

struct EasyEnd {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct ListEnd {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyEnd>;
using List = std::unique_ptr<curl_slist, ListEnd>;

template <class Value>
void set(const Easy& easy, CURLoption option, Value value) {
    // What this libcurl does not know would be left out silently, TLS among it.
    if (curl_easy_setopt(easy.get(), option, value) != CURLE_OK) throw std::runtime_error("libcurl lacks an option");
}

struct Source {
    const std::string& mail;
    std::size_t at = 0;
};
std::size_t read_mail(char* into, std::size_t size, std::size_t count, void* source) {
    auto& [mail, at] = *static_cast<Source*>(source);
    const std::size_t bytes = std::min(size * count, mail.size() - at);
    std::memcpy(into, mail.data() + at, bytes);
    at += bytes;
    return bytes;
}

int ends_on_interrupt(void* interrupt, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<const http::Interrupt*>(interrupt)->is_raised() ? 1 : 0;
}

std::string url_of(const config::Notify& notify) {
    const bool is_v6 = notify.host.find(':') != std::string::npos;
    const std::string host = is_v6 ? "[" + notify.host + "]" : notify.host;
    const char* scheme = notify.security == config::MailSecurity::tls ? "smtps://" : "smtp://";
    return scheme + host + ":" + std::to_string(notify.port);
}

void set_security(const Easy& easy, const config::Notify& notify) {
    const bool is_plain = notify.security == config::MailSecurity::none;
    set(easy, CURLOPT_USE_SSL, is_plain ? long{CURLUSESSL_NONE} : long{CURLUSESSL_ALL});
    set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    set(easy, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    // The same authorities as everything else here, which asks OpenSSL for them.
    if (const char* file = std::getenv(X509_get_default_cert_file_env())) set(easy, CURLOPT_CAINFO, file);
}

List addresses(const config::Notify& notify) {
    List list;
    for (const std::string& each : notify.to) {
        curl_slist* longer = curl_slist_append(list.get(), ("<" + each + ">").c_str());
        if (longer == nullptr) throw std::bad_alloc();
        list.release();
        list.reset(longer);
    }
    return list;
}

/// Fixed words of libcurl, and the server's number.
Tried tried_of(CURLcode code, long smtp) {
    if (code == CURLE_OK) return {Tried::What::taken, static_cast<std::int32_t>(smtp), {}, std::nullopt};
    if (code == CURLE_ABORTED_BY_CALLBACK) return {};
    const bool is_refusal = smtp >= 500 && smtp < 600 && code != CURLE_LOGIN_DENIED;
    std::string error = curl_easy_strerror(code);
    if (smtp >= 400) error += " (SMTP " + std::to_string(smtp) + ")";
    return {is_refusal ? Tried::What::refused : Tried::What::no_use,
            smtp > 0 ? std::optional(static_cast<std::int32_t>(smtp)) : std::nullopt, error, std::nullopt};
}

}  // namespace

void start_mail() {
    static std::once_flag once;
    std::call_once(once, [] {
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl cannot be used");
    });
}

Tried send_mail(const config::Notify& notify, const std::string& mail, const MailTimes& times,
                const http::Interrupt& interrupt) {
    const Easy easy(curl_easy_init());
    if (!easy) throw std::bad_alloc();
    const List to = addresses(notify);
    Source source{mail};
    const std::string url = url_of(notify), from = "<" + notify.from + ">";
    set(easy, CURLOPT_URL, url.c_str());
    set(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(easy, CURLOPT_PROXY, "");
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set_security(easy, notify);
    if (!notify.user.empty()) {
        const std::string password = config::read_secret(notify.password, "password");
        set(easy, CURLOPT_USERNAME, notify.user.c_str());
        set(easy, CURLOPT_PASSWORD, password.c_str());
    }
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(times.connect_timeout.count()));
    set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(times.timeout.count()));
    set(easy, CURLOPT_MAIL_FROM, from.c_str());
    set(easy, CURLOPT_MAIL_RCPT, to.get());
    // One address that is no more must not keep the others from being told.
    set(easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
    set(easy, CURLOPT_UPLOAD, 1L);
    set(easy, CURLOPT_READFUNCTION, &read_mail);
    set(easy, CURLOPT_READDATA, &source);
    set(easy, CURLOPT_NOPROGRESS, 0L);
    set(easy, CURLOPT_XFERINFOFUNCTION, &ends_on_interrupt);
    set(easy, CURLOPT_XFERINFODATA, const_cast<http::Interrupt*>(&interrupt));
    const CURLcode code = curl_easy_perform(easy.get());
    long smtp = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &smtp);
    return tried_of(code, smtp);
}

}  // namespace broker::alarm
