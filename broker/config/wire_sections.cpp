/// Layout: the sections about this node and those who call it: [node], [dicom], [[sender]], [http].
#include "broker/config/layout.h"

namespace broker::config {

namespace {

using namespace std::chrono_literals;

constexpr Range<Duration> any_wait{1ms, 24h};

Fields<ServerTls> http_tls_fields() {
    return {
        given("certificate_file", &ServerTls::certificate_file, path()),
        given("key_file", &ServerTls::key_file, path()),
        given("ca_file", &ServerTls::ca_file, path()),
    };
}

Fields<ServerTls> dicom_tls_fields() {
    Fields<ServerTls> fields = http_tls_fields();
    fields.insert(fields.begin(), field("port", &ServerTls::port, port()));
    return fields;
}

}  // namespace

Fields<Node> node_fields() {
    return {
        field("name", &Node::name, label()),
        field("data_dir", &Node::data_dir, path()),
        field("timezone", &Node::timezone, timezone()),
        field("stop_within", &Node::stop_within, duration({1ms, 10min})),
    };
}

Fields<Dicom> dicom_fields() {
    return {
        field("ae_title", &Dicom::ae_title, ae_title()),
        field("bind", &Dicom::bind, bind_address()),
        field("port", &Dicom::port, one_or_list(port())),
        field("accept_called_ae_title", &Dicom::accept_called_ae_title, called_ae_titles()),
        field("accept_unknown_senders", &Dicom::accept_unknown_senders, flag()),
        field("max_associations", &Dicom::max_associations, number({1, 4096})),
        field("associations_per_address", &Dicom::associations_per_address, number({1, 4096})),
        field("max_instance", &Dicom::max_instance, size({kib, 1024 * gib})),
        // DCMTK's buffers end at 128 KiB; below 4 KiB some peers give up (PS3.8 sets no least).
        field("max_pdu", &Dicom::max_pdu, size({4 * kib, 128 * kib})),
        field("idle_timeout", &Dicom::idle_timeout, duration(any_wait)),
        field("associate_timeout", &Dicom::associate_timeout, duration(any_wait)),
        field("first_message_timeout", &Dicom::first_message_timeout, duration(any_wait)),
        field("min_rate", &Dicom::min_rate, rate()),
        field("min_rate_window", &Dicom::min_rate_window, duration(any_wait)),
        field("max_contexts", &Dicom::max_contexts, number({1, 128})),
        field("max_transfer_syntaxes", &Dicom::max_transfer_syntaxes, number({1, 1024})),
        field("max_associate_rq", &Dicom::max_associate_rq, size({kib, mib})),
        field("max_header_elements", &Dicom::max_header_elements, number({1'000, 10'000'000})),
        field("max_header_depth", &Dicom::max_header_depth, number({1, 1024})),
        field("max_header_value", &Dicom::max_header_value, size({kib, 16 * mib})),
        field("commit_batch", &Dicom::commit_batch, number({1, 1024})),
        field("commit_queue", &Dicom::commit_queue, number({1, 100'000})),
        field("commit_wal_pages", &Dicom::commit_wal_pages, number({100, 1'000'000})),
        field("max_handshakes", &Dicom::max_handshakes, number({1, 100'000})),
        field("max_commitment", &Dicom::max_commitment, size({64 * kib, 256 * mib})),
        field("max_drain", &Dicom::max_drain, size({0, 16 * gib})),
        table("tls", &Dicom::tls, dicom_tls_fields()),
    };
}

Fields<Sender> sender_fields() {
    return {
        field("name", &Sender::name, label()),
        given("ae_title", &Sender::ae_title, ae_title()),
        given("address", &Sender::address, network()),
        given("certificate", &Sender::certificate, text()),
        given("host", &Sender::host, host()),
        given("port", &Sender::port, port()),
        field("commit_when", &Sender::commit_when,
              words<CommitWhen>({{"custody", CommitWhen::custody}, {"delivered", CommitWhen::delivered}})),
        field("strict", &Sender::strict, flag()),
    };
}

Fields<Http> http_fields() {
    return {
        field("bind", &Http::bind, bind_address()),
        field("port", &Http::port, port()),
        field("access", &Http::access, words<Access>({{"users", Access::users}, {"open", Access::open}})),
        field("connections_max", &Http::connections_max, number({1, 65'535})),
        field("connections_per_address", &Http::connections_per_address, number({1, 65'535})),
        field("handlers", &Http::handlers, number({1, 256})),
        field("header_max", &Http::header_max, size({kib, mib})),
        field("body_max", &Http::body_max, size({kib, gib})),
        field("header_timeout", &Http::header_timeout, duration(any_wait)),
        field("body_timeout", &Http::body_timeout, duration(any_wait)),
        field("write_timeout", &Http::write_timeout, duration(any_wait)),
        field("keep_alive", &Http::keep_alive, duration(any_wait)),
        field("rows_max", &Http::rows_max, number({1, 100'000})),
        field("names", &Http::names, list_of(host(), 0)),
        field("session_idle", &Http::session_idle, duration({1s, 24h})),
        field("session_for", &Http::session_for, duration({1s, 7 * 24h})),
        table("tls", &Http::tls, http_tls_fields()),
    };
}

}  // namespace broker::config
