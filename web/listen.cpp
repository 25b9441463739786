/// Listen: the sockets the server accepts on: a TCP address, and a Unix socket in the data folder.
#include "web/listen.h"

#include <grp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>

#include "web/error.h"

namespace web {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using Local = net::local::stream_protocol;

[[noreturn]] void fail(const std::string& what, const error_code& code) {
    const Errc errc = code == net::error::address_in_use ? Errc::in_use
                      : code == net::error::access_denied || code == boost::system::errc::address_not_available
                          ? Errc::unsuited
                          : Errc::io;
    throw Error(errc, "cannot listen on " + what + ": " + code.message());
}

/// Removes a socket file that a dead process left.
void remove_stale(net::io_context& context, const std::filesystem::path& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) return;
    if (!S_ISSOCK(found.st_mode))
        throw Error(Errc::unsuited,
                    "cannot listen on " + path.string() + ": a file of that name is there, move it away");
    Local::socket probe(context);
    error_code code;
    probe.connect(Local::endpoint(path.string()), code);
    // Only "refused" says that nobody is behind it; a full backlog or missing rights don't.
    if (code == net::error::connection_refused) {
        ::unlink(path.c_str());
    } else if (code != boost::system::errc::no_such_file_or_directory) {
        throw Error(Errc::in_use,
                    "cannot listen on " + path.string() + ": another process answers there; stop it first");
    }
}

/// Members of the group may connect. Where the group doesn't exist, or we may not give the file away, only our own user
/// and root can, which is safe.
void give_to_group(const std::filesystem::path& path) {
    if (const group* entry = ::getgrnam("dicom-bridge"))
        if (::chown(path.c_str(), static_cast<uid_t>(-1), entry->gr_gid) != 0) return;
}

}  // namespace

net::ip::tcp::acceptor listen_tcp(net::io_context& context, const std::string& address, std::uint16_t port) {
    const std::string what = address + " port " + std::to_string(port);
    error_code code;
    const auto ip = net::ip::make_address(address, code);
    if (code) throw Error(Errc::unsuited, "cannot listen on " + what + ": not an IP address");
    const net::ip::tcp::endpoint endpoint(ip, port);
    net::ip::tcp::acceptor acceptor(context);
    acceptor.open(endpoint.protocol(), code);
    if (!code) acceptor.set_option(net::socket_base::reuse_address(true), code);
    if (!code) acceptor.bind(endpoint, code);
    if (!code) acceptor.listen(net::socket_base::max_listen_connections, code);
    if (code) fail(what, code);
    return acceptor;
}

Local::acceptor listen_local(net::io_context& context, const std::filesystem::path& path) {
    if (path.native().size() >= sizeof(sockaddr_un::sun_path))
        throw Error(Errc::unsuited, "cannot listen on " + path.string() +
                                        ": a socket's path holds at most 107 bytes; choose a shorter data_dir");
    remove_stale(context, path);
    error_code code;
    Local::acceptor acceptor(context);
    acceptor.open(Local(), code);
    if (!code) acceptor.bind(Local::endpoint(path.string()), code);
    if (code) fail(path.string(), code);
    // Nobody can connect before `listen`, so nobody comes in under the mode that the umask gave.
    give_to_group(path);
    if (::chmod(path.c_str(), 0660) != 0) fail(path.string(), error_code(errno, boost::system::system_category()));
    acceptor.listen(net::socket_base::max_listen_connections, code);
    if (code) fail(path.string(), code);
    return acceptor;
}

}  // namespace web
