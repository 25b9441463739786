/// SocketApi: calls to the broker that runs on this machine, over its Unix socket.
#include "broker/cli/socket_api.h"

#include <sys/un.h>

#include <system_error>
#include <utility>

#include "broker/cli/error.h"
#include "broker/cli/exchange.h"

namespace broker::cli {
namespace {

bool is_not_running(const std::error_code& code) {
    return code == std::errc::no_such_file_or_directory || code == std::errc::not_a_directory ||
           code == std::errc::connection_refused;
}

std::string explain(const std::filesystem::path& socket, const std::error_code& code) {
    const std::string name = socket.string();
    if (code == std::errc::no_such_file_or_directory || code == std::errc::not_a_directory) {
        return "the broker is not running (no socket at " + name + "); start it or use --data DIR";
    }
    if (code == std::errc::connection_refused) {
        return "the broker is not running (nobody listens at " + name + "); start it or use --data DIR";
    }
    if (code == std::errc::permission_denied) {
        return "you may not use the broker's socket (" + name + "); run the command as root or as the broker's user";
    }
    return "the broker at " + name + " gave no whole answer (" + code.message() + "); see its log";
}

}  // namespace

SocketApi::SocketApi(std::filesystem::path socket) : socket_(std::move(socket)) {}

Reply SocketApi::call(const Call& call) {
    return ask(call, nullptr);
}

Reply SocketApi::stream(const Call& call, const Sink& sink) {
    return ask(call, &sink);
}

Reply SocketApi::ask(const Call& call, const Sink* sink) const {
    // The name has to fit into a sockaddr_un; Asio would only say "File name too long".
    if (socket_.string().size() >= sizeof(sockaddr_un::sun_path)) {
        throw Error(Errc::failed, "the socket's name is too long for a socket (" + socket_.string() +
                                      "); use a shorter data_dir, or --url");
    }
    try {
        return exchange({.where = socket_, .host_header = "localhost", .bearer_token = {}}, call, sink);
    } catch (const std::system_error& error) {
        if (is_not_running(error.code())) throw NotRunning(explain(socket_, error.code()));
        throw Error(Errc::failed, explain(socket_, error.code()));
    }
}

}  // namespace broker::cli
