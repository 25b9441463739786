#include "broker/host_names.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "broker/config/loop.h"
#include "broker/route/network.h"

namespace broker {
namespace {

constexpr std::size_t askers_max = 16;

/// What is asked and what has come back; it outlives whoever is still asking.
struct Questions {
    std::mutex mutex;  ///< guards the rest
    std::condition_variable answered;
    std::vector<std::string> waiting;
    std::map<std::string, std::vector<std::string>> answers;
};

void ask_all(const std::shared_ptr<Questions>& questions, const Resolve& resolve_name) {
    std::unique_lock lock(questions->mutex);
    while (!questions->waiting.empty()) {
        const std::string name = questions->waiting.back();
        questions->waiting.pop_back();
        lock.unlock();
        auto addresses = resolve_name(name);
        lock.lock();
        questions->answers[name] = std::move(addresses);
        questions->answered.notify_all();
    }
}

std::map<std::string, std::vector<std::string>> addresses_of(const std::set<std::string>& names,
                                                             std::chrono::milliseconds within,
                                                             const Resolve& resolve_name) {
    auto questions = std::make_shared<Questions>();
    questions->waiting.assign(names.begin(), names.end());
    for (std::size_t n = 0; n < std::min(names.size(), askers_max); ++n)
        std::thread([questions, resolve_name] { ask_all(questions, resolve_name); }).detach();
    std::unique_lock lock(questions->mutex);
    questions->answered.wait_for(lock, within, [&] { return questions->answers.size() == names.size(); });
    return questions->answers;
}

/// localhost is looked at when the file is read.
bool is_name(const config::Destination& destination) {
    return destination.kind == config::DestinationKind::dicom && !destination.host.empty() &&
           destination.host != "localhost" && !route::is_network(destination.host);
}

}  // namespace

std::vector<std::string> resolve(const std::string& name) {
    addrinfo hints{}, *list = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &list) != 0) return {};
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);
    std::vector<std::string> addresses;
    for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
        char text[NI_MAXHOST];
        if (::getnameinfo(each->ai_addr, each->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0)
            addresses.emplace_back(text);
    }
    return addresses;
}

std::optional<std::vector<std::string>> resolve_soon(const std::string& name, std::chrono::milliseconds within) {
    const auto answers = addresses_of({name}, within, resolve);
    const auto found = answers.find(name);
    return found == answers.end() ? std::nullopt : std::optional(found->second);
}

HostNames check_host_names(const config::Config& config, std::chrono::milliseconds within,
                           const Resolve& resolve_name) {
    std::set<std::string> names;
    for (const config::Destination& each : config.destinations)
        if (is_name(each)) names.insert(each.host);
    const auto answers = addresses_of(names, within, resolve_name);
    const auto own = config::own_addresses();
    HostNames found;
    for (const config::Destination& each : config.destinations) {
        if (!is_name(each)) continue;
        const std::string what = "destination " + each.name + ": the host name " + each.host;
        const auto answer = answers.find(each.host);
        if (answer == answers.end()) {
            found.remarks.push_back(what + " was not resolved in time; is the name server there?");
            continue;
        }
        if (answer->second.empty())
            found.remarks.push_back(what + " is not known here; look at its spelling, or at DNS");
        const auto loop = std::find_if(answer->second.begin(), answer->second.end(), [&](const std::string& address) {
            return config::is_own_door(config, address, each.port, own);
        });
        if (loop != answer->second.end())
            found.problems.push_back({"", 0, "destination[" + each.name + "].host",
                                      "is " + *loop + ", which with port " + std::to_string(each.port) +
                                          " is this bridge itself; images would go round for ever"});
    }
    return found;
}

}  // namespace broker
