#include "tests/broker/alarm/post_office.h"

#include <openssl/ssl.h>

namespace alarm_test {

namespace {

using support::HttpPeer;

std::string line_of(HttpPeer& peer) {
    std::string line;
    while (!line.ends_with("\r\n")) line += peer.read(1);
    return line.substr(0, line.size() - 2);
}

std::string address_in(const std::string& line) {
    const auto begin = line.find('<') + 1;
    return line.substr(begin, line.find('>') - begin);
}

}  // namespace

PostOffice::PostOffice(Manners manners)
    : manners_(std::move(manners)),
      server_(std::make_unique<support::HttpServer>([this](HttpPeer& peer) { serve(peer); })) {}

PostOffice::~PostOffice() {
    server_.reset();
}

void PostOffice::set(const Manners& manners) {
    const std::lock_guard lock(mutex_);
    manners_ = manners;
}

PostOffice::Manners PostOffice::manners() const {
    const std::lock_guard lock(mutex_);
    return manners_;
}

std::vector<Mail> PostOffice::mails() const {
    const std::lock_guard lock(mutex_);
    return mails_;
}

void PostOffice::serve(HttpPeer& peer) {
    const Manners has = manners();
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    peer.send(has.greeting + "\r\n");
    Mail mail;
    for (;;) {
        const std::string line = line_of(peer);
        if (line.starts_with("EHLO")) {
            const bool offers = has.starttls && !mail.is_encrypted;
            peer.send(std::string("250-post.example\r\n") + (offers ? "250-STARTTLS\r\n" : "") + "250 AUTH PLAIN\r\n");
        } else if (line == "STARTTLS") {
            SSL_CTX_use_certificate_chain_file(context.get(), has.starttls->files.certificate_file.c_str());
            SSL_CTX_use_PrivateKey_file(context.get(), has.starttls->files.key_file.c_str(), SSL_FILETYPE_PEM);
            peer.send("220 go on\r\n");
            if (!peer.accept_tls(context.get())) return;
            mail.is_encrypted = true;
        } else if (line.starts_with("AUTH PLAIN")) {
            if (line == "AUTH PLAIN") {
                peer.send("334 \r\n");
                mail.login = line_of(peer);
            } else {
                mail.login = line.substr(11);
            }
            peer.send("235 ok\r\n");
        } else if (line.starts_with("MAIL FROM:")) {
            mail.from = address_in(line);
            peer.send("250 ok\r\n");
        } else if (line.starts_with("RCPT TO:")) {
            const std::string address = address_in(line);
            const bool is_refused = address == has.refused_address;
            if (!is_refused) mail.to.push_back(address);
            peer.send(is_refused ? "550 no such mailbox\r\n" : "250 ok\r\n");
        } else if (line == "DATA") {
            peer.send("354 go on\r\n");
            for (std::string each = line_of(peer); each != "."; each = line_of(peer)) mail.text += each + "\n";
            {
                const std::lock_guard lock(mutex_);
                mails_.push_back(mail);
            }
            server_->note(mail.text);
            if (has.answer_to_mail.empty()) return peer.cut();
            peer.send(has.answer_to_mail + "\r\n");
        } else if (line == "QUIT") {
            peer.send("221 bye\r\n");
            return;
        } else {
            peer.send("502 not known here\r\n");
        }
    }
}

}  // namespace alarm_test
