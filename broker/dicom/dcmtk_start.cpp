#include "broker/dicom/dcmtk_start.h"

#include <arpa/inet.h>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dul.h>
#include <dcmtk/oflog/oflog.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <mutex>
#include <stdexcept>
#include <system_error>

#include "broker/dicom/dcmtk_handles.h"
#include "broker/dicom/descriptor.h"

namespace broker::dicom {
namespace {

constexpr int connect_timeout_s = 10;
constexpr std::size_t associate_bytes_max = 256 * 1024;  // of an A-ASSOCIATE-AC; what we accept is capped before DCMTK

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// DCMTK's acceptor asks this socket for its peer, in place of accepting one, and then asks our transport layer for the
// connection. It must be TCP (DCMTK sets TCP options on it) and connected; no byte ever passes.
int dummy_connected_socket() {
    Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    Descriptor dummy(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (!listener.is_open() || !dummy.is_open()) fail("dummy socket for DCMTK");
    if (::bind(listener.get(), any, size) != 0 || ::listen(listener.get(), 1) != 0) fail("dummy socket for DCMTK");
    if (::getsockname(listener.get(), any, &size) != 0) fail("dummy socket for DCMTK");
    if (::connect(dummy.get(), any, size) != 0) fail("dummy socket for DCMTK");
    Descriptor other_end(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!other_end.is_open()) fail("dummy socket for DCMTK");
    other_end.release();  // stays open as long as the process: without it the dummy would have no peer
    return dummy.release();
}

void start_once() {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    dcmDisableGethostbyaddr.set(OFTrue);
    dcmConnectionTimeout.set(connect_timeout_s);
    dcmAssociatePDUSizeLimit.set(associate_bytes_max);
    dcmExternalSocketHandle.set(dummy_connected_socket());
    // DCMTK's own first-time set-up is not safe against a second thread.
    T_ASC_Network* first = nullptr;
    if (ASC_initializeNetwork(NET_ACCEPTOR, 0, connect_timeout_s, &first).bad())
        throw std::runtime_error("DCMTK's network layer does not start");
    Network drop(first);
}

}  // namespace

void start_dcmtk() {
    static std::once_flag once;
    std::call_once(once, start_once);
}

}  // namespace broker::dicom
